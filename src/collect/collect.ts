import { createHash } from 'node:crypto';
import { type Manifest, MANIFEST_FILE, manifestText, type ProbeRecord, REDACTION_FILE } from '../bundle/manifest.ts';
import { createRedactor, type Redactor } from '../bundle/redact/redact.ts';
import type { BundleFile } from '../bundle/write.ts';
import type { Profile } from '../model/profile.ts';
import { bracket } from './around.ts';
import { TOTAL_BYTES, TOTAL_MS } from './bounds.ts';
import { pathPart } from './expand.ts';
import type { Machine } from './machine.ts';
import type { Probe } from './probe.ts';
import { selectProbes } from './probes.ts';
import { type Gathered, runProbes } from './run.ts';
import { collectGuestOverSsh, type FromGuest, type GuestToAsk } from './ssh.ts';
import type { Trouble } from './ssh-trouble.ts';
import { lookAround, type Surroundings } from './surroundings.ts';

export interface CollectOptions {
  machine: Machine;
  profile: Profile;
  /** VMs to look at; empty: all. The first one names the guest when this machine is one */
  vms: readonly string[];
  /** what this machine is; told from its system when left out */
  side?: Probe['side'];
  includeRisky: boolean;
  /** guests to ask over ssh, after this machine */
  guests?: readonly GuestToAsk[];
  around?: { argv: readonly string[]; timeLimitMs: number; settleMs: number };
  /** replace what is private; false leaves everything as it is */
  redact: boolean;
  /** names of the people who run this, which no text need give away */
  accounts: readonly string[];
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
  /** guests that gave nothing, or not all */
  troubles: readonly { url: string; trouble: Trouble }[];
  /** something hangs in the kernel: the process may have to be left by exit */
  stuck: boolean;
}

/** What a machine is: a guest when it runs Linux or runs inside bhyve, a host otherwise. */
export const sideOf = ({ system, inBhyve }: Surroundings): Probe['side'] =>
  system === 'Linux' || inBhyve ? 'guest' : 'host';

/** Asks this machine everything that the profile wants to know, redacts the answers and lists them. Writes nothing. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { machine, profile, vms, includeRisky, signal, now, around } = options;
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
  const { guests = [] } = options;
  const remote = await Promise.all(guests.map((each) => collectGuestOverSsh({ ...options, ...each })));
  const all = [...(bracketed?.gathered ?? []), ...gathered, ...remote.flatMap((from) => from.gathered)];
  const redactor = options.redact
    ? createRedactor({ known: knownNames(surroundings, options.accounts, guests, remote) })
    : undefined;
  const { records, files, leaks } = finish(all, redactor);
  const words = (text: string): string => (redactor === undefined ? text : wordsOf(text, redactor));
  const manifest: Manifest = {
    schemaVersion: 1,
    tool: { name: 'gpudiag', version: options.toolVersion },
    createdAt,
    profile,
    privilege: machine.privilege,
    vm: vms.map(words),
    ...(bracketed && { around: { ...bracketed.attempt, command: words(bracketed.attempt.command) } }),
    redacted: redactor !== undefined,
    probes: records,
  };
  const inManifest = redactor?.leaks([{ path: MANIFEST_FILE, text: manifestText(manifest) }]) ?? [];
  return {
    manifest,
    files,
    leaks: [...new Set([...leaks, ...inManifest.map(({ path }) => path)])],
    needRoot: machine.privilege === 'root' ? [] : wantRoot(gathered),
    surroundings,
    troubles: remote.flatMap(({ trouble }, i) =>
      trouble === undefined ? [] : [{ url: guests[i]!.target.url, trouble }],
    ),
    stuck,
  };
}

/** What is private whatever the texts say. */
function knownNames(
  { hostName }: Surroundings,
  accounts: readonly string[],
  guests: readonly GuestToAsk[],
  remote: readonly FromGuest[],
) {
  // Addresses are found by their form; everybody has a root.
  const targets = guests.map(({ target }) => target);
  const hosts = [
    hostName,
    ...remote.map((from) => from.hostName),
    ...targets.map(({ host }) => (/^[\d.]+$|:/.test(host) ? undefined : host)),
  ];
  const users = [...accounts, ...targets.map(({ user }) => (user === 'root' ? undefined : user))];
  return [
    ...hosts.flatMap((value) => (value === undefined ? [] : [{ class: 'host' as const, value }])),
    ...users.flatMap((value) => (value === undefined ? [] : [{ class: 'user' as const, value }])),
  ];
}

/** Probes that a user went without, wholly or in part, most important first. A file that could be read was read whole. */
function wantRoot(gathered: readonly Gathered[]): Probe[] {
  const lost = gathered.filter(
    ({ probe, record: { status } }) =>
      status === 'denied' ||
      (probe?.privilege === 'root' && (status === 'failed' || (status === 'ok' && 'run' in probe.source))),
  );
  return [...new Set(lost.flatMap(({ probe }) => probe ?? []))];
}

/** Replaces what is private in texts and records, and puts sizes and hashes into the records. */
function finish(
  gathered: readonly Gathered[],
  redactor: Redactor | undefined,
): { records: ProbeRecord[]; files: BundleFile[]; leaks: string[] } {
  if (redactor === undefined) {
    return {
      records: gathered.map(({ record, bytes }) => ({ ...record, ...sealed(bytes) })),
      files: gathered.flatMap(({ record, bytes }) => fileOf(record.artifact, bytes)),
      leaks: [],
    };
  }
  const texts = gathered.map(({ bytes }) => (bytes === undefined ? undefined : textOf(bytes)));
  // A name that only the last text gives away must not stand in the first one.
  for (const text of texts) if (text !== undefined) redactor.learn(text);
  const files: BundleFile[] = [];
  const written: { path: string; text: string }[] = [];
  const records = gathered.map(({ kind, record: whole }, i): ProbeRecord => {
    const record = redactRecord(whole, redactor);
    const original = texts[i];
    if (original === undefined || record.artifact === null) return { ...record, ...sealed(undefined) };
    const { text, counts } = redactor.redact(original, { path: record.artifact, kind });
    const bytes = Buffer.from(text);
    files.push(...fileOf(record.artifact, bytes));
    written.push({ path: record.artifact, text });
    return { ...record, ...sealed(bytes), ...(Object.keys(counts).length > 0 && { redactions: counts }) };
  });
  const log = `${JSON.stringify(redactor.log(), null, 2)}\n`;
  files.push({ path: REDACTION_FILE, bytes: Buffer.from(log) });
  written.push({ path: REDACTION_FILE, text: log });
  return { records, files, leaks: redactor.leaks(written).map(({ path }) => path) };
}

const fileOf = (path: string | null, bytes: Buffer | undefined): BundleFile[] =>
  path === null || bytes === undefined ? [] : [{ path, bytes }];

const sealed = (bytes: Buffer | undefined): Pick<ProbeRecord, 'bytes' | 'sha256'> =>
  bytes === undefined ? { bytes: 0 } : { bytes: bytes.length, sha256: sha256(bytes) };

/** Paths, command lines and complaints name users and hosts too. */
function redactRecord(record: Gathered['record'], redactor: Redactor): Gathered['record'] {
  const { artifact, command, path, reason } = record;
  return {
    ...record,
    artifact: artifact === null ? null : redactor.redactPath(artifact),
    ...(command !== undefined && { command: wordsOf(command, redactor) }),
    ...(path !== undefined && { path: wordsOf(path, redactor) }),
    ...(reason !== undefined && { reason: wordsOf(reason, redactor) }),
  };
}

const wordsOf = (text: string, redactor: Redactor): string => redactor.redact(text, { path: MANIFEST_FILE }).text;

/** Text of any bytes, one character for a byte where they are no UTF-8, so that nothing is lost. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
