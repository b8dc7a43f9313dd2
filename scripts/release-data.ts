/**
 * Writes the data file that `gpudiag matrix update` fetches, and its SHA-256 beside it.
 *
 *     node --import tsx scripts/release-data.ts FILE
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadMatrix } from '../src/matrix/load.ts';
import { type MatrixRelease, readRelease } from '../src/matrix/update-data.ts';
import { dataDate } from './data-date.ts';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('name the file to write');
const data = fileURLToPath(new URL('../matrix-data', import.meta.url));
const names = readdirSync(join(data, 'tables')).filter((name) => name.endsWith('.csv'));
const release: MatrixRelease = {
  schemaVersion: 1,
  released: dataDate(),
  observations: [...loadMatrix(data).observations],
  tables: Object.fromEntries(names.map((name) => [name, readFileSync(join(data, 'tables', name), 'utf8')])),
};
const text = JSON.stringify(release);
// What is published must be what the program takes.
readRelease(text);
writeFileSync(target, text);
const sum = createHash('sha256').update(text).digest('hex');
writeFileSync(`${target}.sha256`, `${sum}  ${basename(target)}\n`);
