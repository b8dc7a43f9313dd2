import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Profile } from '../model/profile.ts';
import { TOTAL_BYTES, TOTAL_MS } from './bounds.ts';
import type { SshTarget } from './ssh-target.ts';
import { type Cut, HOST_KEY_CHANGED } from './ssh-trouble.ts';

const CONNECT_SECONDS = 10;
const PATIENCE_MS = 30_000;
/** How long ssh may take to end after the last frame; something that hangs in the guest can hold the connection open. */
const FAREWELL_MS = 1500;

export interface SessionOptions {
  target: SshTarget;
  profile: Profile;
  signal?: AbortSignal;
  /** how long to wait for the guest to begin to answer */
  patienceMs?: number;
}

/** What of the arguments says where to. */
export const destinationArguments = ({ host, user, port }: SshTarget): string[] => [
  ...(port === undefined ? [] : ['-p', String(port)]),
  ...(user === undefined ? [] : ['-l', user]),
  '--',
  host,
];

/** Host keys are checked as the user has set it; passwords are never asked for; nothing is forwarded. */
const argumentsOf = (target: SshTarget): string[] => [
  '-T',
  '-x',
  '-a',
  ...[
    'BatchMode=yes',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    'ConnectionAttempts=1',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'LogLevel=INFO',
  ].flatMap((option) => ['-o', option]),
  ...destinationArguments(target),
  'sh',
  '-s',
];

export interface Session {
  stdout: Buffer;
  stderr: Buffer;
  /** of ssh: that of the remote shell, or 255 */
  exitStatus?: number;
  /** why it was not waited for any longer */
  cut?: Cut;
  /** why ssh could not be started */
  problem?: string;
}

const MOST_COMPLAINTS = 16 * 2 ** 20;

/** Feeds the script to the remote shell and takes what comes back, bounded in time and size. */
export function converse(file: string, script: string, nonce: string, options: SessionOptions): Promise<Session> {
  const { target, profile, signal, patienceMs = PATIENCE_MS } = options;
  return new Promise((resolve) => {
    let child: ChildProcessWithoutNullStreams;
    try {
      // Messages are told apart by their words, so they must be in English.
      child = spawn(file, argumentsOf(target), { env: { ...process.env, LC_ALL: 'C' }, detached: true });
    } catch (error) {
      resolve({ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), problem: (error as Error).message });
      return;
    }
    const out = gather(TOTAL_BYTES + MOST_COMPLAINTS);
    const err = gather(MOST_COMPLAINTS);
    const timers: NodeJS.Timeout[] = [];
    let cut: Session['cut'];
    let settled = false;
    const kill = (name: NodeJS.Signals): void => {
      try {
        process.kill(-child.pid!, name);
      } catch {
        // It has ended.
      }
    };
    const settle = (rest: Pick<Session, 'exitStatus' | 'problem'>): void => {
      if (settled) return;
      settled = true;
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', onInterrupt);
      if (child.pid !== undefined) kill('SIGKILL');
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.unref();
      resolve({ stdout: out.all(), stderr: err.all(), ...(cut !== undefined && { cut }), ...rest });
    };
    const end = (why: NonNullable<Session['cut']>): void => {
      cut ??= why;
      settle({});
    };
    const onInterrupt = (): void => end('interrupt');
    const bye = Buffer.from(`\n${nonce} {"kind": "bye"}\n`);
    const silence = setTimeout(() => end('silence'), patienceMs);
    timers.push(
      silence,
      setTimeout(() => end('time'), patienceMs + TOTAL_MS[profile]),
    );

    child.stdout.on('data', (chunk: Buffer) => {
      clearTimeout(silence);
      if (!out.add(chunk)) end('size');
      else if (out.endsWith(bye)) timers.push(setTimeout(() => settle({}), FAREWELL_MS));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err.add(chunk);
      // Also where the user's configuration would go on.
      if (out.bytes() === 0 && err.all().includes(HOST_KEY_CHANGED))
        timers.push(setTimeout(() => end('host-key'), 200));
    });
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => settle({ problem: error.code ?? error.message }));
    child.on('close', (code) => settle(code === null ? {} : { exitStatus: code }));
    signal?.addEventListener('abort', onInterrupt);
    if (signal?.aborted) end('interrupt');
    else child.stdin.end(script);
  });
}

/** Takes chunks up to a bound; `add` says whether there was room. */
function gather(most: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer): boolean {
      if (size + chunk.length > most) return false;
      chunks.push(chunk);
      size += chunk.length;
      return true;
    },
    bytes: (): number => size,
    all: (): Buffer => Buffer.concat(chunks),
    endsWith(end: Buffer): boolean {
      let last = Buffer.alloc(0);
      for (let i = chunks.length - 1; i >= 0 && last.length < end.length; i -= 1)
        last = Buffer.concat([chunks[i]!, last]);
      return last.length >= end.length && last.subarray(last.length - end.length).equals(end);
    },
  };
}
