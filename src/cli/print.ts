import { writeSync } from 'node:fs';
import { EXIT } from './errors.ts';
import { cannotWrite } from './output.ts';

/** Writes in one piece, ended by a newline, and waits until it is out, so that nothing half-made is left behind. */
export function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve());
  });
}

/**
 * Ends the program when it can no longer say anything. A reader that closes its end early (head, less) has what it wanted:
 * that is in silence. Otherwise, as on a full disk, what was written is not whole, and the exit code says so.
 */
export function endWithReader(stream: NodeJS.WriteStream): void {
  // Before oclif's own listener, which throws.
  stream.prependListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EBADF') process.exit(process.exitCode ?? 0);
    // What cannot be said about the result does not change it.
    if (stream !== process.stdout) return;
    complain(cannotWrite('standard output', error).message);
    process.exit(EXIT.usage);
  });
}

/** At once: what is printed as usual would not be out before the end. */
function complain(message: string): void {
  try {
    writeSync(process.stderr.fd, `gpudiag: ${message}\n`);
  } catch {
    // Nobody listens there either; the exit code still tells.
  }
}
