import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * When matrix-data was last changed, as an ISO time in UTC: SOURCE_DATE_EPOCH, else its last commit, else now. It tells
 * which of two matrices is the newer.
 */
export function dataDate(): string {
  const { SOURCE_DATE_EPOCH } = process.env;
  if (SOURCE_DATE_EPOCH !== undefined && /^\d{1,12}$/.test(SOURCE_DATE_EPOCH)) {
    return new Date(Number(SOURCE_DATE_EPOCH) * 1000).toISOString();
  }
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  try {
    const args = ['log', '-1', '--format=%ct', '--', 'matrix-data'];
    const seconds = execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    if (/^\d+$/.test(seconds)) return new Date(Number(seconds) * 1000).toISOString();
  } catch {
    // Not a clone, or no git.
  }
  return new Date().toISOString();
}
