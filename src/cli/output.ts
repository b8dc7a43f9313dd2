import type { Stats } from 'node:fs';
import { lstat, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeLeftovers, temporaryName } from '../bundle/write.ts';
import { EXIT, ExpectedError } from './errors.ts';

const REASONS: Record<string, string> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'the folder does not exist',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
};

/**
 * Writes a file whole or not at all: to a temporary name beside it, then renamed. What is no regular file (/dev/stdout, a
 * named pipe) is written to as it is.
 */
export async function writeOutput(path: string, text: string): Promise<void> {
  const content = text.endsWith('\n') ? text : `${text}\n`;
  let temporary: string | undefined;
  try {
    // A link keeps leading where it leads, unless somebody else put it there: in a shared folder it is a trap.
    const link = await lstat(path).catch(() => undefined);
    if (link?.isSymbolicLink() === true && !isOurs(link)) {
      throw new ExpectedError(`${path}: is a link that belongs to another user, and is not written to`, EXIT.usage);
    }
    const target = await realpath(path).catch(() => path);
    const known = await stat(target).catch(() => undefined);
    if (known !== undefined && !known.isFile()) {
      await writeFile(target, content);
      return;
    }
    await removeLeftovers(dirname(target));
    temporary = join(dirname(target), temporaryName());
    // Who may read a file of ours stays as it is; a file of somebody else decides nothing.
    const file = await open(temporary, 'wx', known !== undefined && isOurs(known) ? known.mode & 0o777 : 0o666);
    try {
      await file.writeFile(content);
      // The name must not appear before the content has reached the disk.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    if (error instanceof ExpectedError) throw error;
    throw cannotWrite(path, error);
  }
}

const isOurs = ({ uid }: Stats): boolean => uid === 0 || uid === process.geteuid?.();

/** Why a file cannot be written, put into words. */
export function cannotWrite(path: string, error: unknown): ExpectedError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new ExpectedError(`${path}: cannot be written: ${REASONS[code] ?? code}`, EXIT.usage);
}
