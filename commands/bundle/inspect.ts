import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class BundleInspect extends BaseCommand {
  static override summary = 'what was collected, what is missing and why';
  static override description =
    'Prints the manifest of a bundle as a table: every probe with its status, size, time and reason.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15',
    '<%= config.bin %> <%= command.id %> gpudiag-20260801T120000Z.tar.gz --json',
  ];

  static override args = {
    file: Args.string({ description: 'bundle, packed or unpacked', required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...BaseCommand.colorFlag,
    ...BaseCommand.limitFlags,
    json: Flags.boolean({ description: 'the manifest as JSON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BundleInspect);
    const { inspectBundle } = await import('../../src/cli/bundle.ts');
    await this.write(await inspectBundle(args.file, flags));
  }
}
