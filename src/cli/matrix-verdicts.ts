import { cellsOf } from '../matrix/cells.ts';
import { retestWanted } from '../matrix/retest.ts';
import type { CellFilter, CellScope, CellVerdict } from '../model/matrix.ts';
import { jsonText } from '../report/json-text.ts';
import { embeddedMatrix } from './embedded.ts';
import { terminal } from './terminal.ts';

export interface CellFlags {
  gpu?: string | undefined;
  architecture?: string | undefined;
  release?: string | undefined;
  guest?: string | undefined;
  json: boolean;
  'no-color': boolean;
}

/** The day, for the age of releases. */
export const today = (): string => new Date().toISOString().slice(0, 10);

const filterOf = ({ gpu, architecture, release, guest }: CellFlags): CellFilter => ({
  ...(gpu !== undefined && { gpu }),
  ...(architecture !== undefined && { architecture }),
  ...(release !== undefined && { release }),
  ...(guest !== undefined && { guest }),
});

export async function matrixVerdicts(
  flags: CellFlags & { verdict?: CellVerdict[] | undefined; by: CellScope },
): Promise<string> {
  const filter: CellFilter = {
    ...filterOf(flags),
    scope: flags.by,
    ...(flags.verdict !== undefined && { verdicts: flags.verdict }),
  };
  const cells = cellsOf(embeddedMatrix(), filter, today());
  if (flags.json) return jsonText({ cells });
  const { renderVerdicts } = await import('../report/matrix-verdicts.ts');
  return renderVerdicts(cells, terminal({ noColor: flags['no-color'], toFile: false }));
}

export async function matrixRetest(flags: CellFlags & { limit: number }): Promise<string> {
  const wishes = retestWanted(embeddedMatrix(), filterOf(flags), today());
  const shown = wishes.slice(0, flags.limit);
  if (flags.json) return jsonText({ total: wishes.length, wishes: shown });
  const { renderRetest } = await import('../report/matrix-verdicts.ts');
  return renderRetest(shown, wishes.length, terminal({ noColor: flags['no-color'], toFile: false }));
}
