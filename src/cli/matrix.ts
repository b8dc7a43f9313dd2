import { cellsOf } from '../matrix/cells.ts';
import { findCards } from '../matrix/find-card.ts';
import { listObservations, showObservation, similarIds } from '../matrix/query.ts';
import { retestWanted } from '../matrix/retest.ts';
import type { CardDetail, Matrix, MatrixFilter } from '../model/matrix.ts';
import type { Outcome } from '../model/stage.ts';
import { jsonText } from '../report/json-text.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { embeddedMatrix } from './embedded.ts';
import { today } from './matrix-verdicts.ts';
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
  if (flags.json) return jsonText(list);
  const { renderMatrixList } = await import('../report/matrix-text.ts');
  return renderMatrixList(list, terminal({ noColor: flags['no-color'], toFile: false }));
}

/** One observation by its id, or a card by id or name with everything about it. */
export async function matrixShow(wanted: string, flags: Printing): Promise<string> {
  const matrix = embeddedMatrix();
  const place = terminal({ noColor: flags['no-color'], toFile: false });
  const detail = showObservation(matrix, wanted);
  if (detail !== undefined) {
    if (flags.json) return jsonText(detail);
    const { renderObservation } = await import('../report/matrix-text.ts');
    return renderObservation(detail, place);
  }
  const card = cardDetail(matrix, wanted);
  if (flags.json) return jsonText(card);
  const { renderCard } = await import('../report/matrix-verdicts.ts');
  return renderCard(card, place);
}

/** Cards named when several could be meant. */
const SHOWN = 8;

function cardDetail(matrix: Matrix, wanted: string): CardDetail {
  const [card, ...others] = findCards(matrix, wanted);
  if (card === undefined) {
    const near = similarIds(matrix, wanted);
    throw new ExpectedError(`no observation and no card called ${wanted}`, EXIT.usage, [
      near.length > 0 ? `did you mean ${near.join(', ')}?` : 'gpudiag matrix list shows the ids',
    ]);
  }
  if (others.length > 0) {
    throw new ExpectedError(
      `${wanted}: which card? Several could be meant`,
      EXIT.usage,
      [card, ...others].slice(0, SHOWN).map(({ pciId, name }) => `${pciId}   ${name}`),
    );
  }
  const day = today();
  const filter = { gpu: card.pciId };
  return {
    card,
    cells: cellsOf(matrix, filter, day),
    wishes: retestWanted(matrix, filter, day),
    list: listObservations(matrix, filter),
  };
}
