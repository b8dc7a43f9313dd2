import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createKeeper, type Kept } from './keep.ts';
import { environmentOf, findCommand, type Machine } from './machine.ts';
import type { Keep } from './probe.ts';

/** How long a command that was told to end is waited for, before it is killed and again before it is left alone. */
const GRACE_MS = 1000;

/** Bytes of stderr that are kept; the first ones say what went wrong. */
export const STDERR: Keep = { headBytes: 8 * 1024, tailBytes: 0, wantedBytes: 0 };

/** Bytes that a command may print before it is taken for one that prints without end. */
export const mostOf = ({ headBytes, tailBytes }: Keep): number => Math.max(4 * 2 ** 20, 8 * (headBytes + tailBytes));

export interface CommandBounds {
  timeLimitMs: number;
  keep: Keep;
  /** only these lines of stdout are kept */
  lines?: readonly string[];
  graceMs?: number;
  /** ends the command at once */
  signal?: AbortSignal;
}

export type CommandOutcome =
  | { ran: false; problem: 'missing' | 'denied' | 'failed'; reason: string }
  | {
      ran: true;
      /** stdout, then stderr */
      output: Kept;
      /** there was something on stdout */
      answered: boolean;
      /** first line of stderr */
      complaint?: string;
      exitStatus?: number;
      signal?: string;
      /** why it was ended, if it was */
      ended?: 'time' | 'size' | 'interrupt';
      /** it could not be ended: it hangs in the kernel */
      stuck: boolean;
      durationMs: number;
    };

/**
 * Runs one command without a shell, in a process group of its own, with nothing on its stdin. The group is told to end
 * and then killed when the time is over, when it prints without end, or on interrupt. Never rejects.
 */
export function runCommand(machine: Machine, argv: readonly string[], bounds: CommandBounds): Promise<CommandOutcome> {
  const [name, ...args] = argv as [string, ...string[]];
  const found = findCommand(machine, name);
  if ('problem' in found) {
    const reason = found.problem === 'missing' ? `${name}: not installed` : `${name}: not executable for this user`;
    return Promise.resolve({ ran: false, problem: found.problem, reason });
  }
  return new Promise((resolve) => {
    const started = performance.now();
    const { keep, timeLimitMs, graceMs = GRACE_MS, signal: interrupt } = bounds;
    const stopAfter = mostOf(keep);
    const stdout = createKeeper(keep, bounds.lines);
    const stderr = createKeeper(STDERR);
    let printed = 0;
    let settled = false;
    let ended: 'time' | 'size' | 'interrupt' | undefined;
    let exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
    const timers: NodeJS.Timeout[] = [];

    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      child = spawn(found.file, args, {
        cwd: '/',
        env: environmentOf(machine),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      resolve(notStarted(name, error as NodeJS.ErrnoException));
      return;
    }
    const sendAll = (name: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, name);
      } catch {
        // Nobody of the group is left.
      }
    };
    const settle = (outcome: CommandOutcome): void => {
      settled = true;
      for (const timer of timers) clearTimeout(timer);
      interrupt?.removeEventListener('abort', onInterrupt);
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(outcome);
    };
    const finish = (stuck: boolean): void => {
      if (settled) return;
      // What the leader left behind in its group must not outlive the probe.
      sendAll('SIGKILL');
      settle({
        ran: true,
        ...sayingsOf(stdout.finish(), stderr.finish(), ended === 'size'),
        stuck,
        durationMs: Math.round(performance.now() - started),
        ...(typeof exit?.code === 'number' && { exitStatus: exit.code }),
        ...(typeof exit?.signal === 'string' && { signal: exit.signal }),
        ...(ended !== undefined && { ended }),
      });
    };
    const end = (why: 'time' | 'size' | 'interrupt'): void => {
      if (ended !== undefined) return;
      ended = why;
      if (why === 'time') {
        sendAll('SIGTERM');
        timers.push(setTimeout(() => sendAll('SIGKILL'), graceMs));
        timers.push(setTimeout(() => finish(exit === undefined), 2 * graceMs));
      } else {
        // Somebody waits at the terminal, or memory and disk are at stake: no time to tidy up is given.
        sendAll('SIGKILL');
        timers.push(setTimeout(() => finish(exit === undefined), graceMs));
      }
    };
    const onInterrupt = (): void => end('interrupt');

    // Both are missing when there were no descriptors left for the pipes; the error event follows.
    child.stdout?.on('data', (chunk: Buffer) => {
      if (ended === 'size') return;
      printed += chunk.length;
      stdout.push(chunk);
      if (printed > stopAfter) end('size');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      printed += chunk.length;
      if (ended !== 'size') stderr.push(chunk);
      if (printed > stopAfter) end('size');
    });
    child.on('error', (error) => settle(notStarted(name, error)));
    child.on('exit', (code, signal) => {
      exit = { code, signal };
      // A child that it left behind may hold the pipe open; what it still prints is not waited for long.
      timers.push(setTimeout(() => finish(false), graceMs));
    });
    child.on('close', () => finish(false));
    timers.push(setTimeout(() => end('time'), timeLimitMs));
    if (interrupt?.aborted) end('interrupt');
    else interrupt?.addEventListener('abort', onInterrupt);
  });
}

/** What a command said, from what was kept of its two streams. */
export function sayingsOf(
  answer: Kept,
  complaints: Kept,
  endless: boolean,
): Pick<Extract<CommandOutcome, { ran: true }>, 'output' | 'answered' | 'complaint'> {
  const firstLine = complaints.bytes.toString('utf8').split('\n', 1)[0]!.trim().slice(0, 300);
  const output: Kept = { ...answer, bytes: Buffer.concat([answer.bytes, complaints.bytes]) };
  if (endless) {
    const { truncation = { keptBytes: answer.seenBytes, droppedBytes: 0, droppedLines: 0 } } = answer;
    output.truncation = { ...truncation, endless: true };
  }
  return { output, answered: answer.bytes.length > 0, ...(firstLine !== '' && { complaint: firstLine }) };
}

const notStarted = (name: string, error: NodeJS.ErrnoException): CommandOutcome => ({
  ran: false,
  problem: error.code === 'EACCES' || error.code === 'EPERM' ? 'denied' : 'failed',
  reason: `${name}: cannot be started (${error.code ?? error.message})`,
});
