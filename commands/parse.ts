import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT } from '../src/cli/errors.ts';

export default class Parse extends BaseCommand {
  static override summary = 'turn one captured text into JSON';
  static override description =
    'Reads one command output, configuration file or log and prints its facts as JSON. The kind is told from the content ' +
    'when it is left out. Every record carries the line it was read from.';
  static override examples = [
    'pciconf -lvb | <%= config.bin %> <%= command.id %> pciconf -',
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15/host/loader.conf',
  ];

  static override args = {
    kind: Args.string({
      description: 'a kind of --list; or the file, when the kind is to be told from content',
      ignoreStdin: true,
    }),
    file: Args.string({ description: 'file to read, - for standard input', ignoreStdin: true }),
  };

  static override flags = {
    ...BaseCommand.limitFlags,
    list: Flags.boolean({ description: 'list the kinds' }),
    json: Flags.boolean({ description: 'with --list: as JSON (facts are always JSON)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Parse);
    const { listKinds, parseOne } = await import('../src/cli/parse.ts');
    if (flags.list) return this.write(listKinds(flags.json));
    const { text, recognised } = await parseOne(args.kind, args.file);
    await this.write(text);
    process.exitCode = recognised ? EXIT.ok : EXIT.input;
  }
}
