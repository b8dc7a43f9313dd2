import { createHash } from 'node:crypto';
import { constants, createReadStream, type Dirent, type Stats } from 'node:fs';
import { type FileHandle, open, opendir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { shorten } from '../model/text.ts';
import { type Budget, createBudget } from './budget.ts';
import { complain, expand, type ExpandOptions, type Found, missing } from './expand.ts';
import { Exhausted, Refused } from './failure.ts';
import type { LongLog } from './gather.ts';
import { LIMITS, readLimits, type ReadLimits } from './limits.ts';
import { printable, uniquePath } from './names.ts';

/** A file of the input, as bytes, or the reason why it could not be had. */
export interface RawFile {
  /** path inside the input with forward slashes, safe to print, no two alike; `-` is standard input */
  path: string;
  bytes: Uint8Array;
  /** of the whole file */
  sha256: string;
  /** set when the bytes are what was kept of a log too long to be read whole */
  longLog?: LongLog;
  /** why the content is missing or only partly here, said without the path */
  problem?: string;
}

/** Pieces in which a long file is read. */
const PIECE = 1 << 20;

export interface OpenOptions {
  /** of long logs only what tells is kept; for readers, not for those who copy or check */
  siftLogs?: boolean;
  /** what may be read; without it what this run of the program allows */
  limits?: ReadLimits;
}

/**
 * Reads inputs: folders (recursively), archives (`.tar`, `.tar.gz`), files, compressed texts and `-`. What they are is
 * told from content. What cannot be read, or is too much, comes back with its problem; the rest goes on. Never throws.
 */
export async function openInputs(
  inputs: readonly string[],
  { siftLogs = false, limits = readLimits() }: OpenOptions = {},
): Promise<RawFile[]> {
  const budget = createBudget(limits);
  const files: RawFile[] = [];
  const taken = new Set<string>();
  for (const input of new Set(inputs)) {
    const found = await openInput(input, { siftLogs, budget, within: '' });
    // Two inputs may hold files of the same name: the input's own name tells them apart.
    const clash = found.some(({ path }) => taken.has(shown(path)));
    for (const { path, bytes, longLog, problem } of found) {
      files.push({
        path: uniquePath(shown(clash ? `${basename(input)}/${path}` : path), taken),
        bytes,
        sha256: longLog?.sha256 ?? sha256(bytes),
        ...(longLog !== undefined && { longLog }),
        ...(problem !== undefined && { problem }),
      });
    }
  }
  return files;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const shown = (path: string): string => shorten(printable(path), LIMITS.pathLength);

async function openInput(input: string, options: ExpandOptions): Promise<Found[]> {
  try {
    options.budget.checkTime();
    if (input === '-') return await openPipe('-', process.stdin, options);
    const info = await stat(input);
    if (info.isDirectory()) {
      const found = await openFolder(input, options);
      return found.length > 0 ? found : [missing(input, 'is a folder without files')];
    }
    if (info.isFile()) return await openFile(input, basename(input), options);
    if (info.isFIFO() || info.isSocket()) return await openPipe(basename(input), createReadStream(input), options);
    return [missing(input, 'is a device, not a file')];
  } catch (error) {
    return [missing(input, describe(error))];
  }
}

/** Files below a folder in the order of their names. Names are bytes: a host's file system need not hold UTF-8. */
async function openFolder(folder: string, options: ExpandOptions): Promise<Found[]> {
  const files: Found[] = [];
  const { budget } = options;
  const walk = async (real: Buffer, place: string, depth: number): Promise<void> => {
    const { entries, tooMany } = await entriesOf(real, budget);
    for (const entry of entries) {
      const name = entry.name.toString('utf8');
      const path = place === '' ? name : `${place}/${name}`;
      const full = Buffer.concat([real, Buffer.from('/'), entry.name]);
      try {
        budget.checkTime();
        if (entry.isDirectory() && depth >= LIMITS.depth)
          files.push(missing(path, 'is nested too deep and was left out'));
        else if (entry.isDirectory()) await walk(full, path, depth + 1);
        else if (entry.isFile()) files.push(...(await openFile(full, path, { ...options, within: `${path}/` })));
        else if (entry.isSymbolicLink()) files.push(missing(path, LINK));
        else files.push(missing(path, 'is no regular file'));
      } catch (error) {
        if (error instanceof Exhausted) throw error;
        files.push(missing(path, describe(error)));
      }
    }
    if (tooMany !== undefined) throw tooMany;
  };
  try {
    await walk(Buffer.from(folder), '', 0);
  } catch (error) {
    // What was read until then is used.
    if (files.length === 0) throw error;
    files.push(missing(folder, describe(error)));
  }
  return files;
}

/** A link may lead out of the folder, to what its sender never gave. */
const LINK = 'is a symbolic link and was not followed';

/** What a folder holds, by name, without what a desktop or a version control keeps beside the evidence. */
async function entriesOf(folder: Buffer, budget: Budget): Promise<{ entries: Entry[]; tooMany?: Exhausted }> {
  const entries: Entry[] = [];
  // Names come one after another, so that a folder of millions does not fill the memory.
  const names = (await opendir(folder, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: 256,
  })) as unknown as AsyncIterable<Entry>;
  try {
    for await (const entry of names) {
      if (entry.name[0] === DOT) continue;
      budget.entry();
      entries.push(entry);
    }
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    return { entries: byName(entries), tooMany: error };
  }
  return { entries: byName(entries) };
}

/** A Dirent whose name is bytes. */
type Entry = Omit<Dirent, 'name'> & { name: Buffer };

const DOT = 0x2e;

const byName = (entries: Entry[]): Entry[] => entries.sort((a, b) => Buffer.compare(a.name, b.name));

/** What comes through a pipe; whoever writes to it may take their time. */
async function openPipe(path: string, stream: Readable, options: ExpandOptions): Promise<Found[]> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const pieces = {
    [Symbol.asyncIterator]: () => ({ next: () => options.budget.wait(iterator.next()) }),
  };
  try {
    return await expand(path, pieces, options);
  } finally {
    stream.destroy();
  }
}

/**
 * Reads a file. In a folder no link is followed, also none that was put there after the folder was listed; what took the
 * place of a file in the meantime is not waited for.
 */
async function openFile(real: string | Buffer, path: string, options: ExpandOptions): Promise<Found[]> {
  const file = await open(real, options.within === '' ? constants.O_RDONLY : FROM_FOLDER);
  try {
    const before = await file.stat();
    if (!before.isFile()) return [missing(path, 'is no regular file')];
    const files = await expand(path, readPieces(file, before.size), options);
    if (hasChanged(before, await file.stat())) complain(files.at(-1)!, 'changed while it was read');
    return files;
  } finally {
    await file.close();
  }
}

const FROM_FOLDER = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Reads as much as a file had when it was opened; files under /proc and /sys say that they are empty. */
async function* readPieces(file: FileHandle, size: number): AsyncGenerator<Uint8Array, undefined> {
  let left = size === 0 ? Infinity : size;
  while (left > 0) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(Math.min(left, PIECE)));
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

const hasChanged = (before: Stats, after: Stats): boolean =>
  before.size > 0 && (after.size !== before.size || after.mtimeMs !== before.mtimeMs);

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder',
  ELOOP: 'is a symbolic link that leads nowhere',
  // FreeBSD says so of a link that was not to be followed.
  EMLINK: LINK,
  ENAMETOOLONG: 'is no file: the name is too long',
  EIO: 'input/output error',
  EBADF: 'is closed',
};

/** Why something cannot be read, in words where there are words for it. */
function describe(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  // What the system did not report is a mistake of ours, and must not look like a fault of the file.
  if (code === undefined) throw error;
  return REASONS[code] ?? `cannot be read (${code})`;
}
