/** A line on stderr for what takes longer than half a second; only on a terminal. */
export interface Progress {
  say(what: string): void;
  end(): void;
}

const PATIENCE_MS = 500;

/** @param now milliseconds of a clock that only goes forward */
export function startProgress(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  if (!stream.isTTY) return { say: () => undefined, end: () => undefined };
  const started = now();
  let shown = false;
  // The work is synchronous, so the line is drawn when a new step begins and not by a timer.
  return {
    say(what) {
      if (now() - started < PATIENCE_MS) return;
      stream.write(`\r\u001b[K${what} ...`);
      shown = true;
    },
    end() {
      if (shown) stream.write('\r\u001b[K');
      shown = false;
    },
  };
}
