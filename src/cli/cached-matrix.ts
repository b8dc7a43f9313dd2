import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { loadSnapshot } from '../matrix/load-snapshot.ts';
import type { Matrix } from '../model/matrix.ts';
import { clean } from '../model/text.ts';
import { VERSION } from './version.ts';

/** Set by the build: when the data that came with the program was last changed. */
declare const GPUDIAG_MATRIX_RELEASED: string | undefined;

export const EMBEDDED_RELEASED: string =
  typeof GPUDIAG_MATRIX_RELEASED === 'string' ? GPUDIAG_MATRIX_RELEASED : '1970-01-01T00:00:00.000Z';

/** What is known of a downloaded matrix; lies beside it. */
export interface CacheRecord {
  /** program that checked it and wrote the snapshot: another one may write snapshots of another form */
  version: string;
  released: string;
  url: string;
  etag?: string;
  /** of the snapshot */
  sha256: string;
}

const RECORD = 'matrix.json';
const SNAPSHOT = 'matrix.ndjson';

/** The cache cannot be used, and why. */
export class CacheError extends Error {
  override name = 'CacheError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of the user who runs the program: `$XDG_CACHE_HOME/gpudiag`, or `~/.cache/gpudiag`. Root that runs with the
 * home of somebody else gets none: what it would leave there could be exchanged, or would be in the owner's way.
 * @throws CacheError
 */
export function cacheFolder(environment: Environment): string {
  const uid = process.getuid?.();
  if (uid === undefined) throw new CacheError('this system does not tell who runs the program');
  const given = environment.XDG_CACHE_HOME;
  // The specification has relative paths ignored.
  const base = given !== undefined && isAbsolute(given) ? given : join(environment.HOME || homedir(), '.cache');
  const folder = join(base, 'gpudiag');
  const owner = ownerOf(folder);
  if (owner !== uid) throw new CacheError(`${base} belongs to another user`);
  return folder;
}

/** Owner of a path, or of the nearest folder above it that is there. */
function ownerOf(path: string): number {
  try {
    return statSync(path).uid;
  } catch {
    return ownerOf(dirname(path));
  }
}

/** What lies in the cache; undefined when nothing does. @throws CacheError */
export function readRecord(folder: string): CacheRecord | undefined {
  let text: string;
  try {
    checkOwn(folder, 'folder');
    checkOwn(join(folder, RECORD), 'file');
    text = readFileSync(join(folder, RECORD), 'utf8');
  } catch (error) {
    // A home that is a file, as service accounts have /dev/null, holds nothing either.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error instanceof CacheError ? error : new CacheError(`cannot be read (${String((error as Error).message)})`);
  }
  try {
    const record = JSON.parse(text) as Partial<CacheRecord> | null;
    const fields = ['version', 'released', 'url', 'sha256'] as const;
    if (record !== null && fields.every((field) => typeof record[field] === 'string')) return record as CacheRecord;
  } catch {
    // Said below.
  }
  throw new CacheError(`${join(folder, RECORD)} is damaged`);
}

/** Nobody else may have written what is read here. */
function checkOwn(path: string, what: 'folder' | 'file'): void {
  const info = lstatSync(path);
  if (what === 'folder' ? !info.isDirectory() : !info.isFile()) throw new CacheError(`${path} is no ${what}`);
  if (info.uid !== process.getuid?.()) throw new CacheError(`${path} belongs to another user`);
  if ((info.mode & 0o022) !== 0) throw new CacheError(`${path} can be written to by others`);
}

/** @throws CacheError when the snapshot is not the one that was checked */
function openCached(folder: string, { sha256 }: CacheRecord): Matrix {
  const path = join(folder, SNAPSHOT);
  try {
    checkOwn(path, 'file');
    if (sha256Of(readFileSync(path)) !== sha256) throw new CacheError(`${path} is damaged`);
    return loadSnapshot(path);
  } catch (error) {
    throw error instanceof CacheError ? error : new CacheError(`${path}: ${(error as Error).message}`);
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The downloaded matrix when it is newer than the one that came with the program. Never throws: a cache that cannot be
 * used is said on standard error and not used.
 */
export function newerMatrix(
  environment: Environment = process.env,
  complain: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): Matrix | undefined {
  let folder: string;
  try {
    folder = cacheFolder(environment);
  } catch {
    return undefined;
  }
  try {
    const record = readRecord(folder);
    if (record === undefined || record.released <= EMBEDDED_RELEASED) return undefined;
    if (record.version !== VERSION) {
      throw new CacheError(`the downloaded matrix was checked by gpudiag ${record.version}, this is ${VERSION}`);
    }
    return openCached(folder, record);
  } catch (error) {
    const why = clean((error as Error).message);
    complain(`gpudiag: ${why}; the matrix that came with the program is used (gpudiag matrix update fetches anew)`);
    return undefined;
  }
}

/** Puts a snapshot into the cache: first the snapshot, then the record that names its hash. @throws CacheError */
export function writeCache(folder: string, snapshot: string, record: Omit<CacheRecord, 'sha256'>): void {
  const bytes = Buffer.from(snapshot);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    checkOwn(folder, 'folder');
    chmodSync(folder, 0o700);
    place(join(folder, SNAPSHOT), bytes);
    place(join(folder, RECORD), JSON.stringify({ ...record, sha256: sha256Of(bytes) }, null, 2));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw error instanceof CacheError ? error : new CacheError(`${folder} cannot be written to (${code ?? message})`);
  }
}

function place(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    rmSync(temporary, { force: true });
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

export function clearCache(folder: string): void {
  for (const name of [RECORD, SNAPSHOT]) rmSync(join(folder, name), { force: true });
}
