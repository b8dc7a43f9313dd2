import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vmBhyveConf from '../../parsers/host/vm-bhyve-conf.ts';
import type { Manifest } from '../bundle/manifest.ts';
import { runCommand } from './command.ts';
import { pathPart } from './expand.ts';
import { readBounded } from './files.ts';
import { createKeeper, type Kept } from './keep.ts';
import { environmentOf, findCommand, inRoot, type Machine } from './machine.ts';
import { newLines } from './new-lines.ts';
import { LOG } from './probes/define.ts';
import type { Gathered } from './run.ts';
import type { Surroundings } from './surroundings.ts';
import { quoteArgv } from './words.ts';

/** One attempt, such as the start of a VM, of which everything that the machine says meanwhile is wanted. */
export interface AroundOptions {
  machine: Machine;
  surroundings: Surroundings;
  argv: readonly string[];
  /** VMs whose logs to watch; empty: those that the command names, or all */
  vms: readonly string[];
  /** how long to wait for the command; after that it is left alone, because a VM may run in it */
  timeLimitMs: number;
  /** how long to wait after the command for what it set going */
  settleMs: number;
  now: () => Date;
  signal?: AbortSignal;
}

type Vm = Surroundings['vms'][number];

const LOOK_MS = 5000;
/** A command that has printed more than this is ended. */
const OUTPUT_LIMIT = 64 * 2 ** 20;
const POLL_MS = 100;

/** The VMs an attempt is about. */
function watchedVms({ argv, vms, surroundings }: Pick<AroundOptions, 'argv' | 'vms' | 'surroundings'>): readonly Vm[] {
  const all = surroundings.vms;
  const asked = all.filter(({ name }) => vms.includes(name));
  if (asked.length > 0) return asked;
  const named = all.filter(({ name }) => argv.includes(name));
  return named.length > 0 ? named : all;
}

/**
 * Names of watched VMs of which vm-bhyve would throw away what bhyve says: it keeps bhyve's stderr only with debug="yes"
 * in the configuration of the VM.
 */
export async function withoutDebug(
  options: Pick<AroundOptions, 'machine' | 'argv' | 'vms' | 'surroundings'>,
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, datastore } of watchedVms(options)) {
    const outcome = await readBounded(options.machine, `${datastore}/${name}/${name}.conf`, {
      timeLimitMs: LOOK_MS,
      keep: LOG,
    });
    if (!outcome.read) continue;
    if (vmBhyveConf.parse(outcome.output.bytes.toString('utf8')).facts?.debug !== true) names.push(name);
  }
  return names;
}

/** Runs the attempt and collects what was new after it. Never rejects. */
export async function bracket(
  options: AroundOptions,
): Promise<{ attempt: NonNullable<Manifest['around']>; gathered: Gathered[] }> {
  const { machine, argv, now, signal } = options;
  const command = quoteArgv(argv);
  const watched = watchedVms(options);
  const before = await kernelMessages(options);
  const sizes = await Promise.all(watched.map((vm) => sizeOf(machine, logOf(vm))));
  const startedAt = now().toISOString();
  const run = await attempt(options);
  if (signal?.aborted !== true) await pause(options.settleMs, signal);
  const endedAt = now().toISOString();

  const gathered: Gathered[] = [];
  const add = (
    id: string,
    what: { command: string } | { path: string },
    artifact: string,
    kind: string | undefined,
    kept: Kept | string,
  ): void => {
    const output = typeof kept === 'string' ? undefined : kept;
    const bytes = output?.bytes ?? Buffer.alloc(0);
    const reason = typeof kept === 'string' ? kept : 'nothing new';
    gathered.push({
      ...(kind !== undefined && { kind }),
      record: {
        id,
        side: 'host',
        artifact: bytes.length === 0 ? null : `host/around/${artifact}`,
        ...what,
        status: output === undefined ? 'failed' : 'ok',
        ...(bytes.length === 0 && { reason }),
        ...(output?.truncation && { truncated: output.truncation }),
        privilege: machine.privilege,
      },
      ...(bytes.length > 0 && { bytes }),
    });
  };
  add('around-output', { command }, 'output.txt', undefined, run.output);
  const after = await kernelMessages(options);
  const fresh = before === undefined || after === undefined ? 'dmesg gave nothing' : asKept(newLines(before, after));
  add('around-dmesg', { command: 'dmesg -a' }, 'dmesg.txt', 'freebsd-dmesg', fresh);
  for (const [i, vm] of watched.entries()) {
    const path = logOf(vm);
    const outcome = await readBounded(machine, path, { timeLimitMs: LOOK_MS, keep: LOG, from: sizes[i]! });
    add(
      'around-vm-log',
      { path },
      `${pathPart(vm.name)}/vm-bhyve.log`,
      'vm-bhyve-log',
      outcome.read ? outcome.output : outcome.reason,
    );
  }
  const { exitStatus, killedBy, timedOut } = run;
  return {
    gathered,
    attempt: {
      command,
      startedAt,
      endedAt,
      ...(exitStatus !== undefined && { exitStatus }),
      ...(killedBy !== undefined && { signal: killedBy }),
      ...(timedOut && { timedOut }),
    },
  };
}

const logOf = ({ name, datastore }: Vm): string => `${datastore}/${name}/vm-bhyve.log`;

const asKept = (text: string): Kept => ({ bytes: Buffer.from(text), seenBytes: Buffer.byteLength(text) });

async function kernelMessages({ machine, signal }: AroundOptions): Promise<string | undefined> {
  const outcome = await runCommand(machine, ['dmesg', '-a'], {
    timeLimitMs: LOOK_MS,
    keep: LOG,
    ...(signal && { signal }),
  });
  return outcome.ran && outcome.exitStatus === 0 ? outcome.output.bytes.toString('utf8') : undefined;
}

const sizeOf = (machine: Machine, path: string): Promise<number> =>
  stat(inRoot(machine, path)).then(
    ({ size }) => size,
    () => 0,
  );

interface Run {
  output: Kept | string;
  exitStatus?: number;
  killedBy?: string;
  timedOut: boolean;
}

/**
 * Runs the command with its output in a file and not in a pipe: a VM that goes on in the background writes to it still,
 * and must not be ended by a pipe that nobody reads any more. For the same reason the command is never killed when its
 * time is over. The file has no name while the command runs.
 */
async function attempt(options: AroundOptions): Promise<Run> {
  const { machine, argv, timeLimitMs, signal } = options;
  const [name, ...args] = argv as [string, ...string[]];
  const found = name.includes('/') ? { file: name } : findCommand(machine, name);
  if ('problem' in found) return { output: `${name}: not installed`, timedOut: false };
  const path = join(tmpdir(), `gpudiag-${process.pid}-${randomBytes(6).toString('hex')}`);
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600);
  try {
    await rm(path);
    const end = await ended(
      found.file,
      args,
      handle.fd,
      { machine, timeLimitMs, ...(signal && { signal }) },
      async () => (await handle.stat()).size,
    );
    const keeper = createKeeper(LOG);
    const { size } = await handle.stat();
    for (let at = 0; at < Math.min(size, OUTPUT_LIMIT);) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(2 ** 20), 0, 2 ** 20, at);
      if (bytesRead === 0) break;
      keeper.push(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return { ...end, output: end.problem ?? keeper.finish() };
  } catch (error) {
    return { output: (error as Error).message, timedOut: false };
  } finally {
    await handle.close();
  }
}

/** Starts the command and waits for its end, for the end of its time, or until it has printed too much. */
function ended(
  file: string,
  args: readonly string[],
  outputFd: number,
  { machine, timeLimitMs, signal }: { machine: Machine; timeLimitMs: number; signal?: AbortSignal },
  printed: () => Promise<number>,
): Promise<{ exitStatus?: number; killedBy?: string; timedOut: boolean; problem?: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { ...process.env, ...environmentOf(machine), HOME: process.env.HOME ?? '/' },
      detached: true,
      stdio: ['ignore', outputFd, outputFd],
    });
    const until = performance.now() + timeLimitMs;
    const settle = (result: Parameters<typeof resolve>[0]): void => {
      clearInterval(poll);
      child.unref();
      resolve(result);
    };
    const poll = setInterval(() => {
      if (signal?.aborted === true || performance.now() >= until) settle({ timedOut: true });
      else {
        void printed().then((size) => {
          if (size > OUTPUT_LIMIT && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        });
      }
    }, POLL_MS);
    child.on('error', (error: NodeJS.ErrnoException) =>
      settle({ timedOut: false, problem: error.code ?? error.message }),
    );
    child.on('exit', (code, killedBy) =>
      settle({ timedOut: false, ...(code !== null && { exitStatus: code }), ...(killedBy !== null && { killedBy }) }),
    );
  });
}

const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
