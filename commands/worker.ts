import { BaseCommand } from '../src/cli/base-command.ts';
import { Flags } from '../src/cli/oclif.ts';

export default class Worker extends BaseCommand {
  static override summary = 'analyse what standard input names, one result a line';

  static override description =
    'Reads the path or the https address of a bundle from each line of standard input and writes one JSON result a line, in ' +
    'the same order: that of analyze --format ndjson. What cannot be analysed gives a result with an error. Says on standard ' +
    'error when it is ready. At the end of its input, or at SIGTERM, it finishes what it has begun and ends with 0.';

  static override examples = [
    '$ printf "%s\\n" bundles/*.tar.gz | <%= config.bin %> <%= command.id %> > results.ndjson',
    '$ echo https://bundles.example/host07.tar.gz | <%= config.bin %> <%= command.id %> --timeout 60',
  ];

  static override flags = {
    ...BaseCommand.limitFlags,
    jobs: Flags.integer({ description: 'analyse so many at a time', min: 1, max: 256, default: 1, helpValue: 'N' }),
    timeout: Flags.integer({
      description: 'give one bundle up after so many seconds',
      min: 1,
      max: 86_400,
      default: 600,
      helpValue: 'SECONDS',
    }),
    redact: Flags.boolean({ description: 'replace host names, addresses, serial numbers and the like first' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Worker);
    const { serve } = await import('../src/cli/worker.ts');
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
    await serve({
      jobs: flags.jobs,
      timeoutSeconds: flags.timeout,
      redact: flags.redact,
      failOn: 'never',
      input: process.stdin,
      stop: stop.signal,
      write: (line) => this.write(line),
      ready: () => this.complain(`worker ${process.pid} is ready`),
    });
  }
}
