/**
 * The CSV of nvidia-smi: `nvidia-smi --query-gpu=... --format=csv`, also with `nounits`, also `--query-compute-apps` and
 * the like. The header names the properties with their unit in brackets; columns are separated by a comma and a blank and
 * never quoted, so a process name with a comma spills over. Where a value is missing the cell says why, in brackets:
 * `[N/A]`, `[Not Supported]`, `[GPU is lost]`. The properties are listed by `nvidia-smi --help-query-gpu`.
 *
 * ```text
 * index, name, pci.bus_id, driver_version, memory.total [MiB], fan.speed [%], pcie.link.width.current
 * 0, Tesla P4, 00000000:00:06.0, 535.183.01, 7680 MiB, [N/A], 16
 * ```
 * ```json
 * {
 *   "units": { "memory.total": "MiB", "fan.speed": "%" },
 *   "rows": [{ "line": 2, "values": { "name": "Tesla P4", "fan.speed": "[N/A]" }, "unavailable": ["fan.speed"] }],
 *   "versions": { "line": 2, "driver": "535.183.01" },
 *   "gpus": [
 *     {
 *       "line": 2,
 *       "index": 0,
 *       "bdf": "0000:00:06.0",
 *       "memory": { "totalBytes": 8053063680 },
 *       "link": { "widthCurrent": 16 },
 *       "hasError": false
 *     }
 *   ]
 * }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import {
  errorsOf,
  printedValue,
  readingsOf,
  smiGpu,
  smiVersions,
  type SmiGpu,
  type SmiVersions,
} from '../lib/nvidia-smi.ts';
import { readSmiError, type SmiError } from '../lib/nvidia-smi-errors.ts';
import { dictionary } from '../lib/records.ts';

export interface SmiCsvRow extends Located {
  /** cells as printed, by property */
  values: Record<string, string>;
  /** properties without a value */
  unavailable: string[];
}

export interface NvidiaSmiCsvFacts extends Located {
  /** unit by property, where the header names one */
  units: Record<string, string>;
  rows: SmiCsvRow[];
  versions?: SmiVersions;
  /** one a row of a GPU query; empty for process queries */
  gpus: SmiGpu[];
  /** error texts that stand between the rows */
  errors: SmiError[];
}

const MAX_ROWS = 1000;
const MAX_PROBLEMS = 20;
const MAX_LINE = 40_000;

const PROPERTY = String.raw`[A-Za-z][\w.]{0,100}(?: \[[^\],]{1,12}\])?`;
/** Properties by which a header is told from the header of any other CSV. */
const TELLING = [
  '(?:driver|kmd|vbios)_version',
  'pstate',
  'compute_(?:cap|mode)',
  '(?:persistence|addressing|display)_mode',
  'gpu_(?:name|uuid|bus_id|serial|recovery_action)',
  String.raw`pci\.\w+`,
  String.raw`pcie\.link\.\w+`,
  String.raw`memory\.(?:total|used|free|reserved)`,
  String.raw`utilization\.\w+`,
  String.raw`temperature\.\w+`,
  String.raw`power\.(?:draw|limit|management)`,
  String.raw`clocks\.\w+`,
  String.raw`clocks_(?:event|throttle)_reasons`,
  String.raw`ecc\.(?:mode|errors)`,
  'retired_pages',
  'remapped_rows',
  String.raw`fan\.speed`,
  String.raw`mig\.mode`,
  String.raw`inforom\.\w+`,
  'used_(?:gpu_)?memory',
];
const PLAIN = '(?:index|name|uuid|serial|count|timestamp)';
const HEADERS = [
  // the shape first: it fails early on other lines, so that the look back for a telling property is rare
  new RegExp(String.raw`^\s*${PROPERTY}(?:, ?${PROPERTY})+\s*$(?<=\b(?:${TELLING.join('|')})\b.*)`),
  new RegExp(String.raw`^\s*${PLAIN}(?:, ?${PLAIN})+\s*$`),
  new RegExp(String.raw`^\s*(?:${TELLING.join('|')})(?: \[[^\],]{1,12}\])?\s*$`),
];

interface Table {
  columns: string[];
  isProcesses: boolean;
}

const isHeader = (text: string): boolean => text.length <= MAX_LINE && HEADERS.some((header) => header.test(text));

/** Cells of a row; a process name that holds the separator is put together again. */
function cellsOf(text: string, { columns, isProcesses }: Table): string[] {
  const cells = text.split(/, ?/).map((cell) => cell.trim());
  const spare = cells.length - columns.length;
  const name = columns.indexOf('process_name');
  if (isProcesses && spare > 0 && name >= 0)
    cells.splice(name, spare + 1, cells.slice(name, name + spare + 1).join(', '));
  return cells;
}

export default defineParser<NvidiaSmiCsvFacts>({
  kind: 'nvidia-smi-csv',
  side: 'guest',
  title: 'nvidia-smi query as CSV',
  source: 'nvidia-smi --query-gpu=... --format=csv',
  markers: HEADERS,
  commands: [/\bnvidia-smi(?:\.exe)?\s.*--query-[a-z-]+=.*--format=csv/],
  fileNames: [/^query-gpu\.csv$/i, /^nvidia-smi.*\.csv$/i],
  // a query of all properties has a header of 10 kB, which is no line to test markers on
  recognise: (text) => isHeader(/^\s*(.*)/.exec(text)?.[1] ?? ''),
  parse(text) {
    const units = dictionary<string>();
    const rows: SmiCsvRow[] = [];
    const gpus: SmiGpu[] = [];
    const errors: SmiError[] = [];
    const problems: Problem[] = [];
    let versions: SmiVersions | undefined;
    let table: Table | undefined;
    let first: number | undefined;
    for (const [index, raw] of splitLines(text).entries()) {
      const line = index + 1;
      if (isHeader(raw)) {
        first ??= line;
        const heads = raw.split(',').map((head) => /^\s*([\w.]+)(?: \[([^\]]*)\])?/.exec(head)!);
        for (const [, name, unit] of heads) if (unit !== undefined) units[name!] = unit;
        const columns = heads.map((head) => head[1]!);
        table = { columns, isProcesses: columns.includes('pid') };
        continue;
      }
      if (table === undefined || raw.trim() === '' || raw.length > MAX_LINE) continue;
      const error = readSmiError(raw, line);
      const cells = cellsOf(raw, table);
      if (error) errors.push(error);
      else if (cells.length !== table.columns.length) {
        // prose and prompts after the table have few commas
        if (cells.length > 1 && problems.length < MAX_PROBLEMS) {
          problems.push({
            message: `a row has ${cells.length} values, the header names ${table.columns.length}`,
            line,
          });
        }
      } else if (rows.length < MAX_ROWS) {
        const leaves = table.columns.map((name, column) => ({ line, keys: [name], value: cells[column]! }));
        const values = dictionary<string>();
        for (const { keys, value } of leaves) values[keys[0]!] = value;
        const unavailable = leaves.filter(({ value }) => printedValue(value) === undefined).map(({ keys }) => keys[0]!);
        rows.push({ line, values, unavailable });
        versions ??= smiVersions(line, { driver: values['kmd_version'] ?? values['driver_version'] });
        if (!table.isProcesses) gpus.push(smiGpu(line, readingsOf(leaves), errorsOf(leaves)));
      }
    }
    return { facts: first === undefined ? undefined : { line: first, units, rows, versions, gpus, errors }, problems };
  },
});
