import { Args, Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class MatrixMatch extends BaseCommand {
  static override summary = 'the nearest reports to a configuration, and the nearest one that works';
  static override description =
    'Looks a configuration up in the compatibility matrix: what reports of the same card say, which reports are nearest and ' +
    'why, what the nearest working one has that this one has not, and what was tried in vain. The configuration is given by ' +
    'flags, by a bundle or other input, or by both; a flag overrides the input. What is not told does not count.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --gpu "Tesla P4" --release 15.0 --patch stock --guest linux --driver 580',
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15 --patch D51892',
  ];

  static override strict = false;

  static override args = {
    input: Args.string({ description: 'bundle, folder, file or - (several may be given)', ignoreStdin: true }),
  };
  static override flags = {
    ...BaseCommand.colorFlag,
    ...BaseCommand.limitFlags,
    gpu: Flags.string({ description: 'id (10de:1bb3), as pciconf prints it (0x1bb310de), or name' }),
    release: Flags.string({ description: 'FreeBSD release of the host: 15.0 or 15.0-RELEASE-p5' }),
    patch: Flags.string({ description: 'stock, the id of a patch (D51892), or other' }),
    signature: Flags.option({ options: ['native', 'kvm', 'hidden'] as const })({
      description: 'hypervisor that the guest is shown',
    }),
    userland: Flags.option({ options: ['bhyve', 'qemu'] as const })({
      description: 'what runs the VM (default bhyve)',
    }),
    cpu: Flags.option({ options: ['intel', 'amd', 'arm'] as const })({ description: 'make of the host CPU' }),
    guest: Flags.string({ description: 'guest system: linux, windows, "Ubuntu 24.04"' }),
    driver: Flags.string({ description: 'NVIDIA driver in the guest: 580 or 580.82.07' }),
    flavour: Flags.option({ options: ['proprietary', 'open', 'nouveau'] as const })({
      description: 'kind of driver',
    }),
    rom: Flags.boolean({ description: 'a VBIOS is given with rom=', allowNo: true }),
    limit: Flags.integer({ description: 'reports listed', default: 5, min: 1, max: 1000 }),
    verbose: Flags.boolean({ char: 'v', description: 'longer lists, and what each change takes' }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(MatrixMatch);
    const { matrixMatch } = await import('../../src/cli/matrix-match.ts');
    await this.write(await matrixMatch(argv as string[], flags));
  }
}
