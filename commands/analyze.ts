import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT, ExpectedError } from '../src/cli/errors.ts';
import { SEVERITIES } from '../src/model/finding.ts';

export default class Analyze extends BaseCommand {
  static override description =
    'Finds out why a passed-through GPU does not work. Reads a bundle, a folder, single files of any name, compressed files ' +
    'or standard input (-), tells what each is from its content, and names the cause with the lines that prove it.';

  static override summary = 'find the cause in a bundle, a folder, files or standard input';

  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15',
    '$ pciconf -lvbBceV | <%= config.bin %> <%= command.id %> - --json',
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
    json: Flags.boolean({ description: 'the report as JSON (schemas/report.schema.json)', exclusive: ['format'] }),
    format: Flags.option({ options: ['text', 'markdown', 'json'] as const, default: 'text' as const })({
      description: 'how to print the report',
    }),
    'fail-on': Flags.option({ options: [...SEVERITIES, 'never'] as const, default: 'error' as const })({
      description: 'exit 1 when a finding is at least this severe',
    }),
    output: Flags.string({ char: 'o', description: 'write the report to a file instead of standard output' }),
    verbose: Flags.boolean({ char: 'v', description: 'all findings, also those not evaluated, and all inputs' }),
    live: Flags.boolean({ description: 'collect from this machine first, into a bundle that is kept' }),
    vm: Flags.string({
      description: 'with --live: the VM to look at',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['live'],
    }),
    guest: Flags.string({
      description: 'with --live: ask this guest too, over ssh and with a key (see collect --help)',
      helpValue: 'ssh://USER@HOST[:PORT]',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['live'],
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Analyze);
    const inputs = argv as string[];
    let stuck = false;
    let complaints: string[] = [];
    if (flags.live) {
      const { collectForAnalysis } = await import('../src/cli/collect.ts');
      const collected = await collectForAnalysis({ vm: flags.vm ?? [], guest: flags.guest ?? [] });
      inputs.push(collected.path);
      stuck = collected.stuck;
      complaints = collected.complaints;
    } else if (inputs.length === 0) {
      throw new ExpectedError('missing argument: INPUT', EXIT.usage, ['see --help for the flags and two examples']);
    }
    const { analyze } = await import('../src/cli/analyze.ts');
    const { text, failed, nothing } = await analyze(inputs, {
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
    for (const line of complaints) await this.complain(line);
    const done = complaints.length > 0 ? EXIT.unavailable : EXIT.ok;
    process.exitCode = nothing === undefined ? (failed ? EXIT.findings : done) : EXIT.input;
    // A read that hangs in the kernel would keep the process alive for ever.
    if (stuck) process.exit();
  }
}
