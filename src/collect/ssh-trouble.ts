import type { Session } from './ssh-session.ts';
import { destinationOf, type SshTarget } from './ssh-target.ts';
import { quoteArgv } from './words.ts';

/** What ssh prints when the host key is another one than before. */
export const HOST_KEY_CHANGED = 'REMOTE HOST IDENTIFICATION HAS CHANGED';

/** Why a session was not waited for any longer. */
export type Cut = 'time' | 'size' | 'silence' | 'interrupt' | 'host-key';

/** One line for people, and what to try. */
export interface Trouble {
  status: 'denied' | 'missing' | 'timed-out' | 'failed' | 'skipped';
  message: string;
  suggestions: string[];
}

const CUT: Record<Cut, string> = {
  time: 'the time for all probes was over',
  size: 'it sent more than fits into a bundle',
  silence: 'it did not answer in time',
  interrupt: 'interrupted',
  'host-key': 'its host key has changed',
};

/** Why not all was asked of a guest that had begun to answer. */
export function whyNotAll({ cut, stderr }: Pick<Session, 'cut' | 'stderr'>): Trouble {
  if (cut === undefined && stderr.includes('not responding.')) {
    return { status: 'timed-out', message: 'it stopped answering before everything was asked', suggestions: [] };
  }
  const message = cut === undefined ? 'the connection ended before everything was asked' : CUT[cut];
  return { status: cut === 'time' ? 'timed-out' : 'failed', message, suggestions: [] };
}

/** Complaints of ssh, by its words, and what to do about them. The first one that fits counts. */
const COMPLAINTS: readonly {
  words: RegExp;
  status: Trouble['status'];
  message: string;
  suggest?: (target: SshTarget) => string[];
}[] = [
  {
    words: new RegExp(HOST_KEY_CHANGED),
    status: 'denied',
    message: 'its host key has changed: it was installed anew, or somebody stands in between',
    suggest: (target) => [
      `when you know that the new key is right: ${quoteArgv(['ssh-keygen', '-R', keyNameOf(target)])}, then ${typed(target)} once`,
    ],
  },
  {
    words: /Host key verification failed|host key is known/i,
    status: 'denied',
    message: 'its host key is not known yet, and nobody is there to confirm it',
    suggest: (target) => [`log in once by hand and compare the fingerprint: ${typed(target)}`],
  },
  {
    words: /Permission denied|Too many authentication failures|No supported authentication methods/,
    status: 'denied',
    message: 'it lets nobody in without a password, and gpudiag never asks for one',
    suggest: (target) => [
      `set up a key: ssh-keygen -t ed25519 (if there is none), then ${quoteArgv(['ssh-copy-id', ...portOf(target), destinationOf(target)])}`,
    ],
  },
  { words: /Could not resolve hostname/, status: 'failed', message: 'there is no host of that name' },
  {
    words: /Connection refused/,
    status: 'failed',
    message: 'the connection was refused: is sshd running there, and on that port?',
  },
  { words: /timed out|Operation timed out|timeout/i, status: 'timed-out', message: 'it does not answer' },
  {
    words: /No route to host|Network is (?:unreachable|down)|Host is down/,
    status: 'failed',
    message: 'there is no way to it over the network',
  },
  {
    words: /is not recognized as an internal or external command/,
    status: 'failed',
    message: 'it has no POSIX shell (Windows guests are not collected over ssh)',
  },
];

const portOf = ({ port }: SshTarget): string[] => (port === undefined ? [] : ['-p', String(port)]);
const typed = (target: SshTarget): string => quoteArgv(['ssh', ...portOf(target), destinationOf(target)]);
/** How known_hosts calls it. */
const keyNameOf = ({ host, port }: SshTarget): string =>
  port === undefined || port === 22 ? host : `[${host}]:${port}`;

/** Why a guest gave no answer at all, from what ssh said. */
export function whyNoAnswer({ stderr, exitStatus, cut, problem }: Session, target: SshTarget): Trouble {
  if (cut === 'interrupt') return { status: 'skipped', message: CUT.interrupt, suggestions: [] };
  if (problem !== undefined)
    return { status: 'failed', message: `ssh cannot be started (${problem})`, suggestions: [] };
  const said = stderr.toString('utf8', 0, 64 * 1024);
  const known = COMPLAINTS.find(({ words }) => words.test(said));
  if (known !== undefined) {
    const { status, message, suggest } = known;
    return { status, message, suggestions: suggest?.(target) ?? [] };
  }
  if (cut !== undefined) return { status: 'timed-out', message: CUT[cut], suggestions: [] };
  const last = said.trim().split('\n').at(-1)!.trim().slice(0, 200);
  return {
    status: 'failed',
    message:
      last === ''
        ? `its shell ended without an answer (exit status ${exitStatus ?? 'not known'})`
        : `ssh says: ${last}`,
    suggestions: [`try by hand: ${typed(target)} sh -c true`],
  };
}
