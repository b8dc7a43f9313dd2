import { join } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';
import { Config } from '@oclif/core/config';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { COMMANDS as ALL } from '../../commands/index.ts';
import { jsonText } from '../report/json-text.ts';
import { describeError, EXIT, wantsJson } from './errors.ts';
import { endWithReader, print } from './print.ts';

/** For oclif's `explicit` strategy: the module it loads commands from is this bundle. */
export const COMMANDS = ALL;

/** Entry of the published program. Sets the exit code; never throws. */
export async function main(argv: string[] = process.argv.slice(2)): Promise<void> {
  settings.debug = false;
  // Else oclif looks for TypeScript sources, and complains, wherever NODE_ENV says development or test.
  settings.enableAutoTranspile = false;
  endWithReader(process.stdout);
  endWithReader(process.stderr);
  try {
    // No plugins: what lies in a home must not become part of the program.
    await run(argv, await Config.load({ root: join(__dirname, '..'), userPlugins: false }));
  } catch (error) {
    await fail(error instanceof Error ? error : new Error(String(error)), argv);
  }
}

// The same file is what a thread of this program runs, beside many of its kind.
if (!isMainThread && (workerData as { gpudiag?: unknown } | null)?.gpudiag === 'analyze') {
  void import('./thread.ts').then(({ serveThread }) => serveThread());
}

/** Says what went wrong: one line and what to try for people, one object for programs. */
async function fail(error: Error, argv: readonly string[]): Promise<void> {
  const commands = Object.entries(ALL)
    .flatMap(([id, { aliases }]) => [id, ...aliases])
    .map((id) => id.replaceAll(':', ' '));
  const { message, exit, suggestions } = describeError(error, commands);
  process.exitCode = exit;
  if (exit === EXIT.ok) return;
  if (wantsJson(argv)) await print(process.stdout, jsonText({ error: { message, exit, suggestions } }));
  else
    await print(
      process.stderr,
      [`gpudiag: ${message}`, ...suggestions.map((suggestion) => `  ${suggestion}`)].join('\n'),
    );
  if (exit === EXIT.bug && process.env.GPUDIAG_DEBUG !== undefined) await print(process.stderr, error.stack ?? '');
}
