import { randomBytes } from 'node:crypto';
import type { ProbeRecord } from '../bundle/manifest.ts';
import { uniquePath } from '../bundle/names.ts';
import type { Profile } from '../model/profile.ts';
import { mostOf, sayingsOf, STDERR } from './command.ts';
import { createKeeper } from './keep.ts';
import { findCommand, type Machine } from './machine.ts';
import type { Probe } from './probe.ts';
import { selectProbes } from './probes.ts';
import { commandResult, fileResult, none, type Result, type Said } from './result.ts';
import { describe, type Gathered } from './run.ts';
import { renderGuestScript } from './script/render.ts';
import { type Frame, parseFrames } from './ssh-frames.ts';
import { converse, destinationArguments } from './ssh-session.ts';
import type { SshTarget } from './ssh-target.ts';
import { type Trouble, whyNoAnswer, whyNotAll } from './ssh-trouble.ts';
import { quoteArgv } from './words.ts';

/** A guest to collect from, and its name in the bundle. */
export interface GuestToAsk {
  target: SshTarget;
  name: string;
}

export interface SshOptions extends GuestToAsk {
  /** where the command ssh is */
  machine: Machine;
  profile: Profile;
  includeRisky: boolean;
  toolVersion: string;
  signal?: AbortSignal;
  /** how long to wait for the guest to begin to answer */
  patienceMs?: number;
}

export interface FromGuest {
  gathered: Gathered[];
  /** name of the guest as it calls itself, for redaction */
  hostName?: string;
  /** why it gave nothing, or not all */
  trouble?: Trouble;
}

/**
 * Collects from a guest: feeds a script to its shell over the system's ssh and reads the answers from its output. No file
 * is written there and nothing is installed. Never rejects and never asks for a password.
 */
export async function collectGuestOverSsh(options: SshOptions): Promise<FromGuest> {
  const { machine, target, name, profile, includeRisky, toolVersion } = options;
  const command = quoteArgv(['ssh', ...destinationArguments(target), 'sh', '-s']);
  const ssh = findCommand(machine, 'ssh');
  if ('problem' in ssh) {
    const trouble: Trouble = { status: 'missing', message: 'ssh: not installed on this machine', suggestions: [] };
    return { gathered: [absence(name, command, trouble)], trouble };
  }
  const nonce = randomBytes(16).toString('hex');
  const script = renderGuestScript({ toolVersion, profile, includeRisky }, nonce);
  const session = await converse(ssh.file, script, nonce, options);
  const frames = parseFrames(session.stdout, session.stderr, nonce);
  const hello = frames.find((frame) => frame.kind === 'hello');
  if (hello === undefined) {
    const trouble = whyNoAnswer(session, target);
    return { gathered: [absence(name, command, trouble)], trouble };
  }
  const list = selectProbes({
    side: 'guest',
    os: hello.system === 'Linux' ? 'linux' : 'freebsd',
    profile,
    includeRisky,
  });
  const gathered = gatheredOf(frames, list, { name, privilege: hello.privilege });
  const names = hello.hostName === '' ? {} : { hostName: hello.hostName };
  if (frames.some(({ kind }) => kind === 'bye')) return { gathered, ...names };
  const trouble = whyNotAll(session);
  return {
    gathered: [...gathered, ...unasked(gathered, list, trouble), absence(name, command, trouble)],
    ...names,
    trouble,
  };
}

/** Answers as if they had been had here. */
function gatheredOf(
  frames: readonly Frame[],
  list: readonly Probe[],
  { name, privilege }: { name: string; privilege: 'user' | 'root' },
): Gathered[] {
  const byId = new Map(list.map((probe) => [probe.id, probe]));
  const taken = new Set<string>();
  return frames.flatMap((frame): Gathered[] => {
    const probe = 'id' in frame ? byId.get(frame.id) : undefined;
    const result = probe === undefined ? undefined : resultOf(frame, probe);
    if (probe === undefined || result === undefined) return [];
    const { artifact } = result.record;
    const record = {
      id: probe.id,
      side: 'guest' as const,
      guest: name,
      ...result.record,
      artifact: artifact === null ? null : uniquePath(`guest/${name}/${artifact}`, taken),
      privilege,
    };
    return [
      {
        probe,
        ...(probe.kind !== undefined && { kind: probe.kind }),
        record,
        ...(result.bytes !== undefined && { bytes: result.bytes }),
      },
    ];
  });
}

function resultOf(frame: Frame, probe: Probe): Result | undefined {
  if (frame.kind === 'hello' || frame.kind === 'bye') return undefined;
  const said: Said = frame.command === undefined ? { path: frame.path ?? probe.id } : { command: frame.command };
  if (frame.kind === 'none') return none(frame.status, frame.reason, said);
  const { end, artifact, allowed } = frame;
  if (end === undefined) return none('failed', 'the connection ended before the answer was whole', said);
  const durationMs = end.seconds * 1000;
  const late = end.ended !== 'no';
  if (frame.kind === 'command') {
    const { keep, source } = probe;
    const stdout = createKeeper(keep, 'lines' in source ? source.lines : undefined);
    const stderr = createKeeper(STDERR);
    stdout.push(frame.stdout);
    stderr.push(frame.stderr);
    const endless = frame.stdout.length > mostOf(keep);
    const outcome = {
      ran: true as const,
      ...sayingsOf(stdout.finish(), stderr.finish(), endless),
      ...statusOf(end.status),
      ...(late ? { ended: 'time' as const } : endless ? { ended: 'size' as const } : {}),
      stuck: end.ended === 'stuck',
      durationMs,
    };
    return commandResult(outcome, { command: frame.command ?? probe.id, artifact, timeLimitMs: allowed * 1000 });
  }
  const path = 'path' in said ? said.path : said.command;
  if (late) return none('timed-out', `not read within ${allowed} s`, said);
  if (frame.kind === 'text') {
    if (frame.stdout.length === 0) return { ...none('missing', 'no such file', said) };
    return { record: { artifact, path, status: 'ok', durationMs }, bytes: frame.stdout };
  }
  const problem = FILE_PROBLEMS[end.status];
  if (problem !== undefined) return fileResult({ read: false, ...problem, durationMs }, path, artifact);
  return fileResult({ read: true, output: keptOf(frame), durationMs }, path, artifact);
}

/** Exit statuses of script/jobs.sh. */
const FILE_PROBLEMS: Partial<Record<number, { problem: 'missing' | 'denied' | 'failed'; reason: string }>> = {
  101: { problem: 'missing', reason: 'no such file' },
  102: { problem: 'denied', reason: 'permission denied' },
  103: { problem: 'failed', reason: 'is not a regular file' },
  104: { problem: 'failed', reason: 'cannot be read' },
};

/** A file was cut by the script already, which says how much it left out. */
function keptOf({ stdout, stderr }: Frame) {
  const [seen = stdout.length, dropped = 0, droppedLines = 0, skipped = 0] = (
    stderr.toString('latin1').match(/\d{1,15}/g) ?? []
  ).map(Number);
  const truncation = { keptBytes: Math.max(0, seen - dropped), droppedBytes: dropped + skipped, droppedLines };
  return { bytes: stdout, seenBytes: seen, ...(truncation.droppedBytes > 0 && { truncation }) };
}

/** Signals that have the same number everywhere. */
const SIGNALS: Partial<Record<number, string>> = {
  1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 6: 'SIGABRT', 8: 'SIGFPE', 9: 'SIGKILL', 11: 'SIGSEGV', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM',
}; // prettier-ignore

function statusOf(status: number): { exitStatus: number } | { signal: string } {
  const signal = SIGNALS[status - 128];
  return signal === undefined ? { exitStatus: status } : { signal };
}

const absence = (name: string, command: string, { status, message }: Trouble): Gathered => ({
  record: { id: 'guest-ssh', side: 'guest', guest: name, artifact: null, command, status, reason: message },
});

/** Probes that the guest did not come to. */
const unasked = (gathered: readonly Gathered[], list: readonly Probe[], { message }: Trouble): Gathered[] => {
  const name = gathered[0]?.record.guest;
  const asked = new Set(gathered.map(({ record }) => record.id));
  return list
    .filter(({ id }) => !asked.has(id))
    .map((probe) => ({
      probe,
      record: {
        id: probe.id,
        side: 'guest',
        ...(name !== undefined && { guest: name }),
        ...none('skipped', message, describe(probe.source, {})).record,
      } satisfies Omit<ProbeRecord, 'bytes'>,
    }));
};
