import { randomBytes } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
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
    // A link keeps leading where it leads.
    const target = await realpath(path).catch(() => path);
    const known = await stat(target).catch(() => undefined);
    if (known !== undefined && !known.isFile()) {
      await writeFile(target, content);
      return;
    }
    temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    await writeFile(temporary, content, { flag: 'wx', ...(known !== undefined && { mode: known.mode & 0o777 }) });
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ExpectedError(`${path}: cannot be written: ${REASONS[code] ?? code}`, EXIT.usage);
  }
}
