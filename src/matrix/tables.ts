import Papa from 'papaparse';
import * as v from 'valibot';
import type { MatrixProblem } from '../model/matrix.ts';
import { STAGES } from '../model/stage.ts';
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

const filled = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));
const optionalCount = v.pipe(
  v.string(),
  v.regex(/^\d{0,15}$/),
  v.transform((text) => (text === '' ? undefined : Number(text))),
);
const yesNo = v.pipe(
  v.picklist(['yes', 'no']),
  v.transform((text) => text === 'yes'),
);
const pciId = v.pipe(v.string(), v.regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/));
const hexCode = v.pipe(v.string(), v.regex(/^0x(0|[1-9a-f][0-9a-f]{0,7})$/));
const date = v.pipe(v.string(), v.regex(/^(\d{4}-\d{2}-\d{2})?$/));
const branch = v.pipe(v.string(), v.regex(/^((<=)?\d{2,3}|current)?$/));

/** `10:16777216x2 14:134217728x3,268435456x3`: register offset, then size x number of reports */
const bars = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{2}:\d+x\d+(,\d+x\d+)*( [0-9a-f]{2}:\d+x\d+(,\d+x\d+)*)*$/),
  v.transform((text) =>
    Object.fromEntries(
      text.split(' ').map((part) => {
        const [register, sizes] = part.split(':');
        const seen = sizes!.split(',').map((item) => {
          const [size, reports] = item.split('x').map(Number);
          return { size: size!, reports: reports! };
        });
        return [register!, seen.sort((a, b) => b.reports - a.reports)];
      }),
    ),
  ),
);

interface Table<Row> {
  file: string;
  row: v.GenericSchema<unknown, Row>;
  /** what no two rows may share */
  key: (row: Row) => string;
}

const table = <Row>(file: string, row: v.GenericSchema<unknown, Row>, key: (row: Row) => string): Table<Row> => ({
  file,
  row,
  key,
});

const GPUS = table<GpuRow>(
  'gpus.csv',
  v.strictObject({
    pciId,
    name: filled,
    architecture: v.string(),
    chip: v.string(),
    firstBranch: branch,
    lastBranch: branch,
    openModule: v.picklist(['supported', 'unsupported', 'required', '']),
    bar1Bytes: optionalCount,
    bar1Derived: yesNo,
    notes: v.string(),
  }),
  (row) => row.pciId,
);
const XIDS = table<XidRow>(
  'xids.csv',
  v.strictObject({
    xid: count,
    symbol: filled,
    title: filled,
    meaning: filled,
    action: filled,
    severity: v.picklist(['info', 'warning', 'error', 'fatal']),
  }),
  (row) => String(row.xid),
);
const RM_INIT = table<RmInitRow>(
  'rm-init-codes.csv',
  v.strictObject({
    part: v.picklist(['stage', 'status']),
    code: hexCode,
    symbol: filled,
    meaning: filled,
    branches: v.pipe(v.string(), v.regex(/^(\d{3}(-\d{3}|\+))?$/)),
  }),
  (row) => `${row.part} ${row.code} ${row.branches}`,
);
const PATCHES = table<PatchRow>(
  'patches.csv',
  v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9:.-]{2,40}$/)),
    title: filled,
    component: v.picklist(['bhyve', 'vmm', 'firmware', 'vm-bhyve', 'kernel']),
    change: filled,
    inBaseSince: v.string(),
    status: filled,
    url: v.pipe(v.string(), v.regex(/^(https:\/\/\S+)?$/)),
  }),
  (row) => row.id,
);
const RELEASES = table<ReleaseRow>(
  'releases.csv',
  v.strictObject({ release: filled, date, endOfLife: date, notes: v.string() }),
  (row) => row.release,
);
const BRANCHES = table<BranchRow>(
  'driver-branches.csv',
  v.strictObject({
    branch: v.pipe(v.string(), v.regex(/^\d{3}$/)),
    architecturesFrom: v.string(),
    architecturesTo: v.string(),
    kind: v.picklist(['legacy', 'production', '']),
    notes: v.string(),
  }),
  (row) => row.branch,
);
const OBSERVED_BARS = table<ObservedBarsRow>(
  'observed-bars.csv',
  v.strictObject({
    pciId,
    // pciconf of that time did not know every card
    name: v.string(),
    reports: count,
    pptBound: count,
    msi: count,
    msix: count,
    flr: count,
    classes: filled,
    bars,
  }),
  (row) => row.pciId,
);
const FINDING_CODES = table<FindingCodeRow>(
  'finding-codes.csv',
  v.strictObject({
    code: v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
    stage: v.picklist(STAGES),
    kind: v.picklist(['cause', 'symptom', 'notice']),
    meaning: filled,
  }),
  (row) => row.code,
);

/**
 * CSV texts to tables. `read` gives the text of a file of `matrix-data/tables/`. What is wrong goes into `problems`
 * (file, row counted with the header as row 1, column), and the row is left out.
 */
export function parseTables(read: (file: string) => string, problems: MatrixProblem[]): Tables {
  const rows = <Row>({ file, row, key }: Table<Row>): Row[] => parseRows(read(file), { file, row, key }, problems);
  const keyed = <Row, Key>(from: Table<Row>, by: (row: Row) => Key): ReadonlyMap<Key, Row> =>
    new Map(rows(from).map((row) => [by(row), row]));
  return {
    gpus: keyed(GPUS, (row) => row.pciId),
    xids: keyed(XIDS, (row) => row.xid),
    rmInit: rows(RM_INIT),
    patches: rows(PATCHES),
    releases: rows(RELEASES),
    branches: rows(BRANCHES),
    observedBars: keyed(OBSERVED_BARS, (row) => row.pciId),
    findingCodes: keyed(FINDING_CODES, (row) => row.code),
  };
}

function parseRows<Row>(text: string, { file, row: schema, key }: Table<Row>, problems: MatrixProblem[]): Row[] {
  const path = `tables/${file}`;
  const parsed = Papa.parse<Record<string, string>>(text, { header: true, delimiter: ',', skipEmptyLines: true });
  for (const { row, message } of parsed.errors) {
    problems.push({ file: path, field: row === undefined ? '' : `row ${row + 2}`, message });
  }
  const rows: Row[] = [];
  const seen = new Map<string, number>();
  parsed.data.forEach((record, i) => {
    const number = i + 2;
    const result = v.safeParse(schema, record);
    if (!result.success) {
      for (const issue of result.issues) {
        problems.push({ file: path, field: `row ${number}, ${v.getDotPath(issue) ?? '?'}`, message: issue.message });
      }
      return;
    }
    const id = key(result.output);
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      problems.push({ file: path, field: `row ${number}`, message: `same key as row ${earlier}: ${id}` });
      return;
    }
    seen.set(id, number);
    rows.push(result.output);
  });
  return rows;
}
