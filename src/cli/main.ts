import { join } from 'node:path';
import { Config } from '@oclif/core/config';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { COMMANDS as ALL } from '../../commands/index.ts';
import { describeError, EXIT, wantsJson } from './errors.ts';
import { endWithReader, print } from './print.ts';

/** For oclif's `explicit` strategy: the module it loads commands from is this bundle. */
export const COMMANDS = ALL;

/** Entry of the published program. Sets the exit code; never throws. */
export async function main(argv: string[] = process.argv.slice(2)): Promise<void> {
  settings.debug = false;
  endWithReader(process.stdout);
  endWithReader(process.stderr);
  try {
    await run(argv, await Config.load({ root: join(__dirname, '..') }));
  } catch (error) {
    await fail(error instanceof Error ? error : new Error(String(error)), argv);
  }
}

/** Says what went wrong: one line and what to try for people, one object for programs. */
async function fail(error: Error, argv: readonly string[]): Promise<void> {
  const commands = Object.keys(ALL).map((id) => id.replaceAll(':', ' '));
  const { message, exit, suggestions } = describeError(error, commands);
  process.exitCode = exit;
  if (exit === EXIT.ok) return;
  if (wantsJson(argv)) await print(process.stdout, JSON.stringify({ error: { message, exit, suggestions } }, null, 2));
  else
    await print(
      process.stderr,
      [`gpudiag: ${message}`, ...suggestions.map((suggestion) => `  ${suggestion}`)].join('\n'),
    );
  if (exit === EXIT.bug && process.env.GPUDIAG_DEBUG !== undefined) await print(process.stderr, error.stack ?? '');
}
