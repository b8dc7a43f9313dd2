import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT } from '../src/cli/errors.ts';
import { FLEET_TABLES } from '../src/cli/fleet-tables.ts';
import { Args, Flags } from '../src/cli/oclif.ts';

export default class Fleet extends BaseCommand {
  static override summary = 'what the results of many bundles say together';

  static override description =
    'Reads results of analyze --format ndjson or of worker: counts by GPU and cause, cards that work here and not there with what ' +
    'differs between these machines, machines that do otherwise than all others with the same card, and what got worse ' +
    'between two dates. Of several results of one input the last report counts.';

  static override examples = [
    '$ <%= config.bin %> analyze bundles --format ndjson > results.ndjson; <%= config.bin %> <%= command.id %> results.ndjson',
    '$ <%= config.bin %> analyze examples/tesla-p4-freebsd-15 --format ndjson | <%= config.bin %> <%= command.id %> - --after 2026-09-01',
  ];

  static override strict = false;

  static override args = {
    results: Args.string({
      description: 'results, also .gz, or - (several may be given)',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    ...BaseCommand.colorFlag,
    json: Flags.boolean({ description: 'as JSON (schemas/fleet.schema.json)', exclusive: ['format'] }),
    format: Flags.option({ options: ['text', 'json', 'html', 'csv'] as const, default: 'text' as const })({
      description: 'how to print it',
    }),
    table: Flags.option({ options: FLEET_TABLES })({ description: 'with csv: which table (default: gpus)' }),
    before: Flags.string({
      description: 'what was: the last result up to this date (default: the one before the last)',
      helpValue: 'DATE',
    }),
    after: Flags.string({
      description: 'what is: the last result since this date (default: the last)',
      helpValue: 'DATE',
    }),
    machine: Flags.string({
      description: 'what of the name of an input is the name of its machine (default: what is left without dates)',
      helpValue: 'REGEX',
    }),
    'fail-on': Flags.option({ options: ['regressions', 'never'] as const, default: 'never' as const })({
      description: 'exit 1 when a machine got worse',
    }),
    output: Flags.string({ char: 'o', description: 'write to a file instead of standard output' }),
    verbose: Flags.boolean({ char: 'v', description: 'lists in full' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Fleet);
    const { fleet } = await import('../src/cli/fleet.ts');
    const { text, failed } = await fleet(argv as string[], {
      format: flags.json ? 'json' : flags.format,
      table: flags.table,
      before: flags.before,
      after: flags.after,
      machine: flags.machine,
      failOn: flags['fail-on'],
      noColor: flags['no-color'],
      verbose: flags.verbose,
      toFile: flags.output !== undefined,
    });
    if (flags.output === undefined) for (const piece of text) await this.write(piece);
    else {
      const { writePieces } = await import('../src/cli/file-sink.ts');
      await writePieces(flags.output, text);
    }
    process.exitCode = failed ? EXIT.findings : EXIT.ok;
  }
}
