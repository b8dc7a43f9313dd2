import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT } from '../src/cli/errors.ts';
import { SEVERITIES } from '../src/model/finding.ts';

export default class Analyze extends BaseCommand {
  static override description =
    'Finds out why a passed-through GPU does not work. Reads a bundle, a folder, single files of any name, compressed files ' +
    'or standard input (-), tells what each is from its content, and names the cause with the lines that prove it.';

  static override summary = 'find the cause in a bundle, a folder, files or standard input';

  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15',
    'pciconf -lvbBceV | <%= config.bin %> <%= command.id %> - --json',
  ];

  static override strict = false;

  static override args = {
    input: Args.string({ description: 'bundle, folder, file or - (several may be given)', required: true }),
  };

  static override flags = {
    ...BaseCommand.colorFlag,
    json: Flags.boolean({ description: 'the report as JSON (schemas/report.schema.json)', exclusive: ['format'] }),
    format: Flags.option({ options: ['text', 'markdown', 'json'] as const, default: 'text' as const })({
      description: 'how to print the report',
    }),
    'fail-on': Flags.option({ options: [...SEVERITIES, 'never'] as const, default: 'error' as const })({
      description: 'exit 1 when a finding is at least this severe',
    }),
    output: Flags.string({ char: 'o', description: 'write the report to a file instead of standard output' }),
    verbose: Flags.boolean({ char: 'v', description: 'all findings, also those not evaluated, and all inputs' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Analyze);
    const { analyze } = await import('../src/cli/analyze.ts');
    const { text, failed, nothing } = await analyze(argv as string[], {
      format: flags.json ? 'json' : flags.format,
      failOn: flags['fail-on'],
      noColor: flags['no-color'],
      verbose: flags.verbose,
      toFile: flags.output !== undefined,
    });
    if (flags.output === undefined) await this.write(text);
    else {
      const { writeOutput } = await import('../src/cli/output.ts');
      await writeOutput(flags.output, text);
    }
    if (nothing !== undefined) await this.complain(nothing);
    process.exitCode = nothing === undefined ? (failed ? EXIT.findings : EXIT.ok) : EXIT.input;
  }
}
