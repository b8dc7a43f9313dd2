import type { Profile } from '../model/profile.ts';

/**
 * A probe is one question asked of a machine: a command to run or a file to read, why, under which bounds, and where the
 * answer goes in the bundle. Probes are data; the Node runner, the ssh runner and the generated script read the same list.
 */

export type Privilege = 'user' | 'root';

/**
 * What a reader could learn from the answer before redaction. `public`: versions and settings that thousands share;
 * `technical`: hardware and its state; `identifying`: names of hosts and users, serial numbers, addresses;
 * `secret`: may hold passwords or keys.
 */
export type Privacy = 'public' | 'technical' | 'identifying' | 'secret';

/**
 * Where the answer comes from. Paths and arguments may hold placeholders:
 * - `{datastore}`: folder of a vm-bhyve datastore (see datastores.ts); the probe runs once for each
 * - `{vm}`: name of a VM of that datastore, or with `vmName` of any; the probe runs once for each
 * - `{cbsd}`: the working folder of CBSD
 * - `{gpu}`: selector of a display function (`pci0:6:0:0`); the probe runs once for each
 *
 * A value that begins with `-` is never put where it would be an argument of its own.
 */
export type Source =
  /** A command and its arguments, never a shell string. What it prints on stdout is followed by what it prints on stderr. */
  | {
      run: readonly string[];
      /** what to run instead when not root */
      runAsUser?: readonly string[];
      /** what to run instead when the command is not installed */
      orElse?: readonly string[];
      /** keep only the lines that hold one of these */
      lines?: readonly string[];
    }
  /** One file, whole or only the lines that hold one of `lines`. */
  | { file: string; lines?: readonly string[] }
  /**
   * All files that match a pattern; `*` stands for any characters within one name, not for a leading dot. Each becomes
   * an artifact of its own; `{name}` in the artifact's path is what the stars matched, joined by `/`.
   */
  | { files: string }
  /** All files that match, in one artifact with `path:` before every line, as `grep -H .` prints them. */
  | { grep: readonly string[] }
  /** SHA-256 of all files that match, and which of `strings` stand in their bytes. For the format see fingerprint.ts. */
  | { fingerprint: readonly string[]; strings: readonly string[] };

/** How much of a long answer is kept: whole lines from the beginning and the end, and in between the wanted ones. */
export interface Keep {
  headBytes: number;
  tailBytes: number;
  /** bytes for wanted lines from the part that is left out, first come first served */
  wantedBytes: number;
}

export interface Probe {
  /** stable; unique within the list */
  id: string;
  side: 'host' | 'guest';
  os: 'freebsd' | 'linux';
  /** path below `host/` or `guest/<name>/`; may hold the placeholders of the source and `{name}` */
  artifact: string;
  /** kind of the parser that reads it; missing while no parser does */
  kind?: string;
  source: Source;
  /** one sentence */
  why: string;
  privilege: Privilege;
  /** what a user who is not root goes without */
  asUser?: string;
  privacy: Privacy;
  timeLimitMs: number;
  keep: Keep;
  /** bytes to expect on a normal machine */
  sizeEstimate: number;
  profiles: readonly Profile[];
  /** FreeBSD releases that have it: `from` inclusive, `until` exclusive; missing means all */
  freebsd?: { from?: string; until?: string };
  /** run only when this kernel module is in the kernel, because the command would load it otherwise */
  ifLoaded?: string;
  /** can disturb a wedged card: run last, and only when asked for */
  disturbs?: true;
}
