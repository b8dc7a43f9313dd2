import { createHash } from 'node:crypto';
import { type Manifest, manifestText, type ProbeRecord } from '../bundle/manifest.ts';
import type { BundleFile } from '../bundle/write.ts';
import type { Profile } from '../model/profile.ts';
import { bracket } from './around.ts';
import { pathPart } from './expand.ts';
import type { Machine } from './machine.ts';
import type { Probe } from './probe.ts';
import { selectProbes } from './probes.ts';
import { type Gathered, runProbes } from './run.ts';
import { lookAround, type Surroundings } from './surroundings.ts';

/** Bounds for a whole run, so that it ends whatever the machine does. */
export const TOTAL_MS: Readonly<Record<Profile, number>> = { quick: 60_000, full: 300_000, 'pre-boot': 60_000 };
const TOTAL_BYTES = 128 * 2 ** 20;

/** What replaces private values in texts. The same value gets the same token in all texts of one redactor. */
export interface TextRedactor {
  redact(text: string, artifact: { path: string; kind?: string }): { text: string; counts: Record<string, number> };
  /** places where a value that was replaced somewhere still stands */
  leaks(texts: Iterable<{ path: string; text: string }>): readonly { path: string }[];
}

export interface CollectOptions {
  machine: Machine;
  profile: Profile;
  /** VMs to look at; empty: all. The first one names the guest when this machine is one */
  vms: readonly string[];
  /** what this machine is; told from its system when left out */
  side?: Probe['side'];
  includeRisky: boolean;
  around?: { argv: readonly string[]; timeLimitMs: number; settleMs: number };
  /** missing: nothing is replaced */
  redactor?: TextRedactor;
  toolVersion: string;
  now: () => Date;
  signal?: AbortSignal;
  graceMs?: number;
  totalMs?: number;
  onProbe?: (probe: Probe, number: number, of: number) => void;
}

export interface Collected {
  manifest: Manifest;
  /** without the manifest */
  files: BundleFile[];
  /** paths of artifacts that still hold a value that was replaced elsewhere; such a bundle must not be written */
  leaks: readonly string[];
  /** probes that would give more as root */
  needRoot: readonly Probe[];
  surroundings: Surroundings;
  /** something hangs in the kernel: the process may have to be left by exit */
  stuck: boolean;
}

/** What a machine is: a guest when it runs Linux or runs inside bhyve, a host otherwise. */
export const sideOf = ({ system, inBhyve }: Surroundings): Probe['side'] =>
  system === 'Linux' || inBhyve ? 'guest' : 'host';

/** Asks this machine everything that the profile wants to know, redacts the answers and lists them. Writes nothing. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { machine, profile, vms, includeRisky, signal, now, around, redactor } = options;
  const createdAt = now().toISOString();
  const surroundings = await lookAround(machine, signal);
  const side = options.side ?? sideOf(surroundings);
  const os = surroundings.system === 'Linux' ? 'linux' : 'freebsd';
  const guest = side === 'guest' ? pathPart(vms[0] ?? 'guest') : undefined;
  const bracketed =
    around === undefined
      ? undefined
      : await bracket({ machine, surroundings, vms, now, ...around, ...(signal && { signal }) });
  const { gathered, stuck } = await runProbes({
    machine,
    surroundings,
    probes: selectProbes({ side, os, profile, includeRisky }),
    vms: side === 'guest' ? [] : vms,
    ...(guest !== undefined && { guest }),
    totalMs: options.totalMs ?? TOTAL_MS[profile],
    totalBytes: TOTAL_BYTES,
    ...(signal && { signal }),
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    ...(options.onProbe && { onProbe: options.onProbe }),
  });
  const all = [...(bracketed?.gathered ?? []), ...gathered];
  const { records, files, leaks } = finish(all, redactor);
  const manifest: Manifest = {
    schemaVersion: 1,
    tool: { name: 'gpudiag', version: options.toolVersion },
    createdAt,
    profile,
    privilege: machine.privilege,
    vm: [...vms],
    ...(bracketed && { around: redactAttempt(bracketed.attempt, redactor) }),
    redacted: redactor !== undefined,
    probes: records,
  };
  const inManifest = redactor?.leaks([{ path: 'manifest.json', text: manifestText(manifest) }]) ?? [];
  return {
    manifest,
    files,
    leaks: [...leaks, ...inManifest.map(({ path }) => path)],
    needRoot: machine.privilege === 'root' ? [] : wantRoot(all),
    surroundings,
    stuck,
  };
}

/** Probes that a user went without, wholly or in part, most important first. */
function wantRoot(gathered: readonly Gathered[]): Probe[] {
  const lost = gathered.filter(
    ({ probe, record }) =>
      record.status === 'denied' || (probe?.privilege === 'root' && /^(?:ok|failed)$/.test(record.status)),
  );
  return [...new Set(lost.flatMap(({ probe }) => probe ?? []))];
}

/** Redacts the texts and puts sizes and hashes into their records. */
function finish(
  gathered: readonly Gathered[],
  redactor: TextRedactor | undefined,
): { records: ProbeRecord[]; files: BundleFile[]; leaks: string[] } {
  const files: BundleFile[] = [];
  const texts: { path: string; text: string }[] = [];
  const records = gathered.map(({ kind, record, bytes }): ProbeRecord => {
    const said = redactRecord(record, redactor);
    if (bytes === undefined || record.artifact === null) return { ...said, bytes: 0 };
    const path = record.artifact;
    if (redactor === undefined) {
      files.push({ path, bytes });
      return { ...said, bytes: bytes.length, sha256: sha256(bytes) };
    }
    const { text, counts } = redactor.redact(textOf(bytes), { path, ...(kind !== undefined && { kind }) });
    const redacted = Buffer.from(text);
    files.push({ path, bytes: redacted });
    texts.push({ path, text });
    return {
      ...said,
      bytes: redacted.length,
      sha256: sha256(redacted),
      ...(Object.keys(counts).length > 0 && { redactions: counts }),
    };
  });
  const leaks = [...new Set((redactor?.leaks(texts) ?? []).map(({ path }) => path))];
  return { records, files, leaks };
}

/** Paths, command lines and complaints name users and hosts too. */
function redactRecord(record: Gathered['record'], redactor: TextRedactor | undefined): Gathered['record'] {
  if (redactor === undefined) return record;
  const redact = (text: string): string => redactor.redact(text, { path: 'manifest.json' }).text;
  const { command, path, reason } = record;
  return {
    ...record,
    ...(command !== undefined && { command: redact(command) }),
    ...(path !== undefined && { path: redact(path) }),
    ...(reason !== undefined && { reason: redact(reason) }),
  };
}

const redactAttempt = (
  attempt: NonNullable<Manifest['around']>,
  redactor: TextRedactor | undefined,
): NonNullable<Manifest['around']> =>
  redactor === undefined
    ? attempt
    : { ...attempt, command: redactor.redact(attempt.command, { path: 'manifest.json' }).text };

/** Text of any bytes, one character for a byte where they are no UTF-8, so that nothing is lost. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
