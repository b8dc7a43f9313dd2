import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixChanges extends BaseCommand {
  static override summary = 'what changes between two states of the matrix';
  static override description =
    'Compares two matrix-data folders and prints Markdown for a pull request: entries added, changed and taken away, and what ' +
    'the matrix says about each of their configurations before and after.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> before/matrix-data matrix-data',
    '<%= config.bin %> <%= command.id %> before/matrix-data matrix-data --json',
  ];

  static override args = {
    before: Args.string({ description: 'matrix-data as it was', required: true, ignoreStdin: true }),
    after: Args.string({ description: 'matrix-data as it would be', required: true, ignoreStdin: true }),
  };
  static override flags = { json: Flags.boolean({ description: 'as JSON' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixChanges);
    const { changesBetween } = await import('../../src/cli/matrix-changes.ts');
    await this.write(changesBetween(args.before, args.after, flags));
  }
}
