/**
 * The summary table of nvidia-smi (without options), drivers 290 to 610: 79, 89 or 91 columns, two or three lines a
 * GPU (the third, with the MIG mode, since about 450), with the MIG instance table and both forms of the process table.
 * On Windows the driver model stands where Linux shows persistence. nvidia-smi(1) describes the columns and does not
 * promise that they stay, so cells are told by their content. `ERR!` stands in a cell whose query failed.
 *
 * ```text
 * +---------------------------------------------------------------------------------------+
 * | NVIDIA-SMI 535.183.01             Driver Version: 535.183.01   CUDA Version: 12.2     |
 * |-----------------------------------------+----------------------+----------------------+
 * | GPU  Name                 Persistence-M | Bus-Id        Disp.A | Volatile Uncorr. ECC |
 * | Fan  Temp   Perf          Pwr:Usage/Cap |         Memory-Usage | GPU-Util  Compute M. |
 * |                                         |                      |               MIG M. |
 * |=========================================+======================+======================|
 * |   0  Tesla P4                       Off | 00000000:00:06.0 Off |                    0 |
 * | N/A   38C    P8               7W /  75W |      4MiB /  7680MiB |      0%      Default |
 * |                                         |                      |                  N/A |
 * +-----------------------------------------+----------------------+----------------------+
 *
 * +---------------------------------------------------------------------------------------+
 * | Processes:                                                                            |
 * |  GPU   GI   CI        PID   Type   Process name                            GPU Memory |
 * |        ID   ID                                                             Usage      |
 * |=======================================================================================|
 * |    0   N/A  N/A      1411      C   /opt/app/bin/server                          37MiB |
 * +---------------------------------------------------------------------------------------+
 * ```
 * ```json
 * {
 *   "versions": { "line": 2, "smi": "535.183.01", "driver": "535.183.01", "cuda": "12.2" },
 *   "gpus": [
 *     {
 *       "line": 8,
 *       "index": 0,
 *       "name": "Tesla P4",
 *       "busId": "00000000:00:06.0",
 *       "bdf": "0000:00:06.0",
 *       "persistenceMode": false,
 *       "memory": { "line": 9, "totalMib": 7680, "usedBytes": 4194304 },
 *       "power": { "drawWatts": 7, "limitWatts": 75, "text": "7W / 75W" },
 *       "ecc": { "volatileUncorrected": 0 },
 *       "hasError": false
 *     }
 *   ],
 *   "processes": [{ "line": 18, "gpu": 0, "pid": 1411, "type": "C", "name": "/opt/app/bin/server", "usedMib": 37 }]
 * }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';
import {
  isValueError,
  smiGpu,
  smiMemory,
  smiVersions,
  type Reading,
  type ReadingName,
  type SmiGpu,
  type SmiMigDevice,
  type SmiValueError,
  type SmiVersions,
} from '../lib/nvidia-smi.ts';

export interface SmiProcess extends Located {
  gpu: number;
  gpuInstance?: number;
  computeInstance?: number;
  pid: number;
  /** C compute, G graphics, C+G, M+C; the tables before 319 have no such column */
  type?: string;
  name: string;
  usedMib?: number;
}

/** A `WARNING:` line printed after the table. */
export interface SmiWarning extends Located {
  text: string;
  bdf?: string;
}

export interface NvidiaSmiTableFacts extends Located {
  timestamp?: string;
  versions?: SmiVersions;
  gpus: SmiGpu[];
  migDevices: SmiMigDevice[];
  processes: SmiProcess[];
  warnings: SmiWarning[];
}

const MAX_GPUS = 512;
const MAX_ROWS = 1000;
const MAX_PROBLEMS = 20;
const MAX_ROW_LENGTH = 400;

const SIZE = String.raw`\d+ ?[KMG]i?B|N/A|ERR!`;
const WATTS = String.raw`\d+(?:\.\d+)? ?W|N/A|ERR!|Unknown|\[[^\]]*\]`;
const BUS_ID = String.raw`[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]`;

const BANNER = /NVIDIA-SMI\s+(\d\S*)/;
const HEADING =
  /Persistence-M|Driver-Model|TCC\/WDDM|Bus[- ]Id|Memory[- ]Usage|BAR1-Usage|GPU[- ]Util|Compute M\.|MIG M\.|Volatile|Uncorr|\bNb\.|\bECC\b|Perf\b|Usage \/Cap|\bVol\b/;
/** `0  Tesla P4   Off`: index, name, persistence or driver model */
const GPU_CELL = /^(\d{1,3})\.?\s+(\S.*)$/;
const MODE_WORD = /^(\S.*\S|\S)\s+(On|Off|N\/A|TCC|WDDM|MCDM|ERR!)$/;
const BUS_CELL = new RegExp(String.raw`^(${BUS_ID})(?:\s+(\S+))?$`);
const STATUS_CELL = new RegExp(
  String.raw`^(\d{1,3} ?%|N/A|ERR!|\[[^\]]*\])\s+(\d{1,3} ?C|N/A|ERR!)\s+(P\d{1,2}|N/A|ERR!|Unknown)\s+(${WATTS})\s*/\s*(${WATTS})$`,
);
const USAGE_CELL = new RegExp(String.raw`^(?:\d{1,3} ?%\s+)?(${SIZE})\s*/\s*(${SIZE})$`);
const LOAD_CELL = /^(\d{1,3} ?%|N\/A|ERR!)\s+(\S.*)$/;
const MIG_CELL = /^(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})$/;
const PROCESS_ROW =
  /^(\d{1,3})\s+(?:(N\/A|\d{1,3})\s+(N\/A|\d{1,3})\s+)?(\d{1,10})\s+(C\+G|M\+C(?:\+G)?|[CGM])\s+(\S.*)$/;
const OLD_PROCESS_ROW = /^(\d{1,3})\.?\s+(\d{1,10})\s+(\S.*)$/;
const NAME_AND_SIZE = /^(\S.*\S|\S)\s+(\d+ ?[KMG]i?B|N\/A|-)$/;
const TIMESTAMP = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;
const WARNING = /^WARNING: (.{1,300})$/;

/** The cells of a table row; undefined when the line is none. */
function cellsOf(text: string): string[] | undefined {
  if (text.length > MAX_ROW_LENGTH || !text.trimStart().startsWith('|')) return undefined;
  const cells = text.trim().slice(1).replace(/\|$/, '').split('|');
  return cells.map((cell) => cell.trim());
}

/** A GPU while its rows are read. */
interface OpenGpu extends Located {
  readings: Map<ReadingName, Reading>;
  errors: SmiValueError[];
}

class TableReader {
  readonly gpus: OpenGpu[] = [];
  readonly migDevices: SmiMigDevice[] = [];
  readonly processes: SmiProcess[] = [];
  readonly warnings: SmiWarning[] = [];
  readonly problems: Problem[] = [];
  versions: SmiVersions | undefined;
  timestamp: string | undefined;
  firstLine: number | undefined;
  private section: 'gpus' | 'mig' | 'processes' = 'gpus';
  /** true while the open GPU may still get rows: its second and third line follow its first */
  private inGpu = false;

  read(text: string, line: number): void {
    const trimmed = text.trim();
    const cells = cellsOf(text);
    if (cells) this.row(cells, line);
    else if (TIMESTAMP.test(trimmed)) this.timestamp ??= trimmed;
    else if (trimmed.startsWith('+')) this.inGpu = false;
    else this.warning(trimmed, line);
  }

  private warning(text: string, line: number): void {
    const match = WARNING.exec(text);
    if (!match || this.warnings.length >= MAX_ROWS) return;
    const address = /\bgpu ([0-9a-f:.]{7,20})/i.exec(text)?.[1];
    this.warnings.push({ line, text, bdf: address === undefined ? undefined : normaliseLinuxBdf(address) });
    this.firstLine ??= line;
  }

  private row(cells: string[], line: number): void {
    const whole = cells.join(' ');
    if (/^[-=+ ]*$/.test(whole)) {
      this.inGpu = false;
      return;
    }
    const banner = BANNER.exec(whole);
    if (banner) this.banner(banner[1]!, whole, line);
    else if (cells.length === 1) this.wideRow(cells[0]!, line);
    else if (cells.length === 3) this.gpuRow(cells as [string, string, string], line);
    else if (cells.length === 4) this.migRow(cells, line);
  }

  private banner(smi: string, whole: string, line: number): void {
    this.section = 'gpus';
    this.firstLine ??= line;
    this.versions ??= smiVersions(line, {
      smi,
      driver: /(?:Driver|KMD) Ver(?:sion)?: ?(\S+)/.exec(whole)?.[1],
      cuda: /CUDA (?:UMD )?Ver(?:sion)?: ?(\S+(?: Found)?)/.exec(whole)?.[1],
    });
  }

  private gpuRow([first, second, third]: [string, string, string], line: number): void {
    const gpu = GPU_CELL.exec(first);
    const bus = BUS_CELL.exec(second);
    const usage = USAGE_CELL.exec(second);
    const status = STATUS_CELL.exec(first);
    if (bus && gpu) this.openGpu(gpu[1]!, gpu[2]!, bus[1]!, third, line);
    else if (usage ?? status) this.statusRow(status, usage, LOAD_CELL.exec(third), line);
    else if (first === '' && second === '' && third !== '' && this.inGpu) this.set('migMode', 'MIG mode', third, line);
    else if ((/^\d{1,3}(?:\.?\s|%)/.test(first) || bus) && !HEADING.test(`${first} ${third}`)) {
      this.problem('a row of the GPU table could not be read', line);
    }
  }

  private openGpu(index: string, described: string, busId: string, ecc: string, line: number): void {
    this.inGpu = true;
    this.firstLine ??= line;
    this.gpus.push({ line, readings: new Map(), errors: [] });
    const [, name, mode] = MODE_WORD.exec(described) ?? [undefined, described, ''];
    this.set('index', 'index', index, line);
    this.set('name', 'name', name, line);
    this.set('busId', 'bus id', busId, line);
    if (mode !== '') this.set(/^[A-Z]{3,4}$/.test(mode) ? 'driverModel' : 'persistence', 'persistence', mode, line);
    // before 319: single and double bit errors side by side
    const counters = /^(\S+)\s+(\S+)$/.exec(ecc);
    const shown = counters ? counters[2]! : ecc;
    if (/^(?:On|Off)$/.test(shown)) this.set('eccMode', 'ECC', shown, line);
    else if (/^\d+$/.test(shown)) {
      this.set('eccVolatileUncorrected', 'ECC', shown, line);
      this.set('eccMode', 'ECC', 'On', line);
    } else if (isValueError(shown)) this.error('ECC', shown, line);
  }

  private statusRow(
    status: RegExpExecArray | null,
    usage: RegExpExecArray | null,
    load: RegExpExecArray | null,
    line: number,
  ): void {
    if (!this.inGpu) {
      // an excerpt that begins in the middle of a GPU
      this.gpus.push({ line, readings: new Map(), errors: [] });
      this.firstLine ??= line;
      this.inGpu = true;
    }
    if (status) {
      if (isValueError(status[1]!)) this.error('fan', status[1]!, line);
      this.set('temperature', 'temperature', status[2]!, line);
      this.set('performanceState', 'performance state', status[3]!, line);
      this.set('powerDraw', 'power draw', status[4]!, line);
      this.set('powerLimit', 'power limit', status[5]!, line);
      const power = `${status[4]!} / ${status[5]!}`;
      if (/\d/.test(power) && !isValueError(power)) this.set('powerText', 'power', power, line);
    }
    if (usage) {
      this.set('memoryUsed', 'memory used', usage[1]!, line);
      this.set('memoryTotal', 'memory total', usage[2]!, line);
    }
    if (load) {
      this.set('utilizationGpu', 'utilization', load[1]!, line);
      this.set('computeMode', 'compute mode', load[2]!, line);
    }
  }

  /** Records a cell of the open GPU; an error text is an error and no value. */
  private set(name: ReadingName, field: string, raw: string, line: number): void {
    if (isValueError(raw)) this.error(field, raw, line);
    else this.gpus.at(-1)!.readings.set(name, { line, raw });
  }

  private error(field: string, text: string, line: number): void {
    this.gpus.at(-1)!.errors.push({ line, field, text });
  }

  private migRow([first, second, third]: string[], line: number): void {
    const ids = MIG_CELL.exec(first!);
    const usage = USAGE_CELL.exec(second!);
    const open = this.migDevices.at(-1);
    if (ids && usage && this.migDevices.length < MAX_ROWS) {
      const [gpu, gpuInstance, computeInstance, index] = ids.slice(1).map(Number);
      const multiprocessors = /^\d+/.exec(third!)?.[0];
      this.firstLine ??= line;
      this.migDevices.push({
        line,
        gpu: gpu!,
        index: index!,
        gpuInstance: gpuInstance!,
        computeInstance: computeInstance!,
        memory: smiMemory(line, usage[1]!, usage[2]!),
        multiprocessors: multiprocessors === undefined ? undefined : Number(multiprocessors),
      });
    } else if (first === '' && usage && open) open.bar1 ??= smiMemory(line, usage[1]!, usage[2]!);
  }

  /** Rows of one cell: titles of the MIG and process tables, and the processes. */
  private wideRow(cell: string, line: number): void {
    if (/^(?:Compute )?[Pp]rocesses:/.test(cell)) {
      this.section = 'processes';
      this.firstLine ??= line;
      return;
    }
    if (/^MIG devices:/.test(cell)) {
      this.section = 'mig';
      this.firstLine ??= line;
      return;
    }
    const row = PROCESS_ROW.exec(cell);
    if (row) this.process(line, row[1]!, row[4]!, row[6]!, row[5], row[2], row[3]);
    else if (this.section === 'processes') {
      const old = OLD_PROCESS_ROW.exec(cell);
      if (old) this.process(line, old[1]!, old[2]!, old[3]!);
    }
  }

  private process(
    line: number,
    gpu: string,
    pid: string,
    described: string,
    type?: string,
    gpuInstance?: string,
    computeInstance?: string,
  ): void {
    if (this.processes.length >= MAX_ROWS) return;
    const [, name, size] = NAME_AND_SIZE.exec(described) ?? [undefined, described, ''];
    const instance = (id: string | undefined) => (id === undefined || id === 'N/A' ? undefined : Number(id));
    this.firstLine ??= line;
    this.processes.push({
      line,
      gpu: Number(gpu),
      gpuInstance: instance(gpuInstance),
      computeInstance: instance(computeInstance),
      pid: Number(pid),
      type,
      name: name,
      usedMib: smiMemory(line, size, '')?.usedMib,
    });
  }

  private problem(message: string, line: number): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ message, line });
  }
}

export default defineParser<NvidiaSmiTableFacts>({
  kind: 'nvidia-smi-table',
  side: 'guest',
  title: 'nvidia-smi summary table',
  source: 'nvidia-smi',
  shared: [
    /^[\s>#]*\+[-=+]{20,}\+\s*$/,
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\s*$/,
  ],
  markers: [
    /^[\s>#]*\|\s*NVIDIA-SMI\s+\d/,
    /^[\s>#]*\|.*(?:Persistence-M|Driver-Model|TCC\/WDDM|Bus[- ]Id|Memory[- ]Usage|GPU[- ]Util|MIG M\.)/,
    new RegExp(String.raw`^[\s>#]*\|\s*\d{1,3}\.?\s[^|]*\|\s*${BUS_ID}\s`),
    new RegExp(String.raw`^[\s>#]*\|[^|]*\|[^|]*(?:${SIZE}) ?/ *(?:${SIZE})\s*\|`),
    /^[\s>#]*\|={18,}[=+]*\|?\s*$/,
    /^[\s>#]*\|\s*(?:(?:Compute p|P)rocesses:|MIG devices:|GPU +(?:GI +CI +)?PID |No (?:running (?:compute )?processes|MIG devices) found)/,
    /^[\s>#]*\|\s*\d{1,3}\s+(?:(?:N\/A|\d+)\s+(?:N\/A|\d+)\s+)?\d+\s+(?:C\+G|M\+C|[CGM])\s+\S[^|]*\|\s*$/,
    /^WARNING: infoROM is corrupted at gpu /,
  ],
  commands: [/\bnvidia-smi(?:\.exe)?\s*$/],
  fileNames: [/^nvidia-smi(?:\.txt)?$/i],
  parse(text) {
    const reader = new TableReader();
    for (const [index, raw] of splitLines(text).entries()) reader.read(unquote(raw), index + 1);
    if (reader.firstLine === undefined) return { facts: undefined, problems: [] };
    if (reader.gpus.length > MAX_GPUS) {
      reader.problems.push({ message: `only the first ${MAX_GPUS} of ${reader.gpus.length} GPU rows were read` });
    }
    return {
      facts: {
        line: reader.firstLine,
        timestamp: reader.timestamp,
        versions: reader.versions,
        gpus: reader.gpus.slice(0, MAX_GPUS).map(({ line, readings, errors }) => smiGpu(line, readings, errors)),
        migDevices: reader.migDevices,
        processes: reader.processes,
        warnings: reader.warnings,
      },
      problems: reader.problems,
    };
  },
});
