import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';

export default class Explain extends BaseCommand {
  static override summary = 'what a finding code, an Xid or an RmInitAdapter triple means';
  static override description =
    'Explains a finding code, an Xid (xid:79) or an RmInitAdapter failure (rm-init:0x31:0xffff): what it means, why it happens and what to do. Works offline.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> nvidia-intpin-missing',
    '<%= config.bin %> <%= command.id %> rm-init:0x31:0xffff',
  ];

  static override args = {
    code: Args.string({ description: 'code, xid:N or rm-init:STAGE:STATUS', required: true, ignoreStdin: true }),
  };
  static override flags = { json: Flags.boolean({ description: 'as JSON' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    const { explain } = await import('../src/cli/explain.ts');
    await this.write(explain(args.code, flags.json));
  }
}
