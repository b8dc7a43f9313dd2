import type { ProbeRecord } from '../bundle/manifest.ts';
import { uniquePath } from '../bundle/names.ts';
import { parseRelease } from '../model/release.ts';
import { runCommand } from './command.ts';
import { artifactPath, expand, fill, fillArgv, type Values } from './expand.ts';
import { glob, readBounded } from './files.ts';
import { fingerprint } from './fingerprint.ts';
import { findCommand, type Machine } from './machine.ts';
import type { Probe, Source } from './probe.ts';
import { commandResult, fileResult, none, type Result, type Said } from './result.ts';
import { displaySelectors, isLoaded, type Surroundings } from './surroundings.ts';
import { quoteArgv } from './words.ts';

/** What one run of a probe gave: its line in the manifest, without hashes, and the bytes of its artifact. */
export interface Gathered {
  /** what was asked; missing for what --around adds */
  probe?: Probe;
  /** kind of the artifact */
  kind?: string;
  record: Omit<ProbeRecord, 'bytes' | 'sha256' | 'redactions'>;
  /** missing when there is no artifact */
  bytes?: Buffer;
}

export interface RunOptions {
  machine: Machine;
  surroundings: Surroundings;
  /** in the order in which they are to run */
  probes: readonly Probe[];
  /** VMs to look at; empty: all */
  vms: readonly string[];
  /** the guest that this machine is; for probes of guests */
  guest?: string;
  /** bound for all probes together */
  totalMs: number;
  /** bound for all artifacts together */
  totalBytes: number;
  signal?: AbortSignal;
  graceMs?: number;
  onProbe?: (probe: Probe, number: number, of: number) => void;
}

/** Bounds and machine of one run of a probe. */
interface Context {
  machine: Machine;
  timeLimitMs: number;
  graceMs?: number;
  signal?: AbortSignal;
}

/**
 * Runs probes one after another. Never rejects: what could not be had is in the records, with the reason. `stuck` says
 * that something hangs in the kernel and was left behind.
 */
export async function runProbes(options: RunOptions): Promise<{ gathered: Gathered[]; stuck: boolean }> {
  const { machine, surroundings, probes, vms, signal, graceMs, totalMs, totalBytes, guest } = options;
  const until = performance.now() + totalMs;
  const gathered: Gathered[] = [];
  const taken = new Set<string>();
  const fits = createFitness(machine, surroundings, signal);
  let bytes = 0;
  let stuck = false;

  const whyNotNow = (): string | undefined => {
    if (signal?.aborted) return 'interrupted';
    if (performance.now() >= until) return `the time for all probes (${totalMs / 1000} s) was over`;
    return bytes >= totalBytes ? `the bundle had reached ${totalBytes} bytes` : undefined;
  };
  const add = (probe: Probe, { record, bytes: content, stuck: hangs }: Result): void => {
    const { artifact } = record;
    gathered.push({
      probe,
      ...(probe.kind !== undefined && { kind: probe.kind }),
      record: {
        id: probe.id,
        side: probe.side,
        ...(guest !== undefined && { guest }),
        ...record,
        artifact:
          artifact === null
            ? null
            : uniquePath(guest === undefined ? `host/${artifact}` : `guest/${guest}/${artifact}`, taken),
        privilege: machine.privilege,
      },
      ...(artifact !== null && content !== undefined && { bytes: content }),
    });
    bytes += content?.length ?? 0;
    stuck ||= hangs === true;
  };

  for (const [i, probe] of probes.entries()) {
    options.onProbe?.(probe, i + 1, probes.length);
    const unfit = await fits(probe);
    if (unfit !== undefined) {
      add(probe, none(unfit.status, unfit.reason, describe(probe.source, {})));
      continue;
    }
    for (const job of expand(probe, surroundings, vms, selectorsIn(gathered))) {
      const what = describe(probe.source, job.values);
      const reason = whyNotNow();
      if (reason !== undefined) add(probe, none('skipped', reason, what));
      else if ('status' in job) add(probe, none(job.status, job.reason, what));
      else {
        const timeLimitMs = Math.ceil(Math.min(probe.timeLimitMs, until - performance.now()));
        const context: Context = {
          machine,
          timeLimitMs,
          ...(graceMs !== undefined && { graceMs }),
          ...(signal && { signal }),
        };
        for (const result of await runOne(probe, job.values, context)) add(probe, result);
      }
    }
  }
  return { gathered, stuck };
}

/** Whether a probe suits the machine at all: its release, and the modules that the command would load. */
function createFitness(machine: Machine, { release }: Surroundings, signal?: AbortSignal) {
  const loaded = new Map<string, boolean>();
  const running = release === undefined ? undefined : parseRelease(release);
  return async ({
    freebsd,
    ifLoaded,
    source,
  }: Probe): Promise<{ status: 'missing' | 'skipped'; reason: string } | undefined> => {
    if (running !== undefined && freebsd !== undefined) {
      const { from, until } = freebsd;
      if (from !== undefined && isBefore(running, from))
        return { status: 'missing', reason: `only since FreeBSD ${from}` };
      if (until !== undefined && !isBefore(running, until))
        return { status: 'missing', reason: `only before FreeBSD ${until}` };
    }
    // What is not installed is missing, whatever the kernel holds.
    if (ifLoaded === undefined || ('run' in source && 'problem' in findCommand(machine, source.run[0]!)))
      return undefined;
    if (!loaded.has(ifLoaded)) loaded.set(ifLoaded, await isLoaded(machine, ifLoaded, signal));
    if (loaded.get(ifLoaded)) return undefined;
    return { status: 'skipped', reason: `would load the kernel module ${ifLoaded}, which is not loaded` };
  };
}

/** `13.0` names the version whose first release that is. */
function isBefore({ major, minor }: { major: number; minor: number }, version: string): boolean {
  const [otherMajor = 0, otherMinor = 0] = version.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** Cards whose configuration space may be read: those that pciconf showed a moment ago. */
const selectorsIn = (gathered: readonly Gathered[]): string[] => {
  const listing = gathered.find(({ kind, bytes }) => kind === 'pciconf' && bytes !== undefined)?.bytes;
  return listing === undefined ? [] : displaySelectors(listing.toString('utf8'));
};

/** What is asked, for the manifest. */
export function describe(source: Source, values: Values): Said {
  if ('run' in source) return { command: quoteArgv(source.run.map((word) => fill(word, values))) };
  if ('file' in source) return { path: fill(source.file, values) };
  if ('files' in source) return { path: fill(source.files, values) };
  return { path: ('grep' in source ? source.grep : source.fingerprint).join(' ') };
}

async function runOne(probe: Probe, values: Values, context: Context): Promise<Result[]> {
  const { source } = probe;
  if ('run' in source) return [await askCommand(probe, source, values, context)];
  if ('file' in source)
    return [await askFile(probe, fill(source.file, values), source.lines, artifactPath(probe, values), context)];
  if ('files' in source) return askFiles(probe, fill(source.files, values), values, context);
  if ('grep' in source) return [await askGrep(probe, source.grep, context)];
  return [await askFingerprint(probe, source, context)];
}

async function askCommand(
  probe: Probe,
  source: Extract<Source, { run: readonly string[] }>,
  values: Values,
  { machine, timeLimitMs, graceMs, signal }: Context,
): Promise<Result> {
  const wanted = machine.privilege === 'user' ? (source.runAsUser ?? source.run) : source.run;
  const installed =
    source.orElse !== undefined && 'problem' in findCommand(machine, wanted[0]!) ? source.orElse : wanted;
  const argv = fillArgv(installed, values);
  if (argv === undefined) return none('skipped', 'a name begins with -', describe(source, values));
  const outcome = await runCommand(machine, argv, {
    timeLimitMs,
    keep: probe.keep,
    ...(source.lines && { lines: source.lines }),
    ...(graceMs !== undefined && { graceMs }),
    ...(signal && { signal }),
  });
  const command = quoteArgv(argv);
  return commandResult(outcome, { command, artifact: artifactPath(probe, values), timeLimitMs });
}

async function askFile(
  probe: Probe,
  path: string,
  lines: readonly string[] | undefined,
  artifact: string,
  { machine, timeLimitMs, signal }: Context,
): Promise<Result> {
  const outcome = await readBounded(machine, path, {
    timeLimitMs,
    keep: probe.keep,
    ...(lines && { lines }),
    ...(signal && { signal }),
  });
  return fileResult(outcome, path, artifact);
}

async function askFiles(probe: Probe, pattern: string, values: Values, context: Context): Promise<Result[]> {
  const { matches, denied } = await glob(context.machine, pattern);
  if (matches.length === 0) {
    return [
      denied
        ? none('denied', 'permission denied', { path: pattern })
        : none('missing', 'no such file', { path: pattern }),
    ];
  }
  const results: Result[] = [];
  for (const { path, name } of matches) {
    results.push(await askFile(probe, path, undefined, artifactPath(probe, values, name), context));
  }
  return results;
}

/** Files of one line or a few, in one artifact as `grep -H .` prints them; those that cannot be read are left out. */
async function askGrep(
  probe: Probe,
  patterns: readonly string[],
  { machine, timeLimitMs, signal }: Context,
): Promise<Result> {
  const started = performance.now();
  const lines: string[] = [];
  let stuck = false;
  for (const pattern of patterns) {
    for (const { path } of (await glob(machine, pattern)).matches) {
      const left = timeLimitMs - (performance.now() - started);
      if (left <= 0 || stuck) break;
      const outcome = await readBounded(machine, path, {
        timeLimitMs: left,
        keep: probe.keep,
        ...(signal && { signal }),
      });
      if (!outcome.read) stuck ||= outcome.problem === 'timed-out';
      else
        for (const line of outcome.output.bytes.toString('utf8').split('\n'))
          if (line !== '') lines.push(`${path}:${line}\n`);
    }
  }
  const record = { path: patterns.join(' '), durationMs: Math.round(performance.now() - started) };
  if (lines.length === 0)
    return { record: { artifact: null, ...record, status: 'missing', reason: 'no such file' }, stuck };
  return { record: { artifact: probe.artifact, ...record, status: 'ok' }, bytes: Buffer.from(lines.join('')), stuck };
}

async function askFingerprint(
  probe: Probe,
  source: Extract<Source, { fingerprint: readonly string[] }>,
  { machine, timeLimitMs, signal }: Context,
): Promise<Result> {
  const started = performance.now();
  const text = await fingerprint(machine, source.fingerprint, source.strings, {
    timeLimitMs,
    ...(signal && { signal }),
  });
  const record = { path: source.fingerprint.join(' '), durationMs: Math.round(performance.now() - started) };
  if (text === '') return { record: { artifact: null, ...record, status: 'missing', reason: 'no such file' } };
  return { record: { artifact: probe.artifact, ...record, status: 'ok' }, bytes: Buffer.from(text) };
}
