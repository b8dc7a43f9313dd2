import type { Column, Matrix, MatrixColumns } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import type {
  BranchRow,
  FindingCodeRow,
  GpuRow,
  ObservedBarsRow,
  PatchRow,
  ReleaseRow,
  RmInitRow,
  Tables,
  XidRow,
} from '../model/tables.ts';
import { buildColumns } from './columns.ts';

const VERSION = 2;

/** First line of a snapshot: what the rest is, in few bytes. */
interface Label {
  schemaVersion: typeof VERSION;
  /** bytes of the second line, without its line feed */
  header: number;
}
/** The first line, with its line feed, is never longer. */
const LABEL_BYTES = 80;

/** Second line. */
interface Header {
  tables: {
    gpus: GpuRow[];
    xids: XidRow[];
    rmInit: readonly RmInitRow[];
    patches: readonly PatchRow[];
    releases: readonly ReleaseRow[];
    branches: readonly BranchRow[];
    observedBars: ObservedBarsRow[];
    findingCodes: FindingCodeRow[];
  };
  columns: Plain<Omit<MatrixColumns, 'observation' | 'length'>>;
  /** bytes of the line of each row, without its line feed */
  lengths: number[];
}

/** Columns as JSON holds them. */
type Plain<T> =
  T extends Column<infer Value> ? { values: readonly Value[]; codes: number[] } : { [Key in keyof T]: Plain<T[Key]> };

/**
 * The matrix as text, UTF-8: a line that says so, one with the tables and the columns that matching reads, then one
 * observation a line in the order of the rows; each line is JSON. A matrix of any size opens in the time its second line
 * takes, and observations are read when they are asked for. `$schema`, which only editors need, is left out.
 */
export function toSnapshot({ observations, tables }: Matrix): string {
  const { length, observation, role, outcome, grade, cpuVendor, traits } = buildColumns(observations);
  const lineOf = ({ $schema: _, ...entry }: Observation): string => JSON.stringify(entry);
  const lines = Array.from({ length }, (_, row) => lineOf(observation(row)));
  const header: Header = {
    tables: {
      ...tables,
      gpus: [...tables.gpus.values()],
      xids: [...tables.xids.values()],
      observedBars: [...tables.observedBars.values()],
      findingCodes: [...tables.findingCodes.values()],
    },
    columns: { role, outcome, grade, cpuVendor, traits } as unknown as Header['columns'],
    lengths: lines.map((line) => Buffer.byteLength(line)),
  };
  const second = JSON.stringify(header, (_key, value: unknown) => (value instanceof Uint32Array ? [...value] : value));
  const label: Label = { schemaVersion: VERSION, header: Buffer.byteLength(second) };
  return [JSON.stringify(label), second, ...lines, ''].join('\n');
}

/** Where the bytes of a snapshot are: in memory or in a file. `read` gives the bytes from `start`, fewer at the end. */
export interface SnapshotSource {
  size: number;
  read: (start: number, length: number) => Buffer;
}

const LINE_FEED = 10;

/**
 * A snapshot that toSnapshot of the same version made, back to a matrix. It was checked when it was made; what is
 * looked at here is the version and that the text is whole. Throws an Error that says what is wrong.
 */
export function fromSnapshot(source: SnapshotSource): Matrix {
  const label = labelOf(source.read(0, LABEL_BYTES));
  const header = JSON.parse(source.read(label.bytes, label.header).toString('utf8')) as Header;
  const { starts, total } = placesOf(header.lengths, label.bytes + label.header + 1);
  if (total !== source.size) throw new Error(`matrix snapshot of ${source.size} bytes, expected ${total}`);
  const decode = (bytes: Buffer): Observation => JSON.parse(bytes.toString('utf8')) as Observation;
  const decodeAll = (): Observation[] => {
    const from = starts[0] ?? total;
    const body = source.read(from, total - from);
    return header.lengths.map((length, row) =>
      decode(body.subarray(starts[row]! - from, starts[row]! - from + length)),
    );
  };
  let decoded: Observation[] | undefined;
  return {
    get observations() {
      return (decoded ??= decodeAll());
    },
    tables: revivedTables(header.tables),
    columns: {
      ...revivedColumns(header.columns),
      length: starts.length,
      observation: (row) => decoded?.[row] ?? decode(source.read(starts[row]!, header.lengths[row]!)),
    },
  };
}

function labelOf(beginning: Buffer): { bytes: number; header: number } {
  const end = beginning.indexOf(LINE_FEED);
  if (end === -1) throw new Error('not a matrix snapshot');
  const { schemaVersion, header } = JSON.parse(beginning.toString('utf8', 0, end)) as Partial<
    Record<keyof Label, number>
  >;
  if (schemaVersion !== VERSION || header === undefined) {
    throw new Error(`matrix snapshot of version ${String(schemaVersion)}, expected ${VERSION}`);
  }
  return { bytes: end + 1, header };
}

function placesOf(lengths: readonly number[], from: number): { starts: Float64Array; total: number } {
  let total = from;
  const starts = Float64Array.from(lengths, (length) => {
    const start = total;
    total += length + 1;
    return start;
  });
  return { starts, total };
}

const revivedTables = (tables: Header['tables']): Tables => ({
  ...tables,
  gpus: new Map(tables.gpus.map((row) => [row.pciId, row])),
  xids: new Map(tables.xids.map((row) => [row.xid, row])),
  observedBars: new Map(tables.observedBars.map((row) => [row.pciId, row])),
  findingCodes: new Map(tables.findingCodes.map((row) => [row.code, row])),
});

function revivedColumns({ traits, ...columns }: Header['columns']): Omit<MatrixColumns, 'observation' | 'length'> {
  const revive = (group: object): Record<string, Column<unknown>> =>
    Object.fromEntries(
      Object.entries(group as Record<string, { values: unknown[]; codes: number[] }>).map(
        ([name, { values, codes }]) => [name, { values, codes: Uint32Array.from(codes) }],
      ),
    );
  return { ...revive(columns), traits: revive(traits) } as unknown as Omit<MatrixColumns, 'observation' | 'length'>;
}
