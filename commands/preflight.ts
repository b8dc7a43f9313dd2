import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT, ExpectedError } from '../src/cli/errors.ts';
import { SEVERITIES } from '../src/model/finding.ts';

export default class Preflight extends BaseCommand {
  static override aliases = ['doctor'];
  static override summary = 'before the first start: will this card, this host and this VM work';

  static override description =
    'Says, from what a host shows of itself, whether a card can be passed to a guest: a verdict for each stage with its evidence, ' +
    'the exact lines for loader.conf and the VM, what to expect in the guest, and the steps that were seen to harm hosts. Changes ' +
    'nothing.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> --live --memory 16G',
    '<%= config.bin %> <%= command.id %> pciconf.txt loader.conf dmesg.txt --gpu 1/0/0 --memory 16G --json',
  ];

  static override strict = false;

  static override args = {
    input: Args.string({
      description: 'bundle, folder, file or - (several may be given); none with --live',
      ignoreStdin: true,
    }),
  };

  static override flags = {
    ...BaseCommand.colorFlag,
    ...BaseCommand.limitFlags,
    gpu: Flags.string({
      description: 'the card: 1/0/0, pci0:1:0:0, ppt0 or 10de:1bb3 (default: the one that stands out)',
    }),
    vm: Flags.string({ description: 'name of the VM (default: the one that is given the card)' }),
    memory: Flags.string({ description: 'memory of the guest: 16G (default: as the VM has it)' }),
    loader: Flags.option({ options: ['uefi', 'uefi-csm', 'uefi-custom', 'bhyveload', 'grub'] as const })({
      description: 'what boots the guest, as vm-bhyve calls it (default: as the VM has it, else uefi)',
    }),
    slot: Flags.integer({ description: 'slot of the card in the guest', min: 1, max: 30 }),
    json: Flags.boolean({ description: 'as JSON (schemas/preflight.schema.json)', exclusive: ['format'] }),
    format: Flags.option({ options: ['text', 'markdown', 'json'] as const, default: 'text' as const })({
      description: 'how to print it',
    }),
    'fail-on': Flags.option({ options: [...SEVERITIES, 'never'] as const, default: 'error' as const })({
      description: 'exit 1 when something fails (error), may fail (warning) or is not known (info)',
    }),
    output: Flags.string({ char: 'o', description: 'write it to a file instead of standard output' }),
    verbose: Flags.boolean({ char: 'v', description: 'all evidence and everything that is in order' }),
    live: Flags.boolean({ description: 'collect from this host first, into a bundle that is kept' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Preflight);
    const inputs = argv as string[];
    let stuck = false;
    if (flags.live) {
      const { collectForAnalysis } = await import('../src/cli/collect.ts');
      const collected = await collectForAnalysis({ vm: [], profile: 'pre-boot' });
      inputs.push(collected.path);
      stuck = collected.stuck;
    } else if (inputs.length === 0) {
      throw new ExpectedError('missing argument: INPUT', EXIT.usage, ['see --help for the flags and two examples']);
    }
    const { preflightInputs } = await import('../src/cli/preflight.ts');
    const { text, failed, nothing } = await preflightInputs(inputs, flags, {
      format: flags.json ? 'json' : flags.format,
      failOn: flags['fail-on'],
      noColor: flags['no-color'],
      verbose: flags.verbose,
      toFile: flags.output !== undefined,
    });
    await this.deliver(text, flags.output);
    if (nothing !== undefined) await this.complain(nothing);
    process.exitCode = nothing === undefined ? (failed ? EXIT.findings : EXIT.ok) : EXIT.input;
    // A read that hangs in the kernel would keep the process alive for ever.
    if (stuck) process.exit();
  }
}
