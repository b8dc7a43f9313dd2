import { listObservations, showObservation, similarIds } from '../matrix/query.ts';
import type { MatrixFilter } from '../model/matrix.ts';
import type { Outcome } from '../model/stage.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { embeddedMatrix } from './embedded.ts';
import { terminal } from './terminal.ts';

interface Printing {
  json: boolean;
  'no-color': boolean;
}

interface ListFlags extends Printing {
  gpu?: string | undefined;
  architecture?: string | undefined;
  outcome?: Outcome[] | undefined;
  release?: string | undefined;
  guest?: string | undefined;
  all: boolean;
}

export async function matrixList(flags: ListFlags): Promise<string> {
  const { gpu, architecture, outcome, release, guest, all } = flags;
  const filter: MatrixFilter = {
    all,
    ...(gpu !== undefined && { gpu }),
    ...(architecture !== undefined && { architecture }),
    ...(outcome !== undefined && { outcomes: outcome }),
    ...(release !== undefined && { release }),
    ...(guest !== undefined && { guest }),
  };
  const list = listObservations(embeddedMatrix(), filter);
  if (flags.json) return JSON.stringify(list, null, 2);
  const { renderMatrixList } = await import('../report/matrix-text.ts');
  return renderMatrixList(list, terminal({ noColor: flags['no-color'], toFile: false }));
}

export async function matrixShow(id: string, flags: Printing): Promise<string> {
  const matrix = embeddedMatrix();
  const detail = showObservation(matrix, id);
  if (detail === undefined) {
    const near = similarIds(matrix, id);
    throw new ExpectedError(`no observation called ${id}`, EXIT.usage, [
      near.length > 0 ? `did you mean ${near.join(', ')}?` : 'gpudiag matrix list shows the ids',
    ]);
  }
  if (flags.json) return JSON.stringify(detail, null, 2);
  const { renderObservation } = await import('../report/matrix-text.ts');
  return renderObservation(detail, terminal({ noColor: flags['no-color'], toFile: false }));
}
