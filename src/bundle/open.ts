import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { inflate, isGzip } from './gzip.ts';
import { LIMITS } from './limits.ts';
import { printable, uniquePath } from './names.ts';
import { isTar, readTar } from './tar.ts';

/** A file of the input, as bytes, or the reason why it could not be had. */
export interface RawFile {
  /** path inside the input with forward slashes, safe to print, no two alike; `-` is standard input */
  path: string;
  bytes: Uint8Array;
  sha256: string;
  /** why the content is missing or only partly here, said without the path */
  problem?: string;
}

/** A file before it has a place among the others. */
type Found = Pick<RawFile, 'path' | 'bytes' | 'problem'>;

const NOTHING = new Uint8Array();

const missing = (path: string, problem: string): Found => ({ path, bytes: NOTHING, problem });

/**
 * Reads inputs: folders (recursively), archives (`.tar`, `.tar.gz`), files, compressed texts and `-`. What they are is
 * told from content. What cannot be read comes back with its problem; the rest goes on. Never throws.
 */
export async function openInputs(inputs: readonly string[]): Promise<RawFile[]> {
  const files: RawFile[] = [];
  const taken = new Set<string>();
  let total = 0;
  for (const input of new Set(inputs)) {
    const found = await openInput(input);
    // Two inputs may hold files of the same name: the input's own name tells them apart.
    const clash = found.some(({ path }) => taken.has(printable(path)));
    for (const { path, bytes, problem } of found) {
      const place = uniquePath(printable(clash ? `${basename(input)}/${path}` : path), taken);
      total += bytes.length;
      if (total > LIMITS.totalBytes) {
        const tooMuch = `was left out: the input unpacks to more than ${LIMITS.totalBytes} bytes`;
        files.push({ path: place, bytes: NOTHING, sha256: sha256(NOTHING), problem: tooMuch });
      } else files.push({ path: place, bytes, sha256: sha256(bytes), ...(problem !== undefined && { problem }) });
    }
  }
  return files;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function openInput(input: string): Promise<Found[]> {
  try {
    if (input === '-') return await expand('-', await readStream(process.stdin), '');
    const info = await stat(input);
    if (info.isDirectory()) {
      const found = await openFolder(input);
      return found.length > 0 ? found : [missing(input, 'is a folder without files')];
    }
    if (info.isFile()) return await expand(basename(input), await readWhole(input, info.size), '');
    if (info.isFIFO() || info.isSocket())
      return await expand(basename(input), await readStream(createReadStream(input)), '');
    return [missing(input, 'is a device, not a file')];
  } catch (error) {
    return [missing(input, describe(error))];
  }
}

/** Files below a folder in the order of their names. Names are bytes: a host's file system need not hold UTF-8. */
async function openFolder(folder: string): Promise<Found[]> {
  const files: Found[] = [];
  const walk = async (real: Buffer, shown: string, depth: number): Promise<void> => {
    const entries = await readdir(real, { encoding: 'buffer', withFileTypes: true });
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    for (const entry of entries) {
      if (files.length >= LIMITS.entries) return;
      const name = entry.name.toString('utf8');
      // What a desktop or a version control keeps beside the evidence.
      if (name.startsWith('.')) continue;
      const path = shown === '' ? name : `${shown}/${name}`;
      const full = Buffer.concat([real, Buffer.from('/'), entry.name]);
      try {
        if (entry.isDirectory() && depth >= LIMITS.depth)
          files.push(missing(path, 'is nested too deep and was left out'));
        else if (entry.isDirectory()) await walk(full, path, depth + 1);
        else if (entry.isFile())
          files.push(...(await expand(path, await readWhole(full, (await stat(full)).size), `${path}/`)));
        else if (entry.isSymbolicLink()) {
          // A link may lead out of the folder, to what its sender never gave.
          files.push(missing(path, 'is a symbolic link and was not followed'));
        } else files.push(missing(path, 'is no regular file'));
      } catch (error) {
        files.push(missing(path, describe(error)));
      }
    }
  };
  await walk(Buffer.from(folder), '', 0);
  return files;
}

/** An expected failure, said without the path. */
class Refused extends Error {}

const tooLarge = (): Refused => new Refused(`is larger than the ${LIMITS.fileBytes} bytes that are read from one file`);

async function readWhole(path: string | Buffer, size: number): Promise<Uint8Array> {
  if (size > LIMITS.fileBytes) throw tooLarge();
  // Files under /proc and /sys say that they are empty.
  if (size > 0) return readFile(path);
  const handle: FileHandle = await open(path);
  try {
    return await readStream(handle.createReadStream());
  } finally {
    await handle.close();
  }
}

async function readStream(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.fileBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Decompresses and unpacks what is an archive; returns anything else as it is.
 * @param path what the user knows it by
 * @param within folder that the files of an archive are shown in
 */
async function expand(path: string, bytes: Uint8Array, within: string, depth = 0): Promise<Found[]> {
  if (depth > LIMITS.archives) return [missing(path, 'is an archive inside too many archives')];
  if (isGzip(bytes)) {
    const { content, problem } = await inflate(bytes, LIMITS.fileBytes);
    if (content.length === 0) return [missing(path, problem ?? 'is an empty gzip file')];
    const files = await expand(isTar(content) ? path : path.replace(/\.gz$/i, ''), content, within, depth + 1);
    // Of an archive that was cut, the last file is the one that is not whole.
    if (problem !== undefined) complain(files.at(-1)!, problem);
    return files;
  }
  if (!isTar(bytes)) return [{ path, bytes }];
  const { entries, problem } = await readTar(bytes);
  const files: Found[] = [];
  for (const entry of entries) {
    const name = `${within}${entry.path}`;
    const inner =
      entry.bytes.length === 0 && entry.problem !== undefined
        ? [missing(name, entry.problem)]
        : await expand(name, entry.bytes, `${name}/`, depth + 1);
    if (entry.problem !== undefined && entry.bytes.length > 0) complain(inner[0]!, entry.problem);
    files.push(...inner);
  }
  if (problem !== undefined) files.push(missing(path, problem));
  return files.length > 0 ? files : [missing(path, 'is an archive without files')];
}

function complain(file: Found, problem: string): void {
  file.problem = file.problem === undefined ? problem : `${file.problem}; ${problem}`;
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder',
  ELOOP: 'is a symbolic link that leads nowhere',
  ENAMETOOLONG: 'is no file: the name is too long',
  EIO: 'input/output error',
  EBADF: 'is closed',
};

/** Why something cannot be read, in words where there are words for it. */
function describe(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : REASONS[code]) ?? `cannot be read (${code ?? 'unknown error'})`;
}
