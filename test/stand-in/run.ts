/**
 * Runs `collect` on a stand-in machine in a process of its own, for tests that send it signals or run it as another user:
 * `node --import tsx test/stand-in/run.ts ROOT BIN root|user OUTPUT`. Prints the summary as JSON.
 */
import { collectCommand } from '../../src/cli/collect-command.ts';
import { describeError } from '../../src/cli/errors.ts';
import { flags } from './flags.ts';

const [root = '', bin = '', privilege, output] = process.argv.slice(2);
try {
  const machine = { root, path: [bin], privilege: privilege === 'root' ? ('root' as const) : ('user' as const) };
  const world = { machine, now: () => new Date('2026-03-03T12:00:00Z'), accounts: ['ines'] };
  console.log((await collectCommand(flags({ output, json: true }), world)).text);
} catch (error) {
  const { message, exit } = describeError(error as Error);
  console.error(message);
  process.exitCode = exit;
}
