import { Flags } from '../../src/cli/oclif.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { OUTCOMES } from '../../src/model/stage.ts';

export default class MatrixList extends BaseCommand {
  static override summary = 'which GPU, release, patch and guest gave which outcome';
  static override description =
    'Lists the observations of the compatibility matrix, filtered and newest first within a GPU.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --gpu P4',
    '<%= config.bin %> <%= command.id %> --outcome works --guest linux --json',
  ];

  static override flags = {
    ...BaseCommand.colorFlag,
    gpu: Flags.string({ description: 'part of a name, a chip, an id (10de:1bb3) or a vendor id (10de)' }),
    architecture: Flags.string({ description: 'Pascal, Turing ...' }),
    outcome: Flags.option({ options: OUTCOMES, multiple: true })({ description: 'only these outcomes' }),
    release: Flags.string({ description: 'FreeBSD release: 15, 15.0 or a whole name' }),
    guest: Flags.string({ description: 'linux, windows, freebsd or part of a name' }),
    all: Flags.boolean({ description: 'also platform reports and superseded ones' }),
    json: Flags.boolean({ description: 'as JSON' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MatrixList);
    const { matrixList } = await import('../../src/cli/matrix.ts');
    await this.write(await matrixList(flags));
  }
}
