#!/usr/bin/env node
/**
 * Joins results of several runs into one file with one line for every input, whatever was retried, done twice or cut off:
 *
 *     node join.mjs JOINED.ndjson PART.ndjson... [--inputs LIST]
 *
 * Of several lines about one input the last report counts, and an error only where there is no report. Lines that are cut
 * off are left out. With --inputs, names the inputs of LIST (one a line) that have no line, and ends with 1 when there are
 * any. Needs memory for the names, not for the results.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeSync } from 'node:fs';
import { basename } from 'node:path';

const LINE_FEED = 0x0a;

/** Bytes of a file from `start` to `end`. */
function read(file, start, end) {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let filled = 0; filled < bytes.length;) {
    const count = readSync(file, bytes, filled, bytes.length - filled, start + filled);
    if (count === 0) throw new Error('a part became shorter while it was read');
    filled += count;
  }
  return bytes;
}

/** The lines of a file as `[start, end]`, the line break left out; what follows the last line break too. */
function* linesOf(file) {
  const { size } = fstatSync(file);
  let start = 0;
  for (let at = 0; at < size;) {
    const chunk = read(file, at, Math.min(size, at + (1 << 20)));
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, end + 1)) {
      yield [start, at + end];
      start = at + end + 1;
    }
    at += chunk.length;
  }
  if (start < size) yield [start, size];
}

/** `{ input, error? }` of a line, or undefined when it is no result or only a part of one. */
function resultIn(line) {
  try {
    const value = JSON.parse(line);
    return typeof value?.input === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function main(argv) {
  const list = argv.indexOf('--inputs');
  const wanted = list === -1 ? undefined : argv[list + 1];
  const paths = list === -1 ? argv : (argv.toSpliced?.(list, 2) ?? argv.filter((_, i) => i !== list && i !== list + 1));
  const [joined, ...parts] = paths;
  if (joined === undefined || parts.length === 0 || (list !== -1 && wanted === undefined)) {
    console.error(`usage: ${basename(process.argv[1])} JOINED.ndjson PART.ndjson... [--inputs LIST]`);
    return 2;
  }
  /** input to where its best line lies */
  const best = new Map();
  let lines = 0;
  let cut = 0;
  for (const path of parts) {
    const file = openSync(path, 'r');
    for (const [start, end] of linesOf(file)) {
      if (end === start) continue;
      const result = resultIn(read(file, start, end).toString('utf8'));
      if (result === undefined) {
        cut += 1;
        continue;
      }
      lines += 1;
      const failed = 'error' in result;
      const known = best.get(result.input);
      if (known === undefined || known.failed || !failed) best.set(result.input, { path, start, end, failed });
    }
    closeSync(file);
  }
  const temporary = `${joined}.${process.pid}.tmp`;
  const out = openSync(temporary, 'wx');
  let open = { path: undefined, file: undefined };
  for (const { path, start, end } of best.values()) {
    if (open.path !== path) {
      if (open.file !== undefined) closeSync(open.file);
      open = { path, file: openSync(path, 'r') };
    }
    writeSync(out, Buffer.concat([read(open.file, start, end), Buffer.from('\n')]));
  }
  closeSync(out);
  renameSync(temporary, joined);
  const errors = [...best.values()].filter(({ failed }) => failed).length;
  console.error(
    `${best.size} inputs, ${errors} of them without a report; ${lines - best.size} lines were done twice, ${cut} cut off`,
  );
  const missing = (wanted === undefined ? [] : readFileSync(wanted, 'utf8').split('\n')).filter(
    (input) => input !== '' && !best.has(input),
  );
  for (const input of missing) console.error(`no result: ${input}`);
  return missing.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
