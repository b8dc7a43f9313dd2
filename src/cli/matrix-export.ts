import { toCsv } from '../matrix/export.ts';
import { listObservations } from '../matrix/query.ts';
import type { Matrix } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { inline } from '../report/markdown-escape.ts';
import { OUTCOME_WORDS, plural } from '../report/words.ts';
import { embeddedMatrix } from './embedded.ts';
import { openFolder } from './matrix-lint.ts';
import { entriesOf } from '../matrix/load.ts';
import { jsonText } from '../report/json-text.ts';

export interface ExportFlags {
  format: 'csv' | 'json' | 'markdown';
  gpu?: string | undefined;
  all: boolean;
}

/** The matrix as a table: that of the program, or of a matrix-data folder. */
export function matrixExport(folder: string | undefined, { format, gpu, all }: ExportFlags): string {
  const matrix = folder === undefined ? embeddedMatrix() : matrixOf(folder);
  const { rows } = listObservations(matrix, { all, ...(gpu !== undefined && { gpu }) });
  const byId = new Map(matrix.observations.map((entry) => [entry.id, entry]));
  const observations = rows.map(({ id }) => byId.get(id)!);
  if (format === 'csv') return toCsv(observations);
  if (format === 'json') return jsonText({ schemaVersion: 1, observations });
  return markdown(observations);
}

function matrixOf(folder: string): Matrix {
  const { tables, files } = openFolder(folder);
  return { observations: entriesOf(files).map(({ observation }) => observation), tables };
}

const HEADS = ['Entry', 'Card', 'PCI id', 'Host', 'Patch', 'Guest', 'Driver', 'Outcome', 'Grade', 'Date', 'Source'];

/** What fits into a table that people read. CSV and JSON hold everything. */
function markdown(observations: readonly Observation[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => inline(cell, true)).join(' | ')} |`;
  return [
    line(HEADS),
    `|${' --- |'.repeat(HEADS.length)}`,
    ...observations.map((observation) => {
      const { id, host, bhyve, guest, outcome, grade, source } = observation;
      const card = observation.subject === 'gpu' ? observation.gpu : observation.device;
      const system = [host.os === 'FreeBSD' ? '' : host.os, host.release ?? ''].filter((part) => part !== '').join(' ');
      return line([
        id,
        card?.name ?? 'any device',
        card?.pciId ?? '',
        system,
        bhyve.patch,
        guest.os ?? '',
        guest.driver ?? '',
        OUTCOME_WORDS[outcome],
        grade,
        source.date ?? '',
        source.url ?? source.title ?? '',
      ]);
    }),
    '',
    `${plural(observations.length, 'entry', 'entries')}.`,
  ].join('\n');
}
