import Papa from 'papaparse';
import type { Observation } from '../model/observation.ts';
import { COLUMNS, type Column } from './export-columns.ts';

/**
 * What makes a spreadsheet take a cell for a formula, or swallow it: = + - @, tab, carriage return and line feed, also
 * behind apostrophes that are the text's own, and the wide forms of East Asian input.
 */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** An apostrophe in front makes a cell plain text. `plainCell` takes it away again. */
export const harmless = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);

/** A cell as it was before `harmless`. */
export const plainCell = (cell: string): string => (cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell);

/** Observations as CSV (RFC 4180): a header and a row each; lists are separated by blanks, what is not known is empty. */
export const toCsv = (observations: readonly Observation[]): string =>
  `${Papa.unparse(
    { fields: COLUMNS.map(({ name }) => name), data: rowsOf(observations).map((row) => row.map(harmless)) },
    { newline: '\r\n' },
  )}\r\n`;

/** The same cells as they are, in the order of COLUMNS. */
export const rowsOf = (observations: readonly Observation[]): string[][] =>
  observations.map((observation) => COLUMNS.map((column) => cellOf(observation, column)));

function cellOf(observation: Observation, { name, kind }: Column): string {
  let value: unknown = observation;
  for (const key of pathOf(name, observation.subject)) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  if (value === undefined || value === null) return '';
  if (kind === 'yes-no') return value === true ? 'yes' : 'no';
  if (kind === 'words') return (value as string[]).join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Where a column lies in an observation: the card of a platform report is its `device`. */
export const pathOf = (name: string, subject: Observation['subject']): string[] => {
  const path = name.split('.');
  return subject === 'platform' && path[0] === 'gpu' ? ['device', ...path.slice(1)] : path;
};
