import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT, ExpectedError } from '../src/cli/errors.ts';
import { SEVERITIES } from '../src/model/finding.ts';
import { POST_PLACES, SMALLEST_POST } from '../src/model/post.ts';

export default class Analyze extends BaseCommand {
  static override description =
    'Finds out why a passed-through GPU does not work. Reads a bundle, a folder, single files of any name, compressed files ' +
    'or standard input (-), tells what each is from its content, and names the cause with the lines that prove it.';

  static override summary = 'find the cause in a bundle, a folder, files or standard input';

  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15',
    '$ pciconf -lvbBceV | <%= config.bin %> <%= command.id %> - --json',
    '<%= config.bin %> <%= command.id %> examples/tesla-p4-freebsd-15 --for github',
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
    json: Flags.boolean({ description: 'the report as JSON (schemas/report.schema.json)', exclusive: ['format'] }),
    format: Flags.option({ options: ['text', 'markdown', 'html', 'json', 'sarif', 'junit', 'ndjson'] as const })({
      description: 'how to print the report (default: text)',
    }),
    for: Flags.option({ options: POST_PLACES })({
      description: 'as a post: shaped for where it goes, no longer than that place takes, private values replaced',
      exclusive: ['json'],
    }),
    limit: Flags.integer({
      description: 'with --for: characters that the place takes',
      min: SMALLEST_POST,
      dependsOn: ['for'],
    }),
    redact: Flags.boolean({
      description: 'replace host names, addresses, serial numbers and the like first (default with --for)',
      allowNo: true,
    }),
    each: Flags.boolean({
      description:
        'with sarif and junit: every INPUT, and every bundle of a folder of bundles, is a case, as with ndjson',
    }),
    jobs: Flags.integer({
      description: 'with ndjson: analyse so many at a time (default: one for each processor)',
      min: 1,
      max: 256,
      helpValue: 'N',
    }),
    resume: Flags.string({
      description: 'with ndjson: add the results to FILE, and skip inputs that have a report in it and did not change',
      helpValue: 'FILE',
      exclusive: ['output'],
    }),
    'fail-on': Flags.option({ options: [...SEVERITIES, 'never'] as const, default: 'error' as const })({
      description: 'exit 1 when a finding is at least this severe',
    }),
    output: Flags.string({ char: 'o', description: 'write the report to a file instead of standard output' }),
    quiet: Flags.boolean({ char: 'q', description: 'only the verdict, in one line', exclusive: ['verbose'] }),
    verbose: Flags.boolean({
      char: 'v',
      description: 'all findings and inputs, which checks ran, which did not and why',
    }),
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
    const { analyze, formatOf } = await import('../src/cli/analyze.ts');
    const { text, failed, nothing, written, note } = await analyze(inputs, {
      format: formatOf(flags),
      failOn: flags['fail-on'],
      noColor: flags['no-color'],
      verbose: flags.verbose,
      quiet: flags.quiet,
      toFile: flags.output !== undefined,
      place: flags.for,
      limit: flags.limit,
      redact: flags.redact ?? flags.for !== undefined,
      each: flags.each,
      jobs: flags.jobs,
      resume: flags.resume,
      output: flags.output,
      onLine: (line) => this.write(line),
    });
    if (note !== undefined) await this.complain(note);
    // Lines that were streamed are where they belong already; what is left is for the reader.
    const output = written === true ? undefined : flags.output;
    if (output !== undefined || text !== '') await this.deliver(text, output);
    if (nothing !== undefined) await this.complain(nothing);
    for (const line of complaints) await this.complain(line);
    const done = complaints.length > 0 ? EXIT.unavailable : EXIT.ok;
    process.exitCode = nothing === undefined ? (failed ? EXIT.findings : done) : EXIT.input;
    // A read that hangs in the kernel would keep the process alive for ever.
    if (stuck) process.exit();
  }
}
