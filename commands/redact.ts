import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';

export default class Redact extends BaseCommand {
  static override summary = 'make a copy of a bundle, folder or text that is safe to post';
  static override description =
    'Replaces names, addresses, serial numbers, UUIDs, keys and passwords by tokens; the same value gets the same token everywhere, ' +
    'PCI addresses, BARs, versions and all else that a diagnosis needs stay. Then searches the copy for every value that was found, ' +
    'also encoded, and deletes it when one is left. redaction.json says which rule replaced what where, never the value.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> gpudiag-20260801T120000Z-unredacted.tar.gz',
    '$ dmesg | <%= config.bin %> <%= command.id %> -',
  ];

  static override args = {
    input: Args.string({ description: 'bundle, folder, file or -', required: true, ignoreStdin: true }),
  };

  static override flags = {
    ...BaseCommand.colorFlag,
    ...BaseCommand.limitFlags,
    output: Flags.string({ char: 'o', description: 'name of the copy (the name of the input with -redacted)' }),
    force: Flags.boolean({ description: 'replace a file of that name' }),
    name: Flags.string({
      description: 'replace this text too, wherever it stands (several may be given)',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TEXT',
    }),
    json: Flags.boolean({ description: 'the summary as JSON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Redact);
    const { redact } = await import('../src/cli/redact.ts');
    const { text, summary } = await redact(args.input, { ...flags, name: flags.name ?? [] });
    if (text !== undefined) await this.write(text);
    if (summary !== undefined) await (text === undefined ? this.write(summary) : this.complain(summary));
  }
}
