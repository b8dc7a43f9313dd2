/** Counts the lines of a log that match any of the patterns: the scanner as a program of its own, for bench/scan.ts. */
import { createReadStream, readFileSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { createScanner } from '../src/scan/scan.ts';

const [, , list, path] = process.argv;
const patterns = (JSON.parse(readFileSync(list!, 'utf8')) as { source: string; literals: string[] }[]).map(
  ({ source, literals }, i) => ({ name: String(i), regex: new RegExp(source), literals }),
);
const scanner = createScanner(patterns);

let count = 0;
const scan = (bytes: Buffer): void => {
  let last = 0;
  scanner.scan(bytes, ({ line }) => {
    if (line !== last) count += 1;
    last = line;
  });
};

const raw = createReadStream(path!, { highWaterMark: 1 << 20 });
const stream = path!.endsWith('.gz') ? raw.pipe(createGunzip({ chunkSize: 1 << 20 })) : raw;
let rest: Buffer = Buffer.alloc(0);
for await (const chunk of stream as AsyncIterable<Buffer>) {
  const end = chunk.lastIndexOf(10) + 1;
  if (end === 0) {
    rest = Buffer.concat([rest, chunk]);
    continue;
  }
  if (rest.length > 0) {
    const first = chunk.indexOf(10) + 1;
    scan(Buffer.concat([rest, chunk.subarray(0, first)]));
    scan(chunk.subarray(first, end));
  } else scan(chunk.subarray(0, end));
  rest = chunk.subarray(end);
}
scan(rest);
console.log(count);
