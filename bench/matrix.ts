/**
 * Times the matrix at a size that it may reach: opening its snapshot and looking a configuration up.
 *
 *     npm run bench:matrix             100,000 observations
 *     npm run bench:matrix -- 20000    so many
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { completeConfiguration } from '../src/matrix/card.ts';
import { traitsAt } from '../src/matrix/columns.ts';
import { compare } from '../src/matrix/compare.ts';
import { consultMatrix } from '../src/matrix/consult.ts';
import { loadMatrix } from '../src/matrix/load.ts';
import { loadSnapshot } from '../src/matrix/load-snapshot.ts';
import { toSnapshot } from '../src/matrix/snapshot.ts';
import type { Configuration } from '../src/model/matrix.ts';
import { generateObservations } from './matrix-data.ts';

const COUNT = Number(process.argv[2] ?? 100_000);
const ROUNDS = 9;
const root = fileURLToPath(new URL('..', import.meta.url));

const QUERIES: Configuration[] = [
  {
    pciId: '10de:1bb3',
    release: '15.0-ALPHA2',
    patch: 'stock',
    signature: 'native',
    guestOs: 'Ubuntu 24.04',
    branch: '580',
    flavour: 'proprietary',
    rom: false,
  },
  { pciId: '10de:1b39', release: '14.3-RELEASE-p2', patch: 'D51892', guestOs: 'Linux', rom: false },
  { pciId: '1002:73af', release: '15.1-RELEASE', patch: 'stock', guestOs: 'Windows 11' },
  { vendorId: '10de', guestOs: 'Linux' },
];

/** Median time of a run in ms, after one that does not count. */
function time(run: () => unknown): number {
  run();
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

const line = (what: string, ms: number, remark = ''): void =>
  console.log(`${what.padEnd(58)} ${ms.toFixed(1).padStart(9)} ms  ${remark}`);

const { tables } = loadMatrix(join(root, 'matrix-data'));
const folder = mkdtempSync(join(tmpdir(), 'gpudiag-bench-'));
const [path, plainPath] = [join(folder, 'matrix.ndjson'), join(folder, 'matrix.json')];

/** Writes both forms; nothing of it stays in memory. */
function writeInputs(): void {
  const observations = generateObservations(COUNT, tables);
  writeFileSync(path, toSnapshot({ observations, tables }));
  writeFileSync(plainPath, JSON.stringify(observations));
}

try {
  writeInputs();
  const size = (statSync(path).size / 2 ** 20).toFixed(1);
  console.log(`${COUNT} observations, snapshot of ${size} MiB; medians of ${ROUNDS}, one process\n`);

  const load = time(() => loadSnapshot(path));
  line('load: file to matrix', load, 'bar 300 ms at 100,000');
  const matrix = loadSnapshot(path);
  const columns = matrix.columns!;
  for (const query of QUERIES) {
    const yours = completeConfiguration(query, tables);
    const match = time(() => consultMatrix(matrix, query, 10));
    const linear = time(() =>
      Array.from({ length: columns.length }, (_, row) => compare(yours, traitsAt(columns, row), tables).distance),
    );
    const first = time(() => consultMatrix(loadSnapshot(path), query, 10));
    line(
      `match: ${query.pciId ?? query.vendorId}, ${query.release ?? 'no release'}, ${query.guestOs}`,
      match,
      'bar 50 ms at 100,000',
    );
    line('  comparing every observation in full', linear, `${(linear / match).toFixed(1)} times the match`);
    line('  load and first match together', first);
  }
  const plain = time(() => JSON.parse(readFileSync(plainPath, 'utf8')) as unknown);
  line('the observations as one JSON array, read and parsed', plain, `${(plain / load).toFixed(1)} times the load`);
} finally {
  rmSync(folder, { recursive: true });
}
