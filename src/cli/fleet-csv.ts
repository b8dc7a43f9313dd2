import Papa from 'papaparse';
import type { Case } from '../fleet/store.ts';
import { harmless } from '../matrix/export.ts';
import { clean } from '../model/text.ts';
import type { FleetStep, FleetSummary } from '../model/fleet.ts';
import type { FleetTable } from './fleet-tables.ts';

type Cell = string | number | boolean | undefined | null;
interface Table {
  fields: readonly string[];
  rows: Iterable<readonly Cell[]>;
}

/** A table as CSV (RFC 4180), line by line. Cells that a spreadsheet would take for a formula are made harmless. */
export function* fleetCsv(table: FleetTable, summary: FleetSummary, cases: Iterable<Case>): Generator<string> {
  const { fields, rows } = table === 'cases' ? caseTable(cases) : TABLES[table](summary);
  yield line(fields);
  for (const row of rows) yield line(row);
}

const line = (cells: readonly Cell[]): string =>
  `${Papa.unparse([cells.map((cell) => (typeof cell === 'string' ? harmless(clean(cell)) : (cell ?? '')))], { newline: '\r\n' })}\r\n`;

const words = (list: readonly string[]): string => list.join(' ');
const values = (list: readonly { value: string; count: number }[]): string =>
  list.map(({ value, count }) => `${value} (${count})`).join(' / ');

const TABLES: Record<Exclude<FleetTable, 'cases'>, (summary: FleetSummary) => Table> = {
  gpus: ({ gpus }) => ({
    fields: ['gpu', 'pciId', 'what', 'name', 'count'],
    rows: gpus.flatMap(({ gpu, pciId, cases, machines, outcomes, causes }) => [
      [gpu, pciId, 'results', '', cases],
      [gpu, pciId, 'machines', '', machines],
      ...outcomes.map(({ outcome, count }) => [gpu, pciId, 'outcome', outcome, count]),
      ...causes.map(({ code, count }) => [gpu, pciId, 'cause', code, count]),
    ]),
  }),
  causes: ({ causes }) => ({
    fields: ['code', 'title', 'count', 'confirmed', 'machines', 'gpus'],
    rows: causes.map(({ code, title, count, confirmed, machines, gpus }) => [
      code,
      title,
      count,
      confirmed,
      machines,
      gpus.join(', '),
    ]),
  }),
  differences: ({ differences }) => ({
    fields: ['gpu', 'pciId', 'field', 'separates', 'working', 'failing'],
    rows: differences.flatMap(({ gpu, pciId, fields }) =>
      fields.map(({ field, separates, working, failing }) => [
        gpu,
        pciId,
        field,
        separates ? 'yes' : 'no',
        values(working),
        values(failing),
      ]),
    ),
  }),
  outliers: ({ outliers }) => ({
    fields: ['machine', 'input', 'gpu', 'pciId', 'outcome', 'failedAt', 'causes', 'usual', 'differsIn'],
    rows: outliers.map(({ machine, input, gpu, pciId, outcome, failedAt, causes, usual, differsIn }) => [
      machine,
      input,
      gpu,
      pciId,
      outcome,
      failedAt,
      words(causes.map(({ code }) => code)),
      usual.outcome,
      differsIn.map(({ field, value, usual: others }) => `${field}: ${value ?? ''} (others: ${others})`).join('; '),
    ]),
  }),
  changes: ({ changes }) => ({
    fields: ['direction', 'machine', 'gpu', 'pciId', 'from', 'before', 'to', 'after', 'causes', 'changed'],
    rows: [
      ...changes.worse.map((step) => stepRow('worse', step)),
      ...changes.better.map((step) => stepRow('better', step)),
    ],
  }),
  errors: ({ errors }) => ({
    fields: ['message', 'exit', 'count', 'example'],
    rows: errors.map(({ message, exit, count, example }) => [message, exit, count, example]),
  }),
};

const stepRow = (direction: string, { machine, gpu, pciId, before, after, changed }: FleetStep): Cell[] => [
  direction,
  machine,
  gpu,
  pciId,
  before.date,
  before.outcome,
  after.date,
  after.outcome,
  words(after.causes),
  changed.map(({ field, from, to }) => `${field}: ${from ?? ''} -> ${to ?? ''}`).join('; '),
];

function caseTable(cases: Iterable<Case>): Table {
  const list = [...cases];
  const fields = [...new Set(list.flatMap(({ configuration }) => Object.keys(configuration)))].sort();
  return {
    fields: [
      'input',
      'machine',
      'date',
      'gpu',
      'pciId',
      'slot',
      'outcome',
      'failedAt',
      'cause',
      'confidence',
      'causes',
      ...fields,
    ],
    rows: rowsOf(list, fields),
  };
}

function* rowsOf(cases: readonly Case[], fields: readonly string[]): Generator<readonly Cell[]> {
  for (const { input, machine, date, card, configuration } of cases) {
    const { gpu, pciId, slot, outcome, failedAt, causes } = card;
    yield [
      ...[input, machine, date, gpu, pciId, slot, outcome, failedAt],
      ...[causes[0]?.code, causes[0]?.confidence, words(causes.map(({ code }) => code))],
      ...fields.map((field) => configuration[field]),
    ];
  }
}
