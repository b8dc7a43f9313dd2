import { createInterface } from 'node:readline/promises';

/** Puts a question to a person. The answer is a line, '' when there is none. */
export interface Asker {
  ask: (question: string) => Promise<string>;
  close: () => void;
}

/** The person gave up (Ctrl-C). */
export class Cancelled extends Error {
  override name = 'Cancelled';
}

/** Questions on a terminal. After the end of the input (Ctrl-D) every further answer is empty. */
export function createAsker(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Asker {
  const lines = createInterface({ input, output });
  const stop = new AbortController();
  let cancelled = false;
  /** lines that came before their question, as when several are pasted */
  const ahead: string[] = [];
  lines.on('line', (line) => ahead.push(line));
  lines.on('SIGINT', () => {
    cancelled = true;
    stop.abort();
  });
  lines.on('close', () => stop.abort());
  return {
    async ask(question) {
      if (cancelled) throw new Cancelled();
      const typed = ahead.shift();
      if (typed !== undefined) {
        output.write(`${question}\n`);
        return typed;
      }
      if (stop.signal.aborted) return '';
      try {
        return await lines.question(question, { signal: stop.signal });
      } catch (error) {
        if (cancelled) throw new Cancelled();
        if (stop.signal.aborted) return '';
        throw error;
      }
    },
    close: () => lines.close(),
  };
}
