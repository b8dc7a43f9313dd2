import type { Budget, Meter } from './budget.ts';
import { Exhausted, Refused } from './failure.ts';
import { gather, type LongLog } from './gather.ts';
import { inflate, isGzip } from './gzip.ts';
import { LIMITS } from './limits.ts';
import { peek, type Pieces } from './pieces.ts';
import { BLOCK, BrokenTar, isTar, readTar, type TarEntry } from './tar.ts';

/** A file before it has a place among the others. */
export interface Found {
  path: string;
  bytes: Uint8Array;
  /** set when the bytes are what was kept of a long log */
  longLog?: LongLog;
  problem?: string;
}

export interface ExpandOptions {
  /** folder that the files of an archive are shown in */
  within: string;
  /** a long log may be taken in in parts */
  siftLogs: boolean;
  budget: Budget;
}

/** The same, and how deep inside archives it is. */
interface Inside extends ExpandOptions {
  depth: number;
  meter: Meter;
}

const NOTHING = new Uint8Array();

export const missing = (path: string, problem: string): Found => ({ path, bytes: NOTHING, problem });

/**
 * Decompresses and unpacks what is an archive; takes in anything else as it is. Holds only what it returns in memory.
 * @param path what the user knows it by
 * @throws Refused for what is too large
 */
export function expand(path: string, pieces: Pieces, options: ExpandOptions): Promise<Found[]> {
  const meter = options.budget.meter();
  return expandInside(path, counted(pieces, meter, options.budget), { ...options, meter, depth: 0 });
}

async function* counted(pieces: Pieces, meter: Meter, budget: Budget): AsyncGenerator<Uint8Array, undefined> {
  for await (const piece of pieces) {
    budget.checkTime();
    meter.read(piece.length);
    yield piece;
  }
}

async function expandInside(path: string, stream: Pieces, options: Inside): Promise<Found[]> {
  if (options.depth > LIMITS.archives) return [missing(path, 'is an archive inside too many archives')];
  const { head, pieces } = await peek(stream, BLOCK);
  if (isGzip(head)) return expandGzip(path, pieces, options);
  if (isTar(head)) return expandTar(path, pieces, options);
  return [{ path, ...(await gather(pieces, options)) }];
}

async function expandGzip(path: string, compressed: Pieces, options: Inside): Promise<Found[]> {
  const inflated = inflate(compressed, options.meter);
  try {
    const { head, pieces } = await peek(inflated.pieces, BLOCK);
    if (head.length === 0) return [missing(path, inflated.problem() ?? 'is an empty gzip file')];
    const name = isTar(head) ? path : path.replace(/\.gz$/i, '');
    const files = await expandInside(name, pieces, { ...options, depth: options.depth + 1 });
    const problem = inflated.problem();
    // Of an archive that was cut, the last file is the one that is not whole.
    if (problem !== undefined) complain(files.at(-1)!, problem);
    return files;
  } finally {
    inflated.close();
  }
}

async function expandTar(path: string, pieces: Pieces, options: Inside): Promise<Found[]> {
  const files: Found[] = [];
  const names: string[] = [];
  let problem: string | undefined;
  try {
    for await (const entry of readTar(pieces)) {
      options.budget.checkTime();
      options.budget.entry();
      if (entry.isFolder || entry.path === '') continue;
      names.push(entry.path);
      files.push(...(await expandEntry(entry, options)));
    }
  } catch (error) {
    if (!(error instanceof BrokenTar || error instanceof Exhausted)) throw error;
    problem = error.message;
  }
  const found = withoutCommonTop(files, names, options.within);
  if (problem !== undefined) found.push(missing(path, problem));
  return found.length > 0 ? found : [missing(path, 'is an archive without files')];
}

async function expandEntry(entry: TarEntry, options: Inside): Promise<Found[]> {
  const name = `${options.within}${entry.path}`;
  if (entry.problem !== undefined) return [missing(name, entry.problem)];
  try {
    const files = await expandInside(name, entry.body, { ...options, within: `${name}/`, depth: options.depth + 1 });
    const missed = entry.missing();
    if (missed > 0) complain(files[0]!, `is cut off: ${entry.size - missed} of ${entry.size} bytes are there`);
    return files;
  } catch (error) {
    if (!(error instanceof Refused) || error instanceof Exhausted) throw error;
    return [missing(name, error.message)];
  }
}

/** Archives usually hold one top folder; evidence cites paths inside it. */
function withoutCommonTop(files: readonly Found[], names: readonly string[], within: string): Found[] {
  const top = names[0]?.split('/')[0];
  if (top === undefined || top === 'host' || top === 'guest') return [...files];
  if (!names.every((name) => name.startsWith(`${top}/`))) return [...files];
  return files.map((file) => ({ ...file, path: `${within}${file.path.slice(within.length + top.length + 1)}` }));
}

export function complain(file: Found, problem: string): void {
  file.problem = file.problem === undefined ? problem : `${file.problem}; ${problem}`;
}
