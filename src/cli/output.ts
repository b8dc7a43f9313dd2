import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { EXIT, ExpectedError } from './base-command.ts';

/** Writes a file whole or not at all: to a temporary name beside it, then renamed. */
export async function writeOutput(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text.endsWith('\n') ? text : `${text}\n`, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new ExpectedError(`${path}: cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, EXIT.usage);
  }
}
