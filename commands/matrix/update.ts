import { Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/errors.ts';

export default class MatrixUpdate extends BaseCommand {
  static override summary = 'fetch the newest matrix that the project has published';
  static override description =
    'Gets the data file over https, checks its SHA-256, its form and every entry, and keeps it in the cache folder of the user ' +
    '(XDG_CACHE_HOME, or ~/.cache). From then on the newer of it and the matrix that came with the program is used. When ' +
    'anything goes wrong, what was in use stays in use. No other command uses the network for the matrix. HTTPS_PROXY, ' +
    'HTTP_PROXY and NO_PROXY are honoured.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --check',
    '<%= config.bin %> <%= command.id %> --url https://example.org/matrix.json',
  ];

  static override flags = {
    url: Flags.string({
      description: 'address of the data file (GPUDIAG_MATRIX_URL, else the release of the project)',
      helpValue: 'URL',
    }),
    check: Flags.boolean({
      description: 'only say whether a newer one is there; exits 1 when it is',
      exclusive: ['reset'],
    }),
    reset: Flags.boolean({ description: 'go back to the matrix that came with the program' }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MatrixUpdate);
    const { matrixUpdate } = await import('../../src/cli/matrix-update.ts');
    const { text, found } = await matrixUpdate(flags);
    await this.write(text);
    process.exitCode = found ? EXIT.findings : EXIT.ok;
  }
}
