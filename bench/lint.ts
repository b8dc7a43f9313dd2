/**
 * Time of `matrix lint` without evidence, in process, on entries made from those of the repository.
 *
 *     node --import tsx bench/lint.ts [ENTRIES]
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { matrixLint } from '../src/cli/matrix-lint.ts';
import { observationText } from '../src/matrix/lint-text.ts';
import { loadMatrix } from '../src/matrix/load.ts';
import { observationPath } from '../src/matrix/path.ts';

const count = Number(process.argv[2] ?? 1000);
const data = fileURLToPath(new URL('../matrix-data', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gpudiag-bench-'));
try {
  cpSync(join(data, 'tables'), join(folder, 'tables'), { recursive: true });
  const { observations } = loadMatrix(data);
  for (let i = 0; i < count; i += 1) {
    const entry = observations[i % observations.length]!;
    const relations = { confirms: undefined, contradicts: undefined, supersedes: undefined };
    const source = { ...entry.source, url: `https://example.org/${i}` };
    const own = { ...entry, ...relations, id: `bench-${i}`, source };
    const path = join(folder, observationPath(own));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, observationText(own));
  }
  const times: number[] = [];
  let said = '';
  for (let i = 0; i < 5; i += 1) {
    const started = performance.now();
    const { text } = await matrixLint(folder, { changed: false, fix: false, 'skip-evidence': true, json: false });
    times.push(performance.now() - started);
    said = text.split('\n').at(-1)!;
  }
  const [fastest, , median] = times.sort((a, b) => a - b);
  console.log(`Node ${process.version}; ${said}`);
  console.log(
    `fastest ${fastest!.toFixed(0)} ms, median ${median!.toFixed(0)} ms, slowest ${times.at(-1)!.toFixed(0)} ms`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
