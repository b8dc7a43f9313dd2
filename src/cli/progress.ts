/** A line on stderr for what takes longer than half a second; only on a terminal. */
export interface Progress {
  say(what: string): void;
  end(): void;
}

const PATIENCE_MS = 500;

export function startProgress(): Progress {
  if (!process.stderr.isTTY) return { say: () => undefined, end: () => undefined };
  const started = performance.now();
  let shown = false;
  // The work is synchronous, so the line is drawn when a new step begins and not by a timer.
  return {
    say(what) {
      if (performance.now() - started < PATIENCE_MS) return;
      process.stderr.write(`\r\u001b[K${what} ...`);
      shown = true;
    },
    end() {
      if (shown) process.stderr.write('\r\u001b[K');
    },
  };
}
