import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/errors.ts';

export default class MatrixImport extends BaseCommand {
  static override summary = 'turn a table of reports into entries of the matrix';
  static override description =
    'Reads a CSV file with one report per row, in the columns that matrix export writes, in any order; separators, quoted line ' +
    'breaks and encodings of spreadsheets are understood. Says which columns were recognised, ignored and missing, and what is ' +
    'wrong in which line. Writes only with --output, only when every row is right, and never over a file that is there. ' +
    'Exits 1 when something has to be mended.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> reports.csv',
    '<%= config.bin %> <%= command.id %> reports.csv --output matrix-data',
  ];

  static override args = {
    file: Args.string({ description: 'CSV file, or -', required: true, ignoreStdin: true }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'write observations/... below this folder',
      helpValue: 'FOLDER',
    }),
    json: Flags.boolean({ description: 'the report as JSON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixImport);
    const { matrixImport } = await import('../../src/cli/matrix-import.ts');
    const { text, ok } = await matrixImport(args.file, flags);
    await this.write(text);
    process.exitCode = ok ? EXIT.ok : EXIT.findings;
  }
}
