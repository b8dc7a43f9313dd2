import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixExport extends BaseCommand {
  static override summary = 'the matrix as CSV, JSON or Markdown';
  static override description =
    'Writes the entries as a table for spreadsheets, programs or pages. CSV holds every field; matrix import reads it back. ' +
    'A cell that a spreadsheet would take for a formula gets an apostrophe in front, which the import takes away again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --format csv --output matrix.csv',
    '<%= config.bin %> <%= command.id %> --format markdown --gpu P4',
    '<%= config.bin %> <%= command.id %> matrix-data --format json --all',
  ];

  static override args = {
    folder: Args.string({
      description: 'a matrix-data folder (the matrix that the program uses)',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    format: Flags.option({ options: ['csv', 'json', 'markdown'] as const })({
      description: 'form of the output',
      default: 'csv',
    }),
    gpu: Flags.string({ description: 'only a card: part of a name, a chip, an id (10de:1bb3) or a vendor id (10de)' }),
    all: Flags.boolean({ description: 'also platform reports and superseded ones' }),
    output: Flags.string({ char: 'o', description: 'write to this file instead of standard output' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixExport);
    const { matrixExport } = await import('../../src/cli/matrix-export.ts');
    await this.deliver(matrixExport(args.folder, flags), flags.output);
  }
}
