import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixSite extends BaseCommand {
  static override summary = 'the matrix as a web site of plain files';
  static override description =
    'Writes pages that work from a disk as from a server: the matrix with search and filters, a page for every card and every ' +
    'report with its evidence, what should be tried again, and what changed, also as an Atom feed. They ask nothing of other ' +
    'sites and can be read without JavaScript. The folder is made, or replaced when it is empty or holds an earlier site; any ' +
    'other is left alone. What changed is told from the earlier site in the folder, or from its changes.json.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --output site',
    '<%= config.bin %> <%= command.id %> matrix-data --output site --address https://example.org/matrix/',
  ];

  static override args = {
    folder: Args.string({
      description: 'a matrix-data folder (the matrix that the program uses)',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'folder to write the site to', required: true }),
    address: Flags.string({ description: 'where the site will stand, for the links in its feed' }),
    changes: Flags.string({ description: 'changes.json of the site that stands now, where it is not in the folder' }),
    date: Flags.string({ description: 'day of the build, such as 2026-11-22, for equal bytes (default: today)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixSite);
    const { matrixSite } = await import('../../src/cli/matrix-site.ts');
    await this.write(await matrixSite(args.folder, flags));
  }
}
