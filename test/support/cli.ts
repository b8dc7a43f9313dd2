import { execFile, execFileSync } from 'node:child_process';
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
  { input, ...options }: { input?: string | Buffer; cwd?: string; uid?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<CliResult> {
  const env = { ...process.env };
  delete env.COLUMNS;
  delete env.NO_COLOR;
  // What whoever runs the tests has set as defaults is not tested.
  for (const name of Object.keys(env)) if (name.startsWith('GPUDIAG_')) delete env[name];
  env.GPUDIAG_CONFIG = '';
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [RUN, ...args],
      { encoding: 'utf8', env, maxBuffer: 2 ** 28, ...options },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
    // A program that does not read what it is given may be gone before all is written.
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input ?? '');
  });
}

/** Builds the program unless what is built is newer than its sources: a stale build would give a green lie. */
export function buildIfStale(): void {
  const built = join(ROOT, 'dist/gpudiag.cjs');
  const sources = ['src', 'parsers', 'commands', 'matrix-data'].flatMap((folder) => globSync(folder, ''));
  const newest = Math.max(...sources.map((file) => statSync(join(ROOT, file)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: ROOT });
}
