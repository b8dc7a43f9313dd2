/**
 * Times gpudiag against bare Node, side by side in one run, and the parts that read much text.
 *
 *     npm run bench            builds first, prints a table
 *     npm run bench -- 15      so many rounds (default 9)
 *     npm run bench -- 9 /opt/node22/bin/node /opt/node24/bin/node      with these too, in the same rounds
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import linuxDmesg from '../parsers/guest/linux-dmesg.ts';
import pciconf from '../parsers/host/pciconf.ts';
import { joinRecord } from '../parsers/lib/records-join.ts';
import { identify } from '../src/bundle/artifacts.ts';
import { createRedactor } from '../src/bundle/redact/redact.ts';
import { RULES } from '../src/rules/index.ts';
import { createScanner } from '../src/scan/scan.ts';
import { bundle, guestDmesg, hostPciconf } from './generate.ts';

const MIB = 2 ** 20;
const ROUNDS = Math.max(7, Number(process.argv[2] ?? 9));
const root = fileURLToPath(new URL('..', import.meta.url));

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The Nodes to compare. */
const NODES = [process.execPath, ...process.argv.slice(3)];

interface Program {
  name: string;
  node: string;
  args: string[];
  /** wall time of each run, ms */
  times: number[];
}

function spawn(program: Program, nodeArgs: readonly string[] = []): string {
  const { stderr, status } = spawnSync(program.node, [...nodeArgs, ...program.args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === null || status > 1) throw new Error(`${program.name} ended with ${String(status)}: ${stderr}`);
  return stderr;
}

/** One run of a whole process. */
function run(program: Program): void {
  const started = performance.now();
  spawn(program);
  program.times.push(performance.now() - started);
}

/** Says at the end what the process used. Not part of the timed runs. */
const ACCOUNT = `data:text/javascript,process.on("exit",()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();process.stderr.write("\\n"+JSON.stringify([maxRSS,(userCPUTime+systemCPUTime)/1000]))})`;

/** Memory at its peak in MiB, and processor time of all threads in ms: the medians of three runs. */
function account(program: Program): { memory: number; cpu: number } {
  const runs = [1, 2, 3].map(() => {
    const said = spawn(program, ['--import', ACCOUNT]);
    return JSON.parse(said.slice(said.lastIndexOf('\n') + 1)) as [number, number];
  });
  return { memory: median(runs.map(([kib]) => kib)) / 1024, cpu: median(runs.map(([, ms]) => ms)) };
}

/** MiB/s of the fastest of some runs, which is the one that other programs disturbed least. */
function speed(bytes: number, work: () => void): string {
  let best = Infinity;
  for (let i = 0; i < 5; i += 1) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return `${(bytes / MIB / (best / 1000)).toFixed(0)} MiB/s`;
}

/** Everything that redacting a bundle takes. bench/redact.ts times its three parts. */
function redactWhole(text: string): void {
  const redactor = createRedactor();
  redactor.learn(text);
  redactor.leaks([{ path: 'log.txt', text: redactor.redact(text, { path: 'log.txt' }).text }]);
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    );
  console.log();
}

const folder = mkdtempSync(join(tmpdir(), 'gpudiag-bench-'));
try {
  const entry = join(root, 'bin/run.js');
  const bundles = await Promise.all(
    [1, 5].map(async (size) => {
      const path = join(folder, `bundle-${size}.tar.gz`);
      writeFileSync(path, await bundle(size * MIB));
      return { size, path };
    }),
  );
  const programsOf = (node: string): Program[] => {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    const program = (name: string, ...args: string[]): Program => ({
      name: `${version} ${name}`,
      node,
      args,
      times: [],
    });
    return [
      program('node -e 0', '-e', '0'),
      program('gpudiag --version', entry, '--version'),
      program('gpudiag --help', entry, '--help'),
      ...bundles.map(({ size, path }) => program(`gpudiag analyze, ${size} MiB`, entry, 'analyze', path, '--json')),
    ];
  };
  const groups = NODES.map(programsOf);
  const programs = groups.flat();
  // Alternating, so that whatever else the machine does falls on all alike; the first round warms the file cache.
  for (let round = 0; round <= ROUNDS; round += 1) for (const each of programs) run(each);
  for (const each of programs) each.times.shift();

  console.log(`${process.platform} ${process.arch}; medians of ${ROUNDS} runs\n`);
  print([
    ['process', 'wall', 'to bare', 'ratio', 'processor', 'memory'],
    ...groups.flatMap((group) => {
      const base = median(group[0]!.times);
      return group.map((each) => {
        const wall = median(each.times);
        const { memory, cpu } = account(each);
        return [
          each.name,
          `${wall.toFixed(0)} ms`,
          `+${(wall - base).toFixed(0)} ms`,
          (wall / base).toFixed(1),
          `${cpu.toFixed(0)} ms`,
          `${memory.toFixed(0)} MiB`,
        ];
      });
    }),
  ]);

  const log = Buffer.from(guestDmesg(64 * MIB));
  const patterns = RULES.flatMap((rule) =>
    Object.entries(rule.patterns ?? {}).map(([name, pattern]) => ({ ...pattern, name })),
  );
  const scanner = createScanner(patterns, joinRecord);
  const dmesg = guestDmesg(4 * MIB);
  const syslog = dmesg.replace(/^/gm, 'Nov  3 09:12:01 gpuhost07 kernel: ');
  const listing = hostPciconf(3000);
  const raw = { path: 'dmesg.txt', bytes: Buffer.from(dmesg), sha256: '' };
  print([
    ['in one process', 'speed'],
    [`scan, ${patterns.length} patterns, 64 MiB`, speed(log.length, () => scanner.scan(log, () => undefined))],
    ['telling kinds, dmesg of 4 MiB', speed(dmesg.length, () => void identify(raw))],
    ['linux-dmesg, 4 MiB', speed(dmesg.length, () => void linuxDmesg.parse(dmesg))],
    ['redaction with its search for leaks, dmesg of 4 MiB', speed(dmesg.length, () => redactWhole(dmesg))],
    ['the same of syslog, a name on every line', speed(syslog.length, () => redactWhole(syslog))],
    [`pciconf, ${(listing.length / MIB).toFixed(0)} MiB`, speed(listing.length, () => void pciconf.parse(listing))],
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
