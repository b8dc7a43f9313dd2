import { createHash } from 'node:crypto';
import { decode } from './decode.ts';
import {
  type Manifest,
  MANIFEST_FILE,
  manifestText,
  type ProbeRecord,
  readManifest,
  REDACTION_FILE,
} from './manifest.ts';
import { inside, uniquePath } from './names.ts';
import type { RawFile } from './open.ts';
import type { Redactor, RedactionLog } from './redact/redact.ts';
import type { BundleFile } from './write.ts';

/** A file that is not in the redacted copy, because its content could not be searched. */
export interface LeftOut {
  path: string;
  /** said without the path */
  why: string;
}

/** `redaction.json`: what was replaced where and by which rule. Never holds a value. */
export interface RedactionReport extends RedactionLog {
  leftOut: LeftOut[];
}

export interface RedactedFiles {
  /** the texts, without the manifest and the report */
  files: BundleFile[];
  /** the manifest with new sizes, hashes and counts, when the input had a readable one */
  manifest: Manifest | undefined;
  report: RedactionReport;
}

/**
 * Redacts the files of a bundle, a folder or a single text. Files that are not text are left out: what cannot be read
 * cannot be said to be clean. Texts come out as UTF-8 with `\n`, without the control sequences of terminals.
 */
export function redactFiles(raw: readonly RawFile[], redactor: Redactor): RedactedFiles {
  const manifest = manifestOf(raw);
  const texts: { path: string; text: string }[] = [];
  const leftOut: LeftOut[] = [];
  for (const { path, bytes, problem } of raw) {
    if (path === REDACTION_FILE || (path === MANIFEST_FILE && manifest !== undefined)) continue;
    const decoded = bytes.length === 0 ? { unreadable: problem ?? 'is empty' } : decode(bytes);
    if ('text' in decoded) texts.push({ path, text: decoded.text });
    else leftOut.push({ path, why: decoded.unreadable });
  }

  // A name that only the last text gives away must not stand in the first one.
  for (const { text } of texts) redactor.learn(text);
  if (manifest !== undefined) for (const text of wordsOf(manifest)) redactor.learn(text);

  const taken = new Set<string>();
  /** what became of each file, by its old path */
  const results = new Map<string, { path: string; bytes: Buffer; counts: Record<string, number> }>();
  for (const { path, text } of texts) {
    const { text: redacted, counts } = redactor.redact(text, { path });
    const place = uniquePath(inside(redactor.redactPath(path)), taken);
    results.set(path, { path: place, bytes: Buffer.from(redacted, 'utf8'), counts });
  }
  const redactedManifest = manifest && redactManifest(manifest, redactor, (path) => results.get(path));
  return {
    files: [...results.values()].map(({ path, bytes }) => ({ path, bytes })),
    manifest: redactedManifest,
    report: { ...redactor.log(), leftOut: leftOut.map(({ path, why }) => ({ path: redactor.redactPath(path), why })) },
  };
}

function manifestOf(raw: readonly RawFile[]): Manifest | undefined {
  const file = raw.find(({ path }) => path === MANIFEST_FILE);
  const read = file && readManifest(Buffer.from(file.bytes).toString('utf8'));
  return read !== undefined && 'manifest' in read ? read.manifest : undefined;
}

/** What people and machines wrote into a manifest. */
const wordsOf = ({ probes, vm = [], around }: Manifest): string[] => [
  ...vm,
  ...(around === undefined ? [] : [around.command]),
  ...probes.flatMap(({ command, path, reason }) => [command, path, reason].filter((word) => word !== undefined)),
];

type Result = { path: string; bytes: Buffer; counts: Record<string, number> } | undefined;

function redactManifest(manifest: Manifest, redactor: Redactor, resultOf: (path: string) => Result): Manifest {
  const word = (text: string): string => redactor.redact(text, { path: MANIFEST_FILE }).text;
  const probes = manifest.probes.map((probe): ProbeRecord => {
    const { artifact, guest, command, path, reason, redactions } = probe;
    const result = artifact === null ? undefined : resultOf(artifact);
    const counts = sum(redactions ?? {}, result?.counts ?? {});
    const rest = { ...probe };
    delete rest.sha256;
    return {
      ...rest,
      ...(guest !== undefined && { guest: redactor.redactPath(guest) }),
      artifact: result?.path ?? null,
      ...(command !== undefined && { command: word(command) }),
      ...(path !== undefined && { path: word(path) }),
      ...(reason !== undefined && { reason: word(reason) }),
      ...(artifact !== null && result === undefined && { status: 'failed' as const, reason: LEFT_OUT }),
      bytes: result?.bytes.length ?? 0,
      ...(result !== undefined && { sha256: createHash('sha256').update(result.bytes).digest('hex') }),
      ...(Object.keys(counts).length > 0 && { redactions: counts }),
    };
  });
  const { around, vm } = manifest;
  return {
    ...manifest,
    ...(vm !== undefined && { vm: vm.map((name) => redactor.redactPath(name)) }),
    ...(around !== undefined && { around: { ...around, command: word(around.command) } }),
    redacted: true,
    probes,
  };
}

const LEFT_OUT = 'is no text and was left out when the bundle was redacted';

function sum(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const total: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) total[name] = (total[name] ?? 0) + count;
  return total;
}

export const reportText = (report: RedactionReport): string => `${JSON.stringify(report, null, 2)}\n`;

/** All texts of a redacted copy, for the leak search. */
export const textsOf = ({ files, manifest, report }: RedactedFiles): { path: string; text: string }[] => [
  ...files.map(({ path, bytes }) => ({ path, text: Buffer.from(bytes).toString('utf8') })),
  ...(manifest === undefined ? [] : [{ path: MANIFEST_FILE, text: manifestText(manifest) }]),
  { path: REDACTION_FILE, text: reportText(report) },
];
