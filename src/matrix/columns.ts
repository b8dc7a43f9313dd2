import type { Column, Matrix, MatrixColumns, MatrixField, RowRole, Traits } from '../model/matrix.ts';
import { type GpuObservation, GRADES, type Observation } from '../model/observation.ts';
import { isFreeBsd, isGpu, standing } from './compare.ts';
import { FIELDS } from './fields.ts';

/** The columns of a matrix: those it came with, else worked out now. */
export const columnsOf = (matrix: Matrix): MatrixColumns => matrix.columns ?? buildColumns(matrix.observations);

/** Entries in the order of rows: best proven first, then latest, then by id. */
export const inRowOrder = (observations: readonly Observation[]): Observation[] =>
  [...observations].sort(
    (a, b) =>
      GRADES.indexOf(b.grade) - GRADES.indexOf(a.grade) ||
      compareText(b.source.date ?? '', a.source.date ?? '') ||
      compareText(a.id, b.id),
  );

/** By code units: the same everywhere, whatever the locale. */
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function buildColumns(observations: readonly Observation[]): MatrixColumns {
  const rows = inRowOrder(observations);
  const current = new Set(standing(observations).map(({ id }) => id));
  return {
    length: rows.length,
    role: columnOf(rows.map((row) => roleOf(row, current))),
    outcome: columnOf(rows.map(({ outcome }) => outcome)),
    grade: columnOf(rows.map(({ grade }) => grade)),
    cpuVendor: columnOf(rows.map(({ host }) => host.cpuVendor)),
    traits: traitColumns(rows),
    observation: (row) => rows[row]!,
  };
}

function roleOf(observation: Observation, current: ReadonlySet<string>): RowRole {
  if (!current.has(observation.id)) return 'none';
  if (isGpu(observation)) return isFreeBsd(observation) ? 'gpu' : 'elsewhere';
  return isFreeBsd(observation) ? 'platform' : 'none';
}

/** What a report about a host has for a card, so that its release and guest can be read like any other's. */
const NO_CARD: GpuObservation['gpu'] = { pciId: null, vendorId: null, name: '', architecture: null };

function traitColumns(rows: readonly Observation[]): MatrixColumns['traits'] {
  const full = rows.map((row): GpuObservation => (isGpu(row) ? row : { ...row, subject: 'gpu', gpu: NO_CARD }));
  return Object.fromEntries(
    FIELDS.map((entry) => [entry.field, columnOf(full.map((row) => entry.trait(row)))]),
  ) as unknown as MatrixColumns['traits'];
}

/** Every different value once, as JSON tells them apart. */
function columnOf<Value>(cells: readonly Value[]): Column<Value> {
  const codeOf = new Map<string, number>();
  const values: Value[] = [];
  const codes = Uint32Array.from(cells, (cell) => {
    const key = JSON.stringify(cell);
    let code = codeOf.get(key);
    if (code === undefined) {
      code = values.push(cell) - 1;
      codeOf.set(key, code);
    }
    return code;
  });
  return { values, codes };
}

export const cell = <Value>({ values, codes }: Column<Value>, row: number): Value => values[codes[row]!]!;

/** Whether the value of a row passes a test, which is put to each different value once. */
export function where<Value>(
  { values, codes }: Column<Value>,
  test: (value: Value) => boolean,
): (row: number) => boolean {
  const passes = values.map(test);
  return (row) => passes[codes[row]!]!;
}

export const traitsAt = ({ traits }: MatrixColumns, row: number): Traits =>
  Object.fromEntries(
    FIELDS.map(({ field }) => [field, cell<Traits[MatrixField]>(traits[field], row)]),
  ) as unknown as Traits;
