import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { globSync, ROOT } from './files.ts';

export interface CliResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export const RUN = join(ROOT, 'bin/run.js');

/** Runs the published entry as a process of its own. */
export function cli(
  args: readonly string[],
  options: { input?: string | Buffer; cwd?: string; uid?: number } = {},
): CliResult {
  const env = { ...process.env };
  delete env['COLUMNS'];
  delete env['NO_COLOR'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8', env, ...options });
  return { status, stdout, stderr };
}

/** Builds the program unless what is built is newer than its sources: a stale build would give a green lie. */
export function buildIfStale(): void {
  const built = join(ROOT, 'dist/gpudiag.cjs');
  const sources = ['src', 'parsers', 'commands', 'matrix-data'].flatMap((folder) => globSync(folder, ''));
  const newest = Math.max(...sources.map((file) => statSync(join(ROOT, file)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: ROOT });
}
