import { Args, Flags } from '../src/cli/oclif.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT, ExpectedError } from '../src/cli/errors.ts';

export default class Explain extends BaseCommand {
  static override summary = 'what a code, an Xid, an exit status or a line of a log means';
  static override description =
    'Explains, offline: a finding code; an Xid (79, xid:79); an RmInitAdapter triple (0x31:0xffff); an exit status of nvidia-smi ' +
    '(exit 9); a problem code of Windows (code 43); a stage or outcome; a patch, card, release, driver branch or report of the ' +
    'matrix; or a line of a log, pasted whole. In quotes, if it holds brackets; or on standard input, with -.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> nvidia-intpin-missing',
    "<%= config.bin %> <%= command.id %> 'NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767)'",
    '<%= config.bin %> <%= command.id %> --search interrupt pin',
  ];

  static override strict = false;

  static override args = {
    code: Args.string({
      description: 'code or line of a log; several words are one; - for standard input',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...BaseCommand.colorFlag,
    search: Flags.boolean({ char: 's', description: 'look for the words in everything that is known' }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Explain);
    const { explain, readTyped, searchAll } = await import('../src/cli/explain.ts');
    const typed = await readTyped(argv as string[]);
    if (typed === '') {
      throw new ExpectedError('missing argument: CODE', EXIT.usage, ['see --help for the flags and two examples']);
    }
    const options = { json: flags.json, noColor: flags['no-color'] };
    await this.write(await (flags.search ? searchAll : explain)(typed, options));
  }
}
