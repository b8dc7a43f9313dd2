import Papa from 'papaparse';
import * as v from 'valibot';
import { type Observation, ObservationSchema } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { COLUMNS, type Column, KEY_ORDER } from './export-columns.ts';
import { pathOf, plainCell } from './export.ts';
import { type Entry, lintEntries } from './lint.ts';
import { mendEntry } from './lint-fix.ts';
import { describeIssue } from './load.ts';
import { observationPath } from './path.ts';

/** What became of the columns of a table. */
export interface ColumnReport {
  /** header as written, and the column it was taken for */
  recognised: { header: string; column: string }[];
  ignored: string[];
  /** columns without which no row can be an entry */
  missing: string[];
}

/** Something wrong in a row. */
export interface RowProblem {
  /** line of the file in which the row begins, from 1 */
  line: number;
  /** header as written; empty for the row as a whole */
  column: string;
  message: string;
  fix?: string;
}

export interface Import {
  columns: ColumnReport;
  /** in the order of the rows; only rows without a problem */
  entries: Entry[];
  problems: RowProblem[];
  rows: number;
}

const DELIMITERS = [',', ';', '\t', '|'];
const SCHEMA = '../../../schemas/observation.schema.json';

/** Cells of columns that a table may leave out, because they are nearly always the same or follow from others. */
const DEFAULTS: Record<string, unknown> = {
  subject: 'gpu',
  'host.os': 'FreeBSD',
  'bhyve.patch': 'unknown',
  'bhyve.signature': 'unknown',
  symptoms: [],
};

interface Row {
  line: number;
  cells: string[];
}

/**
 * A table of observations, one a row, as `toCsv` writes it or as a spreadsheet saves it: comma, semicolon, tab or bar
 * between cells, quoted line breaks, columns in any order and under short names (`release` for `host.release`).
 * @param known entries that are there already: their ids are taken, and rows may refer to them
 */
export function importCsv(text: string, known: readonly Observation[], tables: Tables): Import {
  const { records, problems } = readRecords(text);
  const [header, ...rows] = records;
  if (header === undefined) {
    const columns = { recognised: [], ignored: [], missing: required() };
    return { columns, entries: [], problems: [{ line: 1, column: '', message: 'holds no table' }], rows: 0 };
  }
  const { report, places } = readHeader(header.cells);
  const taken = places.map((place) => place?.column.name);
  taken.forEach((name, i) => {
    if (name !== undefined && taken.indexOf(name) !== i) {
      const column = header.cells[i]!;
      problems.push({ line: header.line, column, message: `is the column ${name}, which stands there already` });
    }
  });
  if (report.missing.length > 0) return { columns: report, entries: [], problems, rows: rows.length };

  const headerOf = new Map(places.flatMap((place) => (place ? [[place.column.name, place.header] as const] : [])));
  const read = rows.flatMap((row): { line: number; observation: Observation }[] => {
    if (row.cells.length > header.cells.length) {
      const message = `has ${row.cells.length} cells, the header has ${header.cells.length}`;
      problems.push({ line: row.line, column: '', message, fix: 'put quotes around cells that hold a separator' });
      return [];
    }
    const { observation, problems: wrong } = readRow(row, places, tables, headerOf);
    problems.push(...wrong);
    return observation === undefined ? [] : [{ line: row.line, observation }];
  });
  const { entries, problems: wrong } = lintRows(read, known, tables, headerOf);
  problems.push(...wrong);
  return { columns: report, entries, problems: problems.sort((a, b) => a.line - b.line), rows: rows.length };
}

/** Rows with the line in which each begins; rows of blanks are left out. */
function readRecords(text: string): { records: Row[]; problems: RowProblem[] } {
  const body = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const delimiter = bestDelimiter(body);
  const records: Row[] = [];
  const problems: RowProblem[] = [];
  let line = 1;
  let done = 0;
  Papa.parse<string[]>(body, {
    delimiter,
    newline: '\n',
    step: ({ data, errors, meta }) => {
      for (const { message } of errors) {
        problems.push({ line, column: '', message: `cannot be read: ${message.toLowerCase()}`, fix: QUOTES });
      }
      if (data.some((cell) => cell.trim() !== '')) records.push({ line, cells: data });
      for (; done < meta.cursor; done += 1) if (body.charCodeAt(done) === 10) line += 1;
    },
  });
  return { records, problems };
}

const QUOTES = 'a quotation mark inside a quoted cell is written twice';

/** The separator with which the header names most columns. */
function bestDelimiter(text: string): string {
  const scores = DELIMITERS.map((delimiter) => {
    const [header = []] = Papa.parse<string[]>(text, { delimiter, newline: '\n', preview: 1 }).data;
    return { delimiter, score: header.filter((name) => columnNamed(name) !== undefined).length };
  });
  return scores.reduce((best, next) => (next.score > best.score ? next : best)).delimiter;
}

interface Place {
  header: string;
  column: Column;
}

function readHeader(cells: readonly string[]): { report: ColumnReport; places: (Place | undefined)[] } {
  const places = cells.map((cell): Place | undefined => {
    const column = columnNamed(cell);
    return column && { header: cell.trim(), column };
  });
  const names = new Set(places.map((place) => place?.column.name));
  const report: ColumnReport = {
    recognised: places.flatMap((place) => (place ? [{ header: place.header, column: place.column.name }] : [])),
    ignored: cells.filter((cell, i) => places[i] === undefined && cell.trim() !== ''),
    missing: required().filter((name) => !names.has(name)),
  };
  return { report, places };
}

const required = (): string[] =>
  COLUMNS.filter(({ name, empty }) => empty === false && !(name in DEFAULTS)).map(({ name }) => name);

const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const lastPart = ({ name }: Column): string => folded(name.split('.').at(-1)!);

/** Column by its name in any case and spelling of the separators, or by the last part of its name when no other ends so. */
const BY_NAME: ReadonlyMap<string, Column> = new Map([
  ...COLUMNS.filter((column) => COLUMNS.filter((other) => lastPart(other) === lastPart(column)).length === 1).map(
    (column) => [lastPart(column), column] as const,
  ),
  ...COLUMNS.map((column) => [folded(column.name), column] as const),
]);

const columnNamed = (header: string): Column | undefined => BY_NAME.get(folded(plainCell(header.trim())));

function readRow(
  { line, cells }: Row,
  places: readonly (Place | undefined)[],
  tables: Tables,
  headerOf: ReadonlyMap<string, string>,
): { observation?: Observation; problems: RowProblem[] } {
  const problems: RowProblem[] = [];
  const values = new Map<string, unknown>(Object.entries(DEFAULTS));
  places.forEach((place, i) => {
    const cell = plainCell((cells[i] ?? '').trim());
    if (place === undefined || cell === '') return;
    const read = readCell(cell, place.column);
    if ('value' in read) values.set(place.column.name, read.value);
    else
      problems.push({ line, column: place.header, message: `${JSON.stringify(cell)} ${read.problem}`, fix: read.fix });
  });
  if (problems.length > 0) return { problems };
  const value = assemble(values);
  const mended = mendEntry('', value, tables)?.value ?? value;
  const result = v.safeParse(ObservationSchema, mended);
  if (result.success) return { observation: result.output, problems };
  for (const issue of result.issues) {
    const { field, message, fix } = describeIssue(issue);
    const column = headerOf.get(field.replace(/^device\b/, 'gpu')) ?? field;
    const isEmpty = issue.received === 'undefined' || issue.received === 'null';
    problems.push(
      isEmpty
        ? { line, column, message: 'is empty, and must not be' }
        : { line, column, message: message.replace(/^Invalid [a-z]+: /, ''), ...(fix !== undefined && { fix }) },
    );
  }
  return { problems };
}

type Read = { value: unknown } | { problem: string; fix: string };

const YES_NO: Record<string, boolean> = { yes: true, true: true, no: false, false: false };

function readCell(cell: string, { kind, words }: Column): Read {
  if (kind === 'yes-no') {
    const value = Object.hasOwn(YES_NO, cell.toLowerCase()) ? YES_NO[cell.toLowerCase()] : undefined;
    return value === undefined ? { problem: 'is neither yes nor no', fix: 'write yes, no or nothing' } : { value };
  }
  if (kind === 'number') {
    return /^\d{1,15}$/.test(cell)
      ? { value: Number(cell) }
      : { problem: 'is no whole number', fix: 'write digits alone; sizes are in bytes' };
  }
  if (kind === 'words') return { value: cell.split(/[\s,;]+/).filter((word) => word !== '') };
  if (kind === 'json') {
    try {
      return { value: JSON.parse(cell) as unknown };
    } catch {
      return { problem: 'is not JSON', fix: 'write it as gpudiag matrix export does' };
    }
  }
  if (words !== undefined && !words.includes(cell)) {
    const meant = words.find((word) => word === cell.toLowerCase());
    return meant === undefined
      ? { problem: 'is not one of the known words', fix: `write ${words.join(', ')}` }
      : { value: meant };
  }
  return { value: cell };
}

/** The object that an entry file would hold. Parts of it that are all empty are left out, or null for a device. */
function assemble(values: ReadonlyMap<string, unknown>): Fields {
  const subject = values.get('subject') === 'platform' ? 'platform' : 'gpu';
  const entry: Fields = { $schema: SCHEMA };
  const hasCard = COLUMNS.some(({ name }) => name.startsWith('gpu.') && values.has(name));
  for (const column of COLUMNS) {
    const { name, empty } = column;
    const isCard = name.startsWith('gpu.');
    if (subject === 'platform' && isCard && (!hasCard || !DEVICE.has(name))) continue;
    const value = values.get(name) ?? (empty === 'null' ? null : undefined);
    if (value === undefined) continue;
    const path = pathOf(name, subject);
    const last = path.pop()!;
    let holder = entry;
    for (const key of path) holder = (holder[key] ??= {}) as Fields;
    holder[last] = value;
  }
  if (subject === 'platform' && !hasCard) entry.device = null;
  return entry;
}

type Fields = { [key: string]: unknown };

/** What is said of a card in a platform report. */
const DEVICE = new Set(KEY_ORDER.get('device')!.map((key) => `gpu.${key}`));

/** What entries must agree on with the tables, with each other and with those that are there. */
function lintRows(
  rows: readonly { line: number; observation: Observation }[],
  known: readonly Observation[],
  tables: Tables,
  headerOf: ReadonlyMap<string, string>,
): { entries: Entry[]; problems: RowProblem[] } {
  const there = known.map((observation) => ({ file: observationPath(observation), observation }));
  // A row has no file yet; its line tells rows apart, also those with the same id.
  const lineOf = new Map<string, number>();
  const problems: RowProblem[] = [];
  const seen = new Map<string, string>(there.map(({ observation: { id } }) => [id, 'an entry of the matrix']));
  const entries: Entry[] = [];
  for (const { line, observation } of rows) {
    const before = seen.get(observation.id);
    if (before !== undefined) {
      const column = headerOf.get('id') ?? 'id';
      problems.push({
        line,
        column,
        message: `${observation.id} is already used by ${before}`,
        fix: 'choose another id',
      });
      continue;
    }
    seen.set(observation.id, `line ${line}`);
    const file = observationPath(observation);
    lineOf.set(file, line);
    entries.push({ file, observation });
  }
  const bad = new Set<string>();
  for (const problem of lintEntries([...there, ...entries], tables)) {
    const line = lineOf.get(problem.file);
    if (line === undefined) continue;
    bad.add(problem.file);
    const field = problem.field.replace(/\.\d+$/, '').replace(/^device\b/, 'gpu');
    const { message, fix } = problem;
    problems.push({ line, column: headerOf.get(field) ?? field, message, ...(fix !== undefined && { fix }) });
  }
  return { entries: entries.filter(({ file }) => !bad.has(file)), problems };
}
