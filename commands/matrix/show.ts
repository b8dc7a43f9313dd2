import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixShow extends BaseCommand {
  static override summary = 'one observation in full, or all about one card';
  static override description =
    'Shows one observation of the compatibility matrix: configuration, outcome, symptoms, source and grade. With a card ' +
    'instead of an id: what is known of the card, what its reports say taken together, and the reports.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> ca-p4-05',
    '<%= config.bin %> <%= command.id %> 10de:1bb3',
    '<%= config.bin %> <%= command.id %> ca-p10-01 --json',
  ];

  static override args = {
    id: Args.string({
      description: 'id, as matrix list prints it, or a card: id (10de:1bb3) or name',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = { ...BaseCommand.colorFlag, json: Flags.boolean({ description: 'as JSON' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixShow);
    const { matrixShow } = await import('../../src/cli/matrix.ts');
    await this.write(await matrixShow(args.id, flags));
  }
}
