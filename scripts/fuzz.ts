/**
 * Runs the program on mutated fixtures for as long as one likes: `npm run fuzz -- --minutes 10 --seed 1`. Each case follows
 * from its number, so that `--seed N --cases 1` runs one again. What goes wrong is made small and saved under
 * test/fixtures/fuzz; `npx vitest run test/fuzz` runs all that lies there.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from '../test/fuzz/check.ts';
import { loadSeeds } from '../test/fuzz/corpus.ts';
import { minimise } from '../test/fuzz/minimise.ts';
import { createCase } from '../test/fuzz/mutate.ts';
import { ROOT } from '../test/support/files.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    cases: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    slow: { type: 'string', default: '2000' },
  },
});
const [minutes, cases, seed, slowMs] = [values.minutes, values.cases, values.seed, values.slow].map(Number) as [
  number,
  number,
  number,
  number,
];

/** Heap after a collection that happens by itself; a case that leaves more behind leaks or floods. */
const MAX_HEAP = 2 ** 31;

const seeds = loadSeeds();
const started = performance.now();
const end = started + minutes * 60_000;
console.log(`${seeds.length} texts to mutate, from seed ${seed}`);
const seen = new Map<string, number>();
let [done, slowest, slowestSeed] = [0, 0, 0];
for (; done < cases && performance.now() < end; done += 1) {
  const found = await createCase(seed + done, seeds);
  const before = performance.now();
  const violation = await check(found);
  const took = performance.now() - before;
  if (took > slowest) [slowest, slowestSeed] = [took, seed + done];
  const what =
    violation?.what ??
    (took > slowMs
      ? `takes long (${found.name})`
      : process.memoryUsage().heapUsed > MAX_HEAP
        ? 'fills the memory'
        : undefined);
  if (what !== undefined) {
    const times = (seen.get(what) ?? 0) + 1;
    seen.set(what, times);
    if (times > 1) continue;
    const small = violation === undefined ? found : await minimise(found, what);
    const name = `${createHash('sha256').update(small.bytes).digest('hex').slice(0, 12)}-${small.name}`;
    writeFileSync(join(ROOT, 'test/fixtures/fuzz', name), small.bytes);
    console.log(
      `seed ${seed + done}: ${what} (${Math.round(took)} ms) ${violation?.detail ?? ''}\n  saved as ${name}, ${small.bytes.length} bytes`,
    );
  }
}
const seconds = (performance.now() - started) / 1000;
console.log(
  `${done} cases in ${seconds.toFixed(0)} s, ${(done / seconds).toFixed(1)} a second; the slowest took ${slowest.toFixed(0)} ms (seed ${slowestSeed}); ` +
    `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB of memory at most`,
);
for (const [what, times] of seen) console.log(`${times} x ${what}`);
process.exitCode = seen.size > 0 ? 1 : 0;
