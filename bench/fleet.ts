/**
 * Times the analysis of many bundles with one and with two jobs, side by side in one run, then `fleet` over the results.
 *
 *     npm run build && node --import tsx bench/fleet.ts             1,000 bundles of 250 KiB unpacked, 3 rounds
 *     node --import tsx bench/fleet.ts 200 1                         200 bundles, 1 round
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundle } from './generate.ts';

const COUNT = Number(process.argv[2] ?? 1000);
const ROUNDS = Number(process.argv[3] ?? 3);
const entry = fileURLToPath(new URL('../bin/run.js', import.meta.url));

/** Says at the end what the process used, threads included. */
const ACCOUNT = `data:text/javascript,process.on("exit",()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();process.stderr.write("\\n"+JSON.stringify([maxRSS,(userCPUTime+systemCPUTime)/1e6]))})`;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Run {
  wall: number;
  cpu: number;
  mebibytes: number;
}

function time(args: readonly string[]): Run {
  const started = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['--import', ACCOUNT, entry, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const wall = (performance.now() - started) / 1000;
  if (status === null || status > 1) throw new Error(`gpudiag ${args[0]} ended with ${String(status)}: ${stderr}`);
  const [kib, cpu] = JSON.parse(stderr.slice(stderr.lastIndexOf('\n') + 1)) as [number, number];
  return { wall, cpu, mebibytes: kib / 1024 };
}

const folder = mkdtempSync(join(tmpdir(), 'gpudiag-bench-fleet-'));
try {
  const bundles = join(folder, 'bundles');
  mkdirSync(bundles);
  const content = await bundle(250 * 1024);
  for (let i = 0; i < COUNT; i += 1) writeFileSync(join(bundles, `host${String(i).padStart(5, '0')}.tar.gz`), content);
  const results = join(folder, 'results.ndjson');
  const kinds = [1, 2].map((jobs) => ({ jobs, runs: [] as Run[] }));
  // Alternating, so that whatever else the machine does falls on both alike.
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { jobs, runs } of kinds)
      runs.push(time(['analyze', bundles, '--format', 'ndjson', '--jobs', String(jobs), '-o', results]));
  console.log(`Node ${process.version}; ${COUNT} bundles of ${content.length} bytes; medians of ${ROUNDS} rounds\n`);
  const row = (name: string, runs: readonly Run[], per: number): void => {
    const wall = median(runs.map((run) => run.wall));
    const cpu = median(runs.map((run) => run.cpu));
    console.log(
      [
        name.padEnd(16),
        `${wall.toFixed(1)} s`.padStart(9),
        `${(per / wall).toFixed(1)} /s`.padStart(10),
        `${((cpu * 1000) / per).toFixed(1)} ms cpu each`.padStart(20),
        `${median(runs.map((run) => run.mebibytes)).toFixed(0)} MiB`.padStart(9),
      ].join(' '),
    );
  };
  for (const { jobs, runs } of kinds) row(`analyze --jobs ${jobs}`, runs, COUNT);
  const fleets = Array.from({ length: ROUNDS }, () => time(['fleet', results]));
  row('fleet', fleets, COUNT);
  const bytes = statSync(results).size;
  const packed = gzipSync(readFileSync(results)).length;
  console.log(
    `\nresults: ${(bytes / COUNT / 1024).toFixed(0)} KiB each, ${(packed / COUNT / 1024).toFixed(1)} KiB compressed`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
