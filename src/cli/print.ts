/** Writes in one piece, ended by a newline, and waits until it is out, so that nothing half-made is left behind. */
export function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve());
  });
}

/** A reader that closes its end early (head, less) has what it wanted: the program ends in silence. */
export function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EBADF') process.exit(process.exitCode ?? 0);
    throw error;
  });
}
