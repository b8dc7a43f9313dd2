import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/errors.ts';

export default class BundleVerify extends BaseCommand {
  static override summary = 'check every hash of a bundle';
  static override description =
    'Compares the files of a bundle with its manifest: sizes, SHA-256, files that are missing or were added. Exits 1 when something differs.';
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
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BundleVerify);
    const { verify } = await import('../../src/cli/bundle.ts');
    const { text, ok } = await verify(args.file, flags);
    await this.write(text);
    process.exitCode = ok ? EXIT.ok : EXIT.findings;
  }
}
