import { Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixRetest extends BaseCommand {
  static override summary = 'which cards should be tried again, and why';
  static override description =
    'Lists the cards of which a new report would tell the most: reports that disagree, failures that an update has since ' +
    'repaired, successes on releases that are no longer supported, hearsay. Failures are as welcome as successes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --gpu 10de --guest linux --json',
  ];

  static override flags = {
    ...BaseCommand.colorFlag,
    gpu: Flags.string({ description: 'part of a name, a chip, an id (10de:1bb3) or a vendor id (10de)' }),
    architecture: Flags.string({ description: 'Pascal, Turing ...' }),
    guest: Flags.string({ description: 'linux, windows, freebsd or part of a name' }),
    limit: Flags.integer({ description: 'wishes listed', default: 20, min: 1, max: 10_000 }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MatrixRetest);
    const { matrixRetest } = await import('../../src/cli/matrix-verdicts.ts');
    await this.write(await matrixRetest(flags));
  }
}
