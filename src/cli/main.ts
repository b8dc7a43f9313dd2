import { join } from 'node:path';
import { Config, settings } from '@oclif/core';
import { COMMANDS as ALL } from '../../commands/index.ts';
import { describeError } from './base-command.ts';

/** For oclif's `explicit` strategy: the module it loads commands from is this bundle. */
export const COMMANDS = ALL;

/** Entry of the published program. Sets the exit code; never throws. */
export async function main(argv: string[] = process.argv.slice(2)): Promise<void> {
  settings.debug = false;
  // A reader that closes the pipe early (head, less) has what it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  try {
    const { run } = await import('@oclif/core');
    const config = await Config.load({ root: join(__dirname, '..') });
    await run(argv, config);
  } catch (error) {
    const { message, exit, suggestions } = describeError(error as Error);
    if (exit !== 0) {
      process.stderr.write(`gpudiag: ${message}\n`);
      for (const suggestion of suggestions) process.stderr.write(`  ${suggestion}\n`);
    }
    process.exitCode = exit;
  }
}
