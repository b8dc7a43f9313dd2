import type { SecretClass } from '../classes.ts';
import type { BlockRule, RedactionRule } from './rule.ts';

/** Columns that hold secrets, by their heading in lower case without `_`, `-` and blanks. */
const COLUMNS: ReadonlyMap<string, SecretClass> = new Map<string, SecretClass>([
  ['serial', 'serial'],
  ['serialnumber', 'serial'],
  ['gpuserial', 'serial'],
  ['platform.chassisserialnumber', 'serial'],
  ['chassisserialnumber', 'serial'],
  ['assettag', 'serial'],
  ['wwn', 'serial'],
  ['pdi', 'serial'],
  ['gpupdi', 'serial'],
  ['uuid', 'uuid'],
  ['partuuid', 'uuid'],
  ['user', 'user'],
  ['username', 'user'],
  ['owner', 'user'],
  ['hostname', 'host'],
  ['host', 'host'],
  ['pscomputername', 'host'],
  ['ssid', 'ssid'],
]);

const columnOf = (heading: string): SecretClass | undefined =>
  COLUMNS.get(heading.trim().toLowerCase().replace(/[_ -]/g, ''));

const TRIGGERS = [
  'serial',
  'serialnumber',
  'wwn',
  'pdi',
  'uuid',
  'partuuid',
  'user',
  'username',
  'owner',
  'hostname',
  'host',
  'pscomputername',
  'ssid',
];

/** Rows that are read below one heading. */
const MAX_ROWS = 5000;
const MAX_LINE = 8192;

/** The line from an offset on, without its end; undefined when it is too long to be one of a table. */
function lineAt(text: string, start: number): string | undefined {
  const reach = text.slice(start, start + MAX_LINE + 1);
  const end = reach.indexOf('\n');
  if (end !== -1) return reach.slice(0, end);
  return reach.length > MAX_LINE ? undefined : reach;
}

/**
 * Calls back for the lines from an offset on until a blank one, until one is refused.
 * @returns the offset behind the last
 */
function forEachRow(text: string, from: number, onRow: (start: number, row: string) => boolean): number {
  let start = from;
  for (let n = 0; start < text.length && n < MAX_ROWS; n += 1) {
    const row = lineAt(text, start);
    if (row === undefined || row.trim() === '' || !onRow(start, row)) break;
    start += row.length + 1;
  }
  return start;
}

interface Cell {
  /** offset in the row */
  at: number;
  text: string;
}

/** Cells between commas that are outside quotes, without the blanks and quotes around them. */
function cellsOf(row: string): Cell[] {
  const cells: Cell[] = [];
  const cell = /[ \t]*(?:"([^"]*)"|([^,"]*))[^,]*(?:,|$)/y;
  while (cell.lastIndex < row.length && cells.length < 500) {
    const from = cell.lastIndex;
    const match = cell.exec(row);
    if (match === null) break;
    const text = (match[1] ?? match[2] ?? '').trim();
    cells.push({ at: text === '' ? from : row.indexOf(text, from), text });
  }
  return cells;
}

const isHeadingCell = ({ text }: Cell): boolean => /^[\w.% ()[\]/-]{1,60}$/.test(text);

/** `index, name, serial` of `nvidia-smi --format=csv` and its like, with rows of as many cells below. */
const csvColumns: BlockRule = {
  id: 'csv-column',
  on: TRIGGERS,
  notWords: true,
  find(text, _, line, emit) {
    const heading = lineAt(text, line);
    if (heading === undefined) return line + MAX_LINE;
    const below = line + heading.length + 1;
    if (!heading.includes(',')) return below;
    const headings = cellsOf(heading);
    if (headings.length < 2 || !headings.every(isHeadingCell)) return below;
    const secrets = headings.map((cell) => columnOf(cell.text));
    if (secrets.every((secret) => secret === undefined)) return below;
    return forEachRow(text, below, (start, row) => {
      const cells = cellsOf(row);
      if (cells.length !== headings.length) return false;
      cells.forEach(({ at, text: value }, index) => {
        const secret = secrets[index];
        if (secret !== undefined && value !== '') emit(start + at, start + at + value.length, secret);
      });
      return true;
    });
  },
};

/** Headings in capitals (`USER PID %CPU ...`, lsblk, top) or camel case (PowerShell) above columns of one word each. */
const HEADING_LINE = /^[ \t>|]{0,12}(?:[A-Z%][\w%:./()@-]{0,24}[ \t]{1,40}){1,24}[A-Z%][\w%:./()@-]{0,24}[ \t]{0,80}$/;
const SEVERAL_HEADINGS = /\b[A-Z]{2,}\b.*\b[A-Z]{2,}\b|SerialNumber/;
const MAX_HEADING = 400;
const LONE_HEADING = /^[ \t]{0,12}SerialNumber[ \t]{0,40}$/i;

export const TABLE_COLUMN = 'table-column';

const wordColumns: BlockRule = {
  id: TABLE_COLUMN,
  on: TRIGGERS,
  notWords: true,
  find(text, _, line, emit) {
    const heading = lineAt(text, line);
    if (heading === undefined) return line + MAX_LINE;
    const below = line + heading.length + 1;
    if (heading.length > MAX_HEADING) return below;
    const isLone = LONE_HEADING.test(heading);
    if (!isLone && !(HEADING_LINE.test(heading) && SEVERAL_HEADINGS.test(heading))) return below;
    const columns = [...heading.matchAll(/[\w.%-]+/g)].flatMap(({ 0: name, index: at }) => {
      const secret = columnOf(name);
      return secret === undefined ? [] : [{ at, secret, isFirst: heading.slice(0, at).trim() === '' }];
    });
    if (columns.length === 0) return below;
    return forEachRow(text, below, (start, row) => {
      if (/^[ \t-]+$/.test(row)) return true;
      for (const { at, secret, isFirst } of columns) {
        // A value begins at or before the column of its heading; those of the first column may be shorter than the heading.
        const value = isFirst ? /\S{1,80}/.exec(row) : wordAt(row, at);
        if (value === null || (secret === 'user' && !/^[A-Za-z_]/.test(value[0]))) continue;
        emit(start + value.index, start + value.index + value[0].length, secret);
      }
      return !isLone;
    });
  },
};

function wordAt(row: string, at: number): RegExpExecArray | null {
  if (at >= row.length || row[at] === ' ') return null;
  let start = at;
  while (start > 0 && /\S/.test(row[start - 1]!)) start -= 1;
  const word = /\S{1,80}/g;
  word.lastIndex = start;
  return word.exec(row);
}

/** Tables: the heading says what the cells below are. */
export const TABLE_RULES: readonly RedactionRule[] = [csvColumns, wordColumns];
