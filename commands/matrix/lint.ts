import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/errors.ts';

export default class MatrixLint extends BaseCommand {
  static override summary = 'check entries of the matrix before they are published';
  static override description =
    'Reads a matrix-data folder and says file, field, what is wrong and what to do: fields and words, ids, ranges, places, ' +
    'entries that say the same, what must not be published (names, addresses, serial numbers), and claims that their evidence ' +
    'does not bear out, by running the diagnosis on it again. Reports that disagree are named and are no fault. ' +
    'Exits 1 when something has to be mended.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --changed --fix',
    '<%= config.bin %> <%= command.id %> path/to/matrix-data --json',
  ];

  static override args = {
    folder: Args.string({ description: 'folder with observations and tables (matrix-data)', ignoreStdin: true }),
  };
  static override flags = {
    changed: Flags.boolean({
      description: 'only entries that differ from the default branch of this git clone, committed or not',
    }),
    base: Flags.string({ description: 'branch or commit that --changed compares with', helpValue: 'REF' }),
    fix: Flags.boolean({
      description:
        'mend what needs no judgement (place, order, blanks, case of ids, what follows from the PCI id, claims stronger than their evidence) and say what',
    }),
    'skip-evidence': Flags.boolean({ description: 'do not run the diagnosis on evidence' }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixLint);
    const { matrixLint } = await import('../../src/cli/matrix-lint.ts');
    const { text, ok } = await matrixLint(args.folder, flags);
    await this.write(text);
    process.exitCode = ok ? EXIT.ok : EXIT.findings;
  }
}
