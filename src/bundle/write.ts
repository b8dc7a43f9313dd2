import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MANIFEST_FILE } from './manifest.ts';

/** A file that could not be written. The message is for people, one line. */
export class OutputError extends Error {
  override name = 'OutputError';
}

export interface BundleFile {
  /** `host/...` or `guest/<name>/...` */
  path: string;
  bytes: Uint8Array;
}

/**
 * The bytes of a bundle: a gzipped tar archive, manifest first, then the files in the order of their paths; no times, no
 * owners, no name and no system in the gzip header. The same files give the same bytes.
 * @param manifest missing for the copy of an archive that had none
 */
export async function packBundle(manifest: string | undefined, files: readonly BundleFile[]): Promise<Uint8Array> {
  const { packTar } = await import('modern-tar');
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const first = manifest === undefined ? [] : [{ path: MANIFEST_FILE, bytes: Buffer.from(manifest) }];
  const entries = [...first, ...sorted].map(({ path, bytes }) => ({
    header: { name: path, size: bytes.length, type: 'file' as const, mode: 0o600, uid: 0, gid: 0, mtime: new Date(0) },
    body: bytes,
  }));
  const packed = gzipSync(await packTar(entries), { level: 9 });
  // RFC 1952: byte 9 names the system that made it; 255 is "unknown".
  packed[9] = 255;
  return packed;
}

/** A place for a bundle that is held by a temporary file beside it. */
export interface Place {
  /** writes the bundle and gives it its name; afterwards nothing temporary is left, also when it fails */
  commit(bytes: Uint8Array): Promise<void>;
  /** gives the place up */
  discard(): Promise<void>;
}

/** A name that nobody can guess, by which the next run knows what this one left behind when it was killed. */
export const temporaryName = (): string => `.gpudiag-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;

const TEMPORARY = /^\.gpudiag-(\d{1,10})-[0-9a-f]{12}\.tmp$/;

/**
 * Holds a place for a bundle, so that a folder that cannot be written to or a name that is taken is known before any work
 * is done. Removes what runs that were killed have left in the folder.
 * @throws OutputError
 */
export async function reserve(path: string, { force }: { force: boolean }): Promise<Place> {
  const folder = dirname(path);
  if (!force && (await exists(path))) throw alreadyThere(path);
  await removeLeftovers(folder);
  const temporary = join(folder, temporaryName());
  let handle: FileHandle;
  try {
    handle = await open(temporary, 'wx', 0o600);
  } catch (error) {
    throw new OutputError(`${path}: cannot be written (${describe(error)})`);
  }
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  };
  return {
    discard,
    async commit(bytes) {
      try {
        await handle.writeFile(bytes);
        // The name must not appear before the content has reached the disk.
        await handle.sync();
        await handle.close();
        if (force) await rename(temporary, path);
        else await renameToFree(temporary, path);
      } catch (error) {
        await discard();
        throw error instanceof OutputError ? error : new OutputError(`${path}: cannot be written (${describe(error)})`);
      }
    },
  };
}

/** Renames without replacing: a link fails when the name is taken, a rename does not. */
async function renameToFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(to);
    // A file system without links, such as FAT.
    if (await exists(to)) throw alreadyThere(to);
    await rename(from, to);
    return;
  }
  await rm(from, { force: true });
}

const alreadyThere = (path: string): OutputError => new OutputError(`${path}: is already there; --force replaces it`);

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Removes temporary files and folders whose process is gone. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = TEMPORARY.exec(basename(name))?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EISDIR: 'is a folder',
};

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : REASONS[code]) ?? code ?? message;
}
