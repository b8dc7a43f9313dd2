import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EXIT, ExpectedError } from './errors.ts';
import { lineHeads } from './line-heads.ts';
import { cannotWrite } from './output.ts';
import { hashOf, type Source, type Stamp, stampOf } from './source.ts';

/** What every line of results begins with; an error has no source when there was no file. */
const HEAD = /^\{"input":("(?:[^"\\]|\\.)*")(?:,"source":(\{[^{}]*\}))?(,"error":)?/;

/** A file of results that a run goes on with. */
export interface ResultsFile {
  /** whether the input has a report and is still what it was then */
  has(input: string): Promise<boolean>;
  /** adds a line whole. @throws ExpectedError */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens results to go on with them. What is there stays; a last line that was cut off is taken away. Inputs are known by
 * their names as they were given, and by size and time, or by their hash where only the time differs. Those that gave an
 * error are not counted as there.
 * @throws ExpectedError when it cannot be opened, or holds something else than results
 */
export async function openResults(path: string): Promise<ResultsFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'a+');
    const seen = await readSeen(path);
    await file.truncate(seen.end);
    return resultsFile(path, file, seen);
  } catch (error) {
    await file?.close();
    throw error instanceof ExpectedError ? error : cannotWrite(path, error);
  }
}

interface Seen {
  keys: Set<string>;
  /** bytes of whole lines */
  end: number;
}

async function readSeen(path: string): Promise<Seen> {
  const seen: Seen = { keys: new Set(), end: 0 };
  for await (const { text, end } of lineHeads(createReadStream(path, { highWaterMark: 1 << 20 }))) {
    const [, name, source, error] = HEAD.exec(text) ?? [];
    if (name === undefined) {
      throw new ExpectedError(`${path}: holds something else than results of analyze --format ndjson`, EXIT.usage, [
        'name a file that is not there yet',
      ]);
    }
    seen.end = end;
    if (source === undefined || error !== undefined) continue;
    const input = JSON.parse(name) as string;
    const origin = JSON.parse(source) as Source;
    seen.keys.add(keyOf(input, origin));
    if (origin.sha256 !== undefined) seen.keys.add(keyOf(input, origin.sha256));
  }
  return seen;
}

/** 132 bits for each input, however long its name: a million of them fit into memory. */
const keyOf = (input: string, is: Stamp | string): string =>
  createHash('sha256')
    .update(`${input}\0${typeof is === 'string' ? is : `${is.bytes} ${is.modified}`}`)
    .digest('base64')
    .slice(0, 22);

function resultsFile(path: string, file: FileHandle, { keys }: Seen): ResultsFile {
  return {
    async has(input) {
      const stamp = await stampOf(input);
      if (stamp === undefined || keys.size === 0) return false;
      if (keys.has(keyOf(input, stamp))) return true;
      const sha256 = await hashOf(input).catch(() => undefined);
      return sha256 !== undefined && keys.has(keyOf(input, sha256));
    },
    async append(line) {
      try {
        await file.appendFile(line);
      } catch (error) {
        throw cannotWrite(path, error);
      }
    },
    close: () => file.close(),
  };
}
