import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { readLine } from '../fleet/read.ts';
import { createStore } from '../fleet/store.ts';
import { summarise } from '../fleet/summary.ts';
import { clean } from '../model/text.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { fleetCsv } from './fleet-csv.ts';
import type { FleetTable } from './fleet-tables.ts';
import { startProgress } from './progress.ts';
import { terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export interface FleetFlags {
  format: 'text' | 'json' | 'html' | 'csv';
  table?: FleetTable | undefined;
  /** dates as they were typed */
  before?: string | undefined;
  after?: string | undefined;
  /** expression whose first group in an input's name is the machine's */
  machine?: string | undefined;
  failOn: 'regressions' | 'never';
  noColor: boolean;
  verbose: boolean;
  toFile: boolean;
}

export interface FleetResult {
  /** in pieces: a table of a million lines is never one text */
  text: Iterable<string>;
  failed: boolean;
}

/** A line that is longer is no result. */
const MAX_LINE = 128 * 2 ** 20;
const LINE_FEED = 0x0a;

/**
 * Reads results and says what they say together. Memory is for what tells of each input, not for the lines.
 * @throws ExpectedError when a file cannot be read or none of its lines is a result
 */
export async function fleet(paths: readonly string[], flags: FleetFlags): Promise<FleetResult> {
  if (flags.table !== undefined && flags.format !== 'csv')
    throw new ExpectedError('--table: is for CSV, which holds one table', EXIT.usage, ['use it with --format csv']);
  const span = {
    ...(flags.before !== undefined && { before: instant('before', flags.before) }),
    ...(flags.after !== undefined && { after: instant('after', flags.after) }),
  };
  const store = createStore(flags.machine === undefined ? undefined : machineBy(flags.machine));
  const progress = startProgress();
  let lines = 0;
  let unreadable = 0;
  try {
    for (const path of paths) {
      for await (const line of linesOf(path)) {
        if (line.trim() === '') continue;
        lines += 1;
        if (lines % 500 === 0) progress.say(`${lines} results read`);
        const result = readLine(line);
        if (result === undefined) unreadable += 1;
        else store.add(result);
      }
    }
  } finally {
    progress.end();
  }
  if (lines === unreadable) {
    const what = lines === 0 ? 'no lines' : 'no result';
    throw new ExpectedError(`${clean(paths.join(', '))}: ${what}`, EXIT.input, [
      'gpudiag analyze FOLDER --format ndjson writes results',
    ]);
  }
  const summary = summarise(store, { toolVersion: VERSION, lines, unreadable, ...span });
  const failed = flags.failOn === 'regressions' && summary.changes.worse.length > 0;
  const { format, table = 'gpus' } = flags;
  if (format === 'csv') return { text: fleetCsv(table, summary, store.cases), failed };
  const { renderFleetHtml, renderFleetJson, renderFleetText } = await import('../report/fleet.ts');
  const { noColor, verbose, toFile } = flags;
  const text =
    format === 'json'
      ? renderFleetJson(summary)
      : format === 'html'
        ? renderFleetHtml(summary)
        : renderFleetText(summary, { ...terminal({ noColor, toFile }), verbose });
  return { text: [text], failed };
}

/** `2026-08-01` is the beginning of that day for what comes after, and its end for what was before. UTC. */
function instant(flag: 'before' | 'after', typed: string): string {
  const day = /^\d{4}-\d\d-\d\d$/.test(typed);
  const time = Date.parse(day && flag === 'before' ? `${typed}T23:59:59.999Z` : typed);
  if (/^\d{4}-\d\d-\d\d/.test(typed) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new ExpectedError(`--${flag} ${clean(typed)}: is no date`, EXIT.usage, ['write it as 2026-08-01']);
}

function machineBy(expression: string): (input: string) => string {
  let pattern: RegExp;
  try {
    pattern = new RegExp(expression, 'u');
  } catch (error) {
    throw new ExpectedError(`--machine: ${clean((error as Error).message)}`, EXIT.usage);
  }
  return (input) => {
    const match = pattern.exec(input);
    return match?.[1] ?? match?.[0] ?? input;
  };
}

async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  let kept: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer): void => {
    length += part.length;
    if (length <= MAX_LINE) kept.push(part);
    else kept = [];
  };
  const take = (): string => {
    const line = length <= MAX_LINE ? Buffer.concat(kept).toString('utf8') : '(too long)';
    kept = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunksOf(path)) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  if (length > 0) yield take();
}

async function* chunksOf(path: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (path !== '-' && (await stat(path)).isDirectory())
      throw new ExpectedError(`${clean(path)}: is a folder`, EXIT.input, [
        'gpudiag analyze FOLDER --format ndjson writes the results that are read here',
      ]);
    const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
    yield* (/\.gz$/i.test(path) ? stream.pipe(createGunzip({ chunkSize: 1 << 20 })) : stream) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : message;
    throw new ExpectedError(`${clean(path)}: ${clean(reason)}`, EXIT.input);
  }
}
