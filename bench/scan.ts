/**
 * The scanner beside ripgrep and GNU grep: which lines of a kernel log match any of the rules' patterns. Whole processes, in
 * turn, medians; plain and compressed. Then `analyze` on longer logs: time and memory at its peak.
 *
 *     node --import tsx bench/scan.ts [MB] [ROUNDS]      default 200 MB, 7 rounds
 *     node --import tsx bench/scan.ts 5000 1 --analyze   only analyze, on 5 GB
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { RULES } from '../src/rules/index.ts';
import { guestDmesg } from './generate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const numbers = process.argv.slice(2).map(Number).filter(Number.isFinite);
const megabytes = numbers[0] ?? 200;
const rounds = numbers[1] ?? 7;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The expression in the dialect that all three read; undefined for one that grep -E cannot say. */
function toEre(source: string): string | undefined {
  const ere = source
    .replace(/\(\?<[a-z]\w*>/gi, '(')
    .replaceAll('(?:', '(')
    .replaceAll('\\d', '[0-9]')
    .replaceAll('\\/', '/');
  const isPlain = !/\(\?|\\[1-9bDSWu]|[*+?}]\?|\[[^\]]*\\[sw]/.test(ere);
  return isPlain ? ere.replaceAll('\\s', '[[:space:]]').replaceAll('\\w', '[[:alnum:]_]') : undefined;
}

const folder = mkdtempSync(join(tmpdir(), 'gpudiag-bench-'));
try {
  const log = join(folder, 'kern.log');
  const file = openSync(log, 'w');
  for (let written = 0, seed = 1; written < megabytes * 1e6; seed += 1) {
    const part = guestDmesg(Math.min(16e6, megabytes * 1e6 - written), seed);
    writeSync(file, part);
    written += part.length;
  }
  closeSync(file);

  if (!process.argv.includes('--analyze')) await compare(log);
  analyze(log);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(log: string): Promise<void> {
  const patterns = RULES.flatMap(({ patterns: own = {} }) => Object.values(own))
    .map(({ regex, literals }) => ({ ere: regex.flags === '' ? toEre(regex.source) : undefined, literals }))
    .filter((pattern): pattern is { ere: string; literals: readonly string[] } => pattern.ere !== undefined);
  const list = join(folder, 'patterns');
  writeFileSync(list, `${patterns.map(({ ere }) => ere).join('\n')}\n`);
  writeFileSync(
    join(folder, 'patterns.json'),
    JSON.stringify(patterns.map(({ ere, literals }) => ({ source: toJs(ere), literals }))),
  );
  await build({
    entryPoints: [join(root, 'bench/scan-file.ts')],
    outfile: join(folder, 'scan-file.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  spawnSync('gzip', ['-k', log]);
  const ours = [process.execPath, join(folder, 'scan-file.mjs'), join(folder, 'patterns.json')];
  const programs: { name: string; command: string[]; times: number[]; count?: string }[] = [
    { name: 'gpudiag scanner', command: [...ours, log], times: [] },
    { name: 'ripgrep, one thread', command: ['rg', '-j1', '-c', '--no-unicode', '-f', list, log], times: [] },
    { name: 'GNU grep -E, C locale', command: ['env', 'LC_ALL=C', 'grep', '-c', '-E', '-f', list, log], times: [] },
    { name: 'gpudiag scanner, .gz', command: [...ours, `${log}.gz`], times: [] },
    { name: 'ripgrep -z, .gz', command: ['rg', '-j1', '-z', '-c', '--no-unicode', '-f', list, `${log}.gz`], times: [] },
    { name: 'node -e 0', command: [process.execPath, '-e', '0'], times: [] },
  ];
  for (let round = 0; round <= rounds; round += 1) {
    for (const program of programs) {
      const started = performance.now();
      const { stdout, error } = spawnSync(program.command[0]!, program.command.slice(1), { encoding: 'utf8' });
      if (error !== undefined) continue;
      // The first round warms the file cache.
      if (round > 0) program.times.push(performance.now() - started);
      program.count = stdout.trim();
    }
  }
  console.log(`${patterns.length} patterns on ${megabytes} MB, Node ${process.version}, medians of ${rounds} runs`);
  const base = median(programs[1]!.times);
  for (const { name, times, count } of programs) {
    if (times.length === 0) console.log(`${name.padEnd(24)} not installed`);
    else {
      const time = median(times);
      console.log(
        `${name.padEnd(24)} ${time.toFixed(0).padStart(6)} ms  ${(time / base).toFixed(2)} of ripgrep  lines ${count ?? ''}`,
      );
    }
  }
}

function toJs(ere: string): string {
  return ere.replaceAll('[[:space:]]', '\\s').replaceAll('[[:alnum:]_]', '\\w');
}

function analyze(log: string): void {
  const account = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\n"+process.resourceUsage().maxRSS))`;
  const started = performance.now();
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', account, join(root, 'bin/run.js'), 'analyze', log, '--fail-on', 'never'],
    { encoding: 'utf8' },
  );
  const memory = Number(stderr.slice(stderr.lastIndexOf('\n') + 1)) / 1024;
  console.log(
    `analyze, ${megabytes} MB          ${(performance.now() - started).toFixed(0).padStart(6)} ms  ${memory.toFixed(0)} MiB at most`,
  );
}
