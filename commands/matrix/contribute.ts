import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixContribute extends BaseCommand {
  static override summary = 'make your bundle an entry of the matrix, and a pull request if you like';
  static override description =
    'Turns a bundle into an entry with the lines that prove it, redacted and under 64 KB. Failures are wanted as much as ' +
    'successes: a host that panics, a VM that does not start, a guest that does not boot, a card that is missing, a driver ' +
    'that does not come up. Asks at most five questions on a terminal, shows exactly what would be published, and writes a ' +
    'folder with a patch for git am. Nothing is sent, unless you say --open-pr. Without a GitHub account, mail the folder.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> gpudiag-20260801T120000Z.tar.gz',
    "<%= config.bin %> <%= command.id %> BUNDLE --patch D51892 --reporter 'Jane Doe' --yes",
    '<%= config.bin %> <%= command.id %> BUNDLE --open-pr --repo OWNER/gpudiag',
  ];

  static override args = {
    bundle: Args.string({ description: 'bundle, folder, file or -', required: true, ignoreStdin: true }),
  };

  static override flags = {
    ...BaseCommand.colorFlag,
    ...BaseCommand.limitFlags,
    patch: Flags.string({ description: 'patch in the bhyve or vmm that ran: stock, D51892, a commit, or in words' }),
    workaround: Flags.string({ description: 'what made it work in the end' }),
    firmware: Flags.string({ description: 'settings in the firmware of the host; a changed VBIOS' }),
    note: Flags.string({ description: 'anything else that others should know' }),
    reporter: Flags.string({
      description: 'your name or nickname; an address in <> goes only into the patch',
      exclusive: ['anonymous'],
    }),
    anonymous: Flags.boolean({ description: 'no name in the entry (a pull request still shows your account)' }),
    name: Flags.string({
      description: 'replace this text too, wherever it stands (several may be given)',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TEXT',
    }),
    yes: Flags.boolean({ char: 'y', description: 'ask nothing; with --open-pr, publish' }),
    output: Flags.string({
      char: 'o',
      description: 'folder to write (gpudiag-contribution-ID)',
      exclusive: ['open-pr'],
    }),
    force: Flags.boolean({ description: 'replace a folder that an earlier run has written' }),
    'open-pr': Flags.boolean({
      description: 'open a pull request with your GitHub account (GH_TOKEN, GITHUB_TOKEN or gh auth token)',
    }),
    repo: Flags.string({
      description: 'repository that the pull request goes to',
      helpValue: 'OWNER/NAME',
      env: 'GPUDIAG_MATRIX_REPO',
    }),
    'api-base': Flags.string({
      description: "address of GitHub's API, for GitHub Enterprise https://HOST/api/v3",
      default: 'https://api.github.com',
      env: 'GPUDIAG_GITHUB_API',
    }),
    json: Flags.boolean({ description: 'what came of it as JSON; asks nothing' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MatrixContribute);
    const { contribute } = await import('../../src/cli/contribute.ts');
    const write = (text: string): Promise<void> => this.write(text);
    await this.write(await contribute(args.bundle, { ...flags, name: flags.name ?? [] }, write));
  }
}
