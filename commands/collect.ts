import { Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT } from '../src/cli/errors.ts';
import { PROFILES } from '../src/model/profile.ts';

export default class Collect extends BaseCommand {
  static override summary = 'gather the evidence of this machine into one bundle';
  static override description =
    'Asks the bhyve host (or, run there, the guest) everything that a diagnosis needs and writes one file: redacted, with a ' +
    'manifest of every probe and why it gave nothing, and hashes. It changes nothing on the machine. Best run as root; a user gets less, and is told what.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --vm compute1',
    "<%= config.bin %> <%= command.id %> --vm compute1 --around 'vm start compute1'",
    '<%= config.bin %> <%= command.id %> --vm compute1 --guest ssh://root@192.0.2.10',
    '<%= config.bin %> <%= command.id %> --script sh > collect.sh',
  ];

  static override flags = {
    ...BaseCommand.colorFlag,
    vm: Flags.string({
      description: 'a VM to look at (several may be given; without it all)',
      multiple: true,
      multipleNonGreedy: true,
    }),
    guest: Flags.string({
      description:
        'ask this guest too, over ssh and with a key (several may be given; the first is the VM of the first --vm, and so on); ' +
        'nothing is written there',
      helpValue: 'ssh://USER@HOST[:PORT]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    script: Flags.option({ options: ['sh'] as const })({
      description:
        'print a script that does the same on a machine without Node, host or guest, and do nothing else here',
      exclusive: ['guest', 'around', 'dry-run', 'json'],
    }),
    profile: Flags.option({ options: PROFILES, default: 'quick' as const })({
      description: 'how much: quick takes seconds, full takes all, pre-boot what can be known before a VM was started',
    }),
    around: Flags.string({
      description: 'run this command (without a shell) and collect what is new after it',
      helpValue: 'COMMAND',
    }),
    'around-limit': Flags.integer({
      description: 'seconds to wait for that command; then it is left running',
      default: 120,
      min: 1,
      max: 86_400,
    }),
    'around-wait': Flags.integer({
      description: 'seconds to wait after it for what it set going',
      default: 10,
      min: 0,
      max: 3600,
    }),
    'dry-run': Flags.boolean({
      description: 'list every probe with privilege, size and privacy class; run and read nothing',
    }),
    side: Flags.option({ options: ['host', 'guest'] as const })({
      description: 'what this machine is, if it cannot be told',
    }),
    output: Flags.string({ char: 'o', description: 'name of the bundle (gpudiag-TIME.tar.gz)' }),
    force: Flags.boolean({ description: 'replace a file of that name' }),
    redact: Flags.boolean({
      description: 'replace names, addresses, serial numbers and keys; on by default',
      default: true,
      allowNo: true,
    }),
    'include-risky': Flags.boolean({ description: 'also probes that can disturb a card that hangs; they run last' }),
    json: Flags.boolean({ description: 'the summary as JSON' }),
  };

  async run(): Promise<void> {
    const { flags: given } = await this.parse(Collect);
    const flags = { ...given, vm: given.vm ?? [], guest: given.guest ?? [] };
    if (flags.script !== undefined) {
      const { script } = await import('../src/cli/script.ts');
      return this.deliver(script(flags), flags.output);
    }
    if (flags['dry-run']) {
      const { dryRun } = await import('../src/cli/dry-run.ts');
      return this.write(dryRun(flags));
    }
    const { collectCommand } = await import('../src/cli/collect-command.ts');
    const { text, stuck, complaints } = await collectCommand(flags);
    await this.write(text);
    for (const line of complaints) await this.complain(line);
    if (complaints.length > 0) process.exitCode = EXIT.unavailable;
    // A read that hangs in the kernel would keep the process alive for ever.
    if (stuck) process.exit();
  }
}
