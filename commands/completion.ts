import { Args } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { SHELLS, type Shell } from '../src/cli/completion/shells.ts';

export default class Completion extends BaseCommand {
  static override summary = 'print a completion script for a shell';
  static override description =
    'Prints what makes the shell complete commands, flags, their values, finding codes, ids of the matrix and file names. ' +
    'docs/shell.md says where each shell looks for it. For csh use tcsh; ksh is the one of OpenBSD (oksh); other shells of ' +
    'the sh family cannot be taught.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> bash > gpudiag.bash',
    '<%= config.bin %> <%= command.id %> tcsh > gpudiag.tcsh',
  ];

  static override args = {
    shell: Args.string({ description: 'the shell', options: [...SHELLS], required: true, ignoreStdin: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const { completion } = await import('../src/cli/completion.ts');
    await this.write(completion(args.shell as Shell));
  }
}
