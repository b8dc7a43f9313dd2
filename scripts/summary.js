/** Prints the closing line of CI from vitest's own summary: `N passed, N failed, N skipped`. */
import { readFileSync } from 'node:fs';

const log = readFileSync(process.argv[2], 'utf8').replace(/\u001b\[[0-9;]*m/g, '');
const line = /^\s*Tests\s+(.*)$/m.exec(log)?.[1] ?? '';
const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(count);
if (passed === 0) {
  console.error('no test was run');
  process.exit(1);
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
