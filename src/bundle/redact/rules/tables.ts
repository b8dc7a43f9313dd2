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

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
};

/** Lines after the one that ends at `end`, until a blank one. */
function* rowsBelow(text: string, end: number): Generator<{ start: number; row: string }> {
  for (let start = end + 1, n = 0; start < text.length && n < MAX_ROWS; n += 1) {
    const stop = endOfLine(text, start);
    if (stop - start > MAX_LINE) return;
    const row = text.slice(start, stop);
    if (row.trim() === '') return;
    yield { start, row };
    start = stop + 1;
  }
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
  find(text, word, line, emit) {
    const end = endOfLine(text, word);
    if (end - line > MAX_LINE || !text.slice(line, end).includes(',')) return;
    const headings = cellsOf(text.slice(line, end));
    if (headings.length < 2 || !headings.every(isHeadingCell)) return;
    // One trigger per heading line is enough.
    const columns = headings.flatMap(({ text: heading }, index) => {
      const secret = columnOf(heading);
      return secret === undefined ? [] : [{ index, secret }];
    });
    const firstTrigger = columns[0];
    if (firstTrigger === undefined) return;
    const first = headings[firstTrigger.index]!;
    if (word < line + first.at || word >= line + first.at + first.text.length || /\w/.test(text[word - 1] ?? ''))
      return;
    for (const { start, row } of rowsBelow(text, end)) {
      const cells = cellsOf(row);
      if (cells.length !== headings.length) return;
      for (const { index, secret } of columns) {
        const { at, text: value } = cells[index]!;
        if (value !== '') emit(start + at, start + at + value.length, secret);
      }
    }
  },
};

/** Headings in capitals (`USER PID %CPU ...`, lsblk, top) or camel case (PowerShell) above columns of one word each. */
const HEADING_LINE = /^[ \t>|]{0,12}(?:[A-Z%][\w%:./()@-]{0,24}[ \t]{1,40}){1,24}[A-Z%][\w%:./()@-]{0,24}[ \t]{0,80}$/;
const LONE_HEADING = /^[ \t]{0,12}SerialNumber[ \t]{0,40}$/i;

const wordColumns: BlockRule = {
  id: 'table-column',
  on: TRIGGERS,
  notWords: true,
  find(text, word, line, emit) {
    const end = endOfLine(text, word);
    if (end - line > 400) return;
    const heading = text.slice(line, end);
    const lone = LONE_HEADING.test(heading);
    if (!lone && !(HEADING_LINE.test(heading) && /\b[A-Z]{2,}\b.*\b[A-Z]{2,}\b|SerialNumber/.test(heading))) return;
    const name = /^\w+/.exec(text.slice(word, word + 40))![0];
    const secret = columnOf(name);
    if (secret === undefined) return;
    const at = word - line;
    const isFirst = heading.slice(0, at).trim() === '';
    for (const { start, row } of rowsBelow(text, end)) {
      if (/^[ \t-]+$/.test(row)) continue;
      // A value begins at or before the column of its heading; those of the first column may be shorter than the heading.
      const value = isFirst ? /\S{1,80}/.exec(row) : wordAt(row, at);
      if (value === null) continue;
      if (secret === 'user' && !/^[A-Za-z_]/.test(value[0])) continue;
      emit(start + value.index, start + value.index + value[0].length, secret);
      if (lone) return;
    }
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
