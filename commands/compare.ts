import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT } from '../src/cli/errors.ts';
import { SEVERITIES } from '../src/model/finding.ts';

export default class Compare extends BaseCommand {
  static override description =
    'Says what changed between two states of one machine: firmware settings, release, patched or rebuilt bhyve, tunables, ' +
    'drivers of functions, VM configuration, BARs, guest driver, the findings that went and came, and the stage reached ' +
    'before and after. What only one of the two shows is no change and is listed apart. Exits 1 when B is worse: it stops ' +
    'at an earlier stage, or at the same one with a new fault and none gone.';

  static override summary = 'what changed between two bundles, and whether it is better';

  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15 examples/tesla-p4-freebsd-15-patched',
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15 examples/tesla-p4-freebsd-15-patched --format markdown',
  ];

  static override args = {
    a: Args.string({
      description: 'before: bundle, folder, file, - or a report of analyze --json',
      required: true,
      ignoreStdin: true,
    }),
    b: Args.string({ description: 'after: the same', required: true, ignoreStdin: true }),
  };

  static override flags = {
    ...BaseCommand.colorFlag,
    ...BaseCommand.limitFlags,
    json: Flags.boolean({ description: 'as JSON (schemas/comparison.schema.json)', exclusive: ['format'] }),
    format: Flags.option({ options: ['text', 'markdown', 'json'] as const, default: 'text' as const })({
      description: 'how to print it',
    }),
    'fail-on': Flags.option({ options: [...SEVERITIES, 'never'] as const, default: 'error' as const })({
      description: 'exit 1 when B is worse; faults that came or went count from this severity on',
    }),
    output: Flags.string({ char: 'o', description: 'write it to a file instead of standard output' }),
    verbose: Flags.boolean({ char: 'v', description: 'everything: all lines of proof, what only one of them shows' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Compare);
    const { compare } = await import('../src/cli/compare.ts');
    const { text, failed } = await compare(args.a, args.b, {
      format: flags.json ? 'json' : flags.format,
      failOn: flags['fail-on'],
      noColor: flags['no-color'],
      verbose: flags.verbose,
      toFile: flags.output !== undefined,
    });
    await this.deliver(text, flags.output);
    process.exitCode = failed ? EXIT.findings : EXIT.ok;
  }
}
