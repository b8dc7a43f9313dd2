import { createHash } from 'node:crypto';
import { type Manifest, MANIFEST_FILE, manifestText } from '../bundle/manifest.ts';
import { uniquePath } from '../bundle/names.ts';
import type { Claim, Derived, NoClaim } from '../matrix/observation-from-diagnosis.ts';
import type { Ref } from '../model/source.ts';
import { excerpt } from './excerpt.ts';

/** What all files of an entry's evidence together stay under, in bytes. */
export const MAX_EVIDENCE = 64 * 1024;

export interface EvidenceFile {
  /** inside the bundle: `host/pciconf.txt` */
  path: string;
  text: string;
}

export interface Evidence {
  /** the manifest first, when the bundle has one */
  files: EvidenceFile[];
  claim: Claim;
  /** whether the analysis of these files comes to the whole claim; false when they would be too large */
  complete: boolean;
}

/** Diagnoses texts and derives the claim they make. */
export type Analyse = (files: readonly EvidenceFile[]) => Derived | NoClaim;

/** Lines kept around a cited one, from step to step. */
const CONTEXTS = [1, 4, 16, 64, Infinity] as const;
/** One file may grow to this while all are widened, so that none takes the room of the others. */
const SHARE = MAX_EVIDENCE / 3;

/** How many steps each file is widened; a file that is not named is left out. */
type Widths = ReadonlyMap<string, number>;

/** Names in which git, patches and all file systems agree. Two that become one are told apart by a number. */
export function withSafePaths(files: readonly EvidenceFile[]): { files: EvidenceFile[]; pathOf: Map<string, string> } {
  const taken = new Set<string>();
  const pathOf = new Map<string, string>();
  for (const { path } of files) {
    const safe = path
      .split('/')
      .map(
        (part) =>
          part
            .replace(/[^A-Za-z0-9._+-]+/g, '-')
            .replace(/^[.-]+/, '')
            .slice(-80) || 'x',
      )
      .slice(-6)
      .join('/');
    pathOf.set(path, uniquePath(safe, taken).replace(/ \((\d+)\)$/, '-$1'));
  }
  return { files: files.map(({ path, text }) => ({ path: pathOf.get(path)!, text })), pathOf };
}

/**
 * The smallest part of redacted texts from which the diagnosis still comes to the same claim: the lines that findings
 * cite and some around them. Widened until the claim is shown, then each file is narrowed again as far as it holds.
 */
export function cutEvidence(
  source: readonly EvidenceFile[],
  manifest: Manifest | undefined,
  analyse: Analyse,
): Evidence | NoClaim {
  const { files, pathOf } = withSafePaths(source);
  const whole = analyse(files);
  if ('why' in whole) return whole;
  const { claim } = whole;
  const cited = linesByFile(whole.refs);
  const sizeOf = createSizes(files, cited);
  const cut = (widths: Widths): EvidenceFile[] =>
    files.flatMap(({ path, text }) => {
      const width = widths.get(path);
      return width === undefined ? [] : [{ path, text: excerpt(text, cited.get(path) ?? new Set(), CONTEXTS[width]!) }];
    });
  const pack = (widths: Widths): EvidenceFile[] => withManifest(cut(widths), manifest, pathOf, files);
  const holds = (widths: Widths): boolean => {
    const parts = cut(widths);
    const again = bytesOf(parts) < MAX_EVIDENCE ? analyse(parts) : undefined;
    return again !== undefined && !('why' in again) && JSON.stringify(again.claim) === JSON.stringify(claim);
  };

  const widest = first(widen(files, cited, sizeOf), holds);
  const widths = widest === undefined ? undefined : narrow(widest, cited, holds);
  const packed = widths && pack(widths);
  if (packed !== undefined && bytesOf(packed) < MAX_EVIDENCE) return { files: packed, claim, complete: true };
  return { files: withManifest(mostThatFits(cut(atLeast(cited))), undefined, pathOf, files), claim, complete: false };
}

/** Ever more of the files, and at last those too that nothing cites. */
function* widen(
  files: readonly EvidenceFile[],
  cited: ReadonlyMap<string, unknown>,
  sizeOf: (path: string, width: number) => number,
): Generator<Widths> {
  let widths = new Map([...cited.keys()].map((path) => [path, 0]));
  yield widths;
  for (let step = 1; step < CONTEXTS.length; step += 1) {
    widths = new Map([...widths].map(([path, width]) => [path, sizeOf(path, step) <= SHARE ? step : width]));
    yield widths;
  }
  const last = CONTEXTS.length - 1;
  for (const { path } of files) if (!widths.has(path) && sizeOf(path, last) <= SHARE) widths.set(path, last);
  yield widths;
}

function first<T>(values: Iterable<T>, test: (value: T) => boolean): T | undefined {
  for (const value of values) if (test(value)) return value;
  return undefined;
}

/** Takes back from each file what the claim does not need; the cited lines stay. */
function narrow(widths: Widths, cited: ReadonlyMap<string, unknown>, holds: (widths: Widths) => boolean): Widths {
  let narrowed = widths;
  for (const [path, width] of widths) {
    const smaller = cited.has(path) ? [...CONTEXTS.keys()].filter((step) => step < width) : [undefined];
    for (const step of smaller) {
      const candidate = new Map(narrowed);
      if (step === undefined) candidate.delete(path);
      else candidate.set(path, step);
      if (!holds(candidate)) continue;
      narrowed = candidate;
      break;
    }
  }
  return narrowed;
}

const atLeast = (cited: ReadonlyMap<string, unknown>): Widths => new Map([...cited.keys()].map((path) => [path, 0]));

/** Smallest files first, until the room is used up. */
function mostThatFits(files: readonly EvidenceFile[]): EvidenceFile[] {
  let room = MAX_EVIDENCE;
  const chosen = new Set<string>();
  for (const file of [...files].sort((a, b) => bytesOf([a]) - bytesOf([b]))) {
    room -= bytesOf([file]);
    if (room > 0) chosen.add(file.path);
  }
  return files.filter(({ path }) => chosen.has(path));
}

function linesByFile(refs: readonly Ref[]): Map<string, Set<number>> {
  const lines = new Map<string, Set<number>>();
  for (const { artifact, line } of refs) {
    const own = lines.get(artifact) ?? new Set();
    own.add(line);
    lines.set(artifact, own);
  }
  return lines;
}

function createSizes(files: readonly EvidenceFile[], cited: ReadonlyMap<string, ReadonlySet<number>>) {
  const textOf = new Map(files.map(({ path, text }) => [path, text]));
  return (path: string, width: number): number =>
    Buffer.byteLength(excerpt(textOf.get(path) ?? '', cited.get(path) ?? new Set(), CONTEXTS[width]!));
}

export const bytesOf = (files: readonly EvidenceFile[]): number =>
  files.reduce((sum, { path, text }) => sum + path.length + Buffer.byteLength(text), 0);

/** The bundle's manifest, true for what is left of the files. */
function withManifest(
  files: readonly EvidenceFile[],
  manifest: Manifest | undefined,
  pathOf: ReadonlyMap<string, string>,
  originals: readonly EvidenceFile[],
): EvidenceFile[] {
  if (manifest === undefined) return [...files];
  const textOf = new Map(files.map(({ path, text }) => [path, text]));
  const originalOf = new Map(originals.map(({ path, text }) => [path, text]));
  const probes = manifest.probes.flatMap((probe): Manifest['probes'] => {
    const rest = { ...probe };
    delete rest.sha256;
    delete rest.redactions;
    delete rest.durationMs;
    // What gave nothing is told; what nothing cites is left out.
    if (probe.artifact === null) return [rest];
    const artifact = pathOf.get(probe.artifact) ?? '';
    const text = textOf.get(artifact);
    if (text === undefined) return [];
    const original = originalOf.get(artifact)!;
    const keptBytes = Buffer.byteLength(text);
    const droppedBytes = Buffer.byteLength(original) - keptBytes;
    const droppedLines = original.split('\n').length - text.split('\n').length;
    return [
      {
        ...rest,
        artifact,
        bytes: keptBytes,
        sha256: createHash('sha256').update(text).digest('hex'),
        ...(droppedLines > 0 && { truncated: { keptBytes, droppedBytes, droppedLines } }),
      },
    ];
  });
  return [{ path: MANIFEST_FILE, text: manifestText({ ...manifest, redacted: true, probes }) }, ...files];
}
