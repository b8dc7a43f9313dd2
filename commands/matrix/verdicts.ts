import { Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { CELL_SCOPES, CELL_VERDICTS } from '../../src/model/matrix.ts';

export default class MatrixVerdicts extends BaseCommand {
  static override summary = 'what all reports together say, by card, release, patch and guest';
  static override description =
    'Computes a verdict for every combination that was reported: it works, works with faults, fails, or reports disagree. ' +
    'How well that is proven goes from second-hand over reported and evidenced to confirmed, which takes two hosts of ' +
    'different people. Where reports disagree, the fields are named in which they differ.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --gpu P4',
    '<%= config.bin %> <%= command.id %> --verdict works --verdict conflict --by family',
  ];

  static override flags = {
    ...BaseCommand.colorFlag,
    gpu: Flags.string({ description: 'part of a name, a chip, an id (10de:1bb3) or a vendor id (10de)' }),
    architecture: Flags.string({ description: 'Pascal, Turing ...' }),
    release: Flags.string({ description: 'FreeBSD release: 15, 15.0 or a whole name' }),
    guest: Flags.string({ description: 'linux, windows, freebsd or part of a name' }),
    verdict: Flags.option({ options: CELL_VERDICTS, multiple: true })({ description: 'only these verdicts' }),
    by: Flags.option({ options: CELL_SCOPES, default: 'card' as const })({
      description: 'one line per card, or per family of cards',
    }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MatrixVerdicts);
    const { matrixVerdicts } = await import('../../src/cli/matrix-verdicts.ts');
    await this.write(await matrixVerdicts(flags));
  }
}
