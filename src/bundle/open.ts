import { createHash } from 'node:crypto';
import { opendir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync, constants } from 'node:zlib';
import { LIMITS } from './limits.ts';

/** A file of the input, as bytes, or the reason why it could not be had. */
export interface RawFile {
  /** path inside the input with forward slashes; `-` is standard input */
  path: string;
  bytes: Uint8Array;
  sha256: string;
  /** why the content is missing or only partly here, said without the path */
  problem?: string;
}

/** An input that cannot be used at all. The message is for people, one line. */
export class InputError extends Error {
  override name = 'InputError';
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const rawFile = (path: string, bytes: Uint8Array, problem?: string): RawFile =>
  problem === undefined ? { path, bytes, sha256: sha256(bytes) } : { path, bytes, sha256: sha256(bytes), problem };

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** ustar, PAX and GNU archives carry the magic at offset 257; a v7 archive is not recognised. */
const isTar = (bytes: Uint8Array): boolean =>
  bytes.length >= 512 && String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';

/**
 * Reads inputs: folders (recursively), archives (`.tar`, `.tar.gz`), files, compressed texts and `-`. What they are is
 * told from content. A file that cannot be read is returned with its problem; the rest goes on.
 * @throws InputError when an input named by the user does not exist or cannot be opened
 */
export async function openInputs(inputs: readonly string[]): Promise<RawFile[]> {
  const files: RawFile[] = [];
  const total = { bytes: 0 };
  for (const input of inputs) {
    const found = input === '-' ? await expand('-', await readStdin(), total) : await openPath(input, total);
    // Two inputs may hold files of the same name: the input's own name tells them apart.
    const prefix = inputs.length > 1 && found.some(({ path }) => files.some((file) => file.path === path));
    for (const file of found) files.push(prefix ? { ...file, path: `${basename(input)}/${file.path}` } : file);
  }
  return files;
}

async function openPath(path: string, total: { bytes: number }): Promise<RawFile[]> {
  let info;
  try {
    info = await stat(path);
  } catch (error) {
    throw new InputError(`${path}: ${describe(error)}`);
  }
  if (info.isDirectory()) return openFolder(path, total);
  const files = await expand(basename(path), await readBounded(path, path, info.size), total);
  return files;
}

async function openFolder(folder: string, total: { bytes: number }): Promise<RawFile[]> {
  const files: RawFile[] = [];
  const walk = async (relative: string, depth: number): Promise<void> => {
    const names: { name: string; directory: boolean; file: boolean }[] = [];
    for await (const entry of await opendir(join(folder, relative))) {
      names.push({ name: entry.name, directory: entry.isDirectory(), file: entry.isFile() });
    }
    names.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, directory, file } of names) {
      const path = relative === '' ? name : `${relative}/${name}`;
      if (files.length >= LIMITS.entries) return;
      if (directory) {
        if (depth >= LIMITS.depth) files.push(rawFile(path, new Uint8Array(), 'is nested too deep and was left out'));
        else await walk(path, depth + 1);
      } else if (file) {
        try {
          const full = join(folder, path);
          files.push(...(await expand(path, await readBounded(full, path, (await stat(full)).size), total)));
        } catch (error) {
          files.push(rawFile(path, new Uint8Array(), describe(error)));
        }
      }
      // Links, devices and sockets are no evidence and may lead out of the folder or never end.
    }
  };
  try {
    await walk('', 0);
  } catch (error) {
    throw new InputError(`${folder}: ${describe(error)}`);
  }
  return files;
}

async function readBounded(path: string, name: string, size: number): Promise<Uint8Array> {
  if (size > LIMITS.fileBytes) {
    throw new InputError(`${name}: has ${size} bytes, more than the ${LIMITS.fileBytes} that are read from one file`);
  }
  try {
    return await readFile(path);
  } catch (error) {
    throw new InputError(`${name}: ${describe(error)}`);
  }
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.fileBytes) throw new InputError(`standard input: more than ${LIMITS.fileBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Decompresses and unpacks what is an archive; returns anything else as it is. */
async function expand(path: string, bytes: Uint8Array, total: { bytes: number }): Promise<RawFile[]> {
  if (isGzip(bytes)) {
    const { content, problem } = gunzip(bytes);
    const inner = path.replace(/\.tgz$/i, '.tar').replace(/\.gz$/i, '');
    if (content.length === 0) return [rawFile(path, content, problem ?? 'is an empty gzip file')];
    const files = isTar(content) ? await untar(inner, content, total) : account([rawFile(inner, content)], total);
    if (problem !== undefined && files.length > 0) files[0] = { ...files[0]!, problem };
    return files;
  }
  return isTar(bytes) ? untar(path, bytes, total) : account([rawFile(path, bytes)], total);
}

/** All members of a gzip file; what could be had of a truncated one, with the problem said. */
function gunzip(bytes: Uint8Array): { content: Uint8Array; problem?: string } {
  try {
    return { content: gunzipSync(bytes, { maxOutputLength: LIMITS.fileBytes, chunkSize: 1 << 20 }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return { content: new Uint8Array(), problem: `unpacks to more than ${LIMITS.fileBytes} bytes and was left out` };
    }
  }
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LIMITS.fileBytes, chunkSize: 1 << 20 };
    return { content: gunzipSync(bytes, options), problem: 'is a truncated gzip file; the part that is there was read' };
  } catch {
    return { content: new Uint8Array(), problem: 'is a damaged gzip file' };
  }
}

async function untar(archive: string, bytes: Uint8Array, total: { bytes: number }): Promise<RawFile[]> {
  const { createTarDecoder } = await import('modern-tar');
  const files: RawFile[] = [];
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const entries = source.pipeThrough(createTarDecoder());
  try {
    for await (const entry of entries as unknown as AsyncIterable<{
      header: { name: string; type?: string; size: number };
      body: ReadableStream<Uint8Array>;
    }>) {
      const { name, type, size } = entry.header;
      if (type !== undefined && type !== 'file') {
        await entry.body.cancel();
        continue;
      }
      if (files.length >= LIMITS.entries) break;
      if (size > LIMITS.fileBytes) {
        await entry.body.cancel();
        files.push(rawFile(name, new Uint8Array(), `has ${size} bytes, more than is read from one file`));
        continue;
      }
      const content = new Uint8Array(await new Response(entry.body).arrayBuffer());
      files.push(...(await expand(stripTop(name), content, total)));
    }
  } catch (error) {
    if (files.length === 0) return [rawFile(archive, bytes, `is a damaged tar archive (${describe(error)})`)];
    files.push(rawFile(archive, new Uint8Array(), 'is a truncated tar archive; the files before the cut were read'));
  }
  return commonTop(files);
}

const stripTop = (name: string): string => name.replace(/^(?:\.\/)+/, '').replace(/^\/+/, '');

/** Archives usually hold one top folder; evidence cites paths inside it. */
function commonTop(files: RawFile[]): RawFile[] {
  const top = files[0]?.path.split('/')[0];
  if (top === undefined || !files.every(({ path }) => path.startsWith(`${top}/`))) return files;
  if (top === 'host' || top === 'guest') return files;
  return files.map((file) => ({ ...file, path: file.path.slice(top.length + 1) }));
}

function account(files: RawFile[], total: { bytes: number }): RawFile[] {
  return files.map((file) => {
    total.bytes += file.bytes.length;
    if (total.bytes <= LIMITS.totalBytes) return file;
    return rawFile(file.path, new Uint8Array(), `was left out: the input unpacks to more than ${LIMITS.totalBytes} bytes`);
  });
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder',
  EIO: 'input/output error',
};

function describe(error: unknown): string {
  if (error instanceof InputError) return error.message.replace(/^.*?: /, '');
  const code = (error as NodeJS.ErrnoException).code;
  return (code !== undefined ? REASONS[code] : undefined) ?? code ?? (error instanceof Error ? error.message : 'cannot be read');
}
