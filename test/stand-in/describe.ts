/** A machine that does not exist: what its commands print and what its files hold. */

/** What a command prints. A string is its standard output with exit status 0. */
export type Answer = string | { stdout?: string; stderr?: string; exit?: number };

export interface Description {
  /** absolute path -> content */
  files: Record<string, string | Buffer>;
  /** command line -> what it prints; `user` where it prints something else to a user who is not root */
  commands: Record<string, Answer | { root: Answer; user: Answer }>;
  /** commands that misbehave: name -> body of a POSIX script */
  scripts?: Record<string, string>;
}

export const RELEASES = ['13.2', '14.3', '15.0'] as const;
export type Release = (typeof RELEASES)[number];
export type Cpu = 'intel' | 'amd';
export type Card = 'p4' | 'p10';
/** `bound`: reserved for passthrough; `unbound`: the host's vgapci driver has it */
export type Binding = 'bound' | 'unbound';

export const answer = (stdout: string, stderr = '', exit = 0): Answer => ({ stdout, stderr, exit });
export const refused = (stderr: string, exit = 1): Answer => ({ stderr: `${stderr}\n`, exit });
