/**
 * What the forms of nvidia-smi output (summary table, `-q`, `-q -x`, `--query-gpu` CSV) have in common: one shape for a
 * GPU, one list of how each form spells a field, one reader for each kind of value. The names are those of
 * nvidia-smi(1) and of nvsmi_device_v*.dtd; a field that was renamed lists all its names, newest first.
 */
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { parseSize } from '../../src/model/size.ts';
import type { Located } from '../../src/model/source.ts';

/** Versions as the banner, the header of a log or `nvidia-smi --version` gives them. */
export interface SmiVersions extends Located {
  /** of the nvidia-smi program */
  smi?: string;
  /** of the kernel module in use (`KMD Version` from 610 on) */
  driver?: string;
  /** of libcuda (`CUDA UMD Version` from 610 on) */
  cuda?: string;
  /** of libnvidia-ml */
  nvml?: string;
  /** what stands where the CUDA version should: `N/A`, `Not Found`, `ERR!` (libcuda missing or of another release) */
  cudaText?: string;
}

export interface SmiMemory extends Located {
  totalBytes?: number;
  totalMib?: number;
  usedBytes?: number;
  usedMib?: number;
}

export interface SmiEcc extends Located {
  enabled?: boolean;
  pendingEnabled?: boolean;
  /** errors since the driver was loaded */
  volatileUncorrected?: number;
  volatileCorrected?: number;
  /** errors over the life of the board */
  aggregateUncorrected?: number;
  aggregateCorrected?: number;
}

/** Pages taken out of use (before Ampere). */
export interface SmiRetiredPages extends Located {
  /** a page waits for the next reset to be taken out */
  pending?: boolean;
  doubleBit?: number;
  singleBit?: number;
}

/** Rows replaced by spares (Ampere and newer). */
export interface SmiRemappedRows extends Located {
  pending?: boolean;
  failure?: boolean;
  uncorrectable?: number;
  correctable?: number;
}

export interface SmiLink extends Located {
  widthCurrent?: number;
  widthMax?: number;
  generationCurrent?: number;
  generationMax?: number;
  generationDeviceMax?: number;
  /** missing in most guests: no upstream port is visible */
  generationHostMax?: number;
  replays?: number;
}

/** A value that nvidia-smi could not get from the GPU: `ERR!`, `Unknown Error`, `GPU is lost`. */
export interface SmiValueError extends Located {
  field: string;
  text: string;
}

/** One GPU as any form of nvidia-smi shows it. `line` is where its record begins; groups carry the line of their own first field. */
export interface SmiGpu extends Located {
  index?: number;
  /** product name as printed; the table cuts long names with `...` */
  name?: string;
  brand?: string;
  architecture?: string;
  /** as printed: `00000000:00:06.0` */
  busId?: string;
  /** `0000:00:06.0` */
  bdf?: string;
  /** vendor:device, `10de:1bb3` */
  pciId?: string;
  /** subsystem vendor:device */
  subsystemId?: string;
  uuid?: string;
  serial?: string;
  vbiosVersion?: string;
  persistenceMode?: boolean;
  /** Windows only: WDDM, TCC or MCDM */
  driverModel?: string;
  performanceState?: string;
  computeMode?: string;
  /** as printed; `*` marks a change that waits for a reset */
  migMode?: string;
  memory?: SmiMemory;
  bar1?: SmiMemory;
  /** degrees Celsius */
  temperature?: Located & { current?: number; slowdown?: number; shutdown?: number };
  power?: Located & { drawWatts?: number; limitWatts?: number; text?: string };
  utilization?: Located & { gpuPercent?: number; memoryPercent?: number };
  ecc?: SmiEcc;
  retiredPages?: SmiRetiredPages;
  remappedRows?: SmiRemappedRows;
  link?: SmiLink;
  /** `Pass-Through` when the driver recognised a hypervisor, `None` when it believes to run on bare metal */
  virtualization?: Located & { mode?: string; hostVgpuMode?: string };
  /** version null: printed as N/A, the GPU runs without GSP firmware */
  gspFirmware?: Located & { version?: string | null };
  /** action the driver asks for: None, Reset, Reboot, Drain P2P, Drain and Reset */
  recovery?: Located & { action?: string; resetRequired?: boolean };
  hasError: boolean;
  errors: SmiValueError[];
}

/** A MIG instance. `line` is where its record begins. */
export interface SmiMigDevice extends Located {
  /** index of the GPU (table) or its bus id (log) */
  gpu?: number;
  busId?: string;
  index?: number;
  gpuInstance?: number;
  computeInstance?: number;
  memory?: SmiMemory;
  bar1?: SmiMemory;
  multiprocessors?: number;
}

/** A value as printed, with its line. */
export interface Reading extends Located {
  raw: string;
}

/**
 * Where each field stands: canonical paths (see `canonical`), tried in order. A path matches the end of a leaf's path,
 * so that a section may lie deeper in one release than in another.
 */
const SPELLINGS = {
  index: ['index'],
  name: ['product_name', 'gpu_name', 'name'],
  brand: ['product_brand'],
  architecture: ['product_architecture'],
  busId: ['pci_bus_id', 'pci/bus_id', 'gpu_bus_id'],
  deviceId: ['pci_device_id', 'pci/device_id'],
  subsystemId: ['pci_sub_system_id', 'pci/sub_system_id', 'pci_sub_device_id'],
  uuid: ['gpu_uuid', 'uuid'],
  serial: ['serial_number', 'serial', 'gpu_serial'],
  vbiosVersion: ['vbios_version'],
  persistence: ['persistence_mode'],
  driverModel: ['driver_model/current', 'current_dm', 'driver_model_current'],
  performanceState: ['performance_state', 'pstate'],
  computeMode: ['compute_mode'],
  migMode: ['mig_mode/current', 'current_mig', 'mig_mode_current'],
  memoryTotal: ['fb_memory_usage/total', 'memory_usage/total', 'memory_total'],
  memoryUsed: ['fb_memory_usage/used', 'memory_usage/used', 'memory_used'],
  bar1Total: ['bar1_memory_usage/total'],
  bar1Used: ['bar1_memory_usage/used'],
  temperature: ['gpu_current_temp', 'temperature/gpu_temp', 'temperature/gpu', 'temperature_gpu'],
  temperatureSlowdown: ['gpu_slowdown_temp', 'gpu_temp_slow_threshold'],
  temperatureShutdown: ['gpu_shutdown_temp', 'gpu_temp_max_threshold'],
  powerDraw: [
    'gpu_power_readings/power_draw',
    'gpu_power_readings/average_power_draw',
    'gpu_power_readings/instantaneous_power_draw',
    'gpu_power_readings/instant_power_draw',
    'power_readings/power_draw',
    'power_draw',
    'power_draw_average',
    'power_draw_instant',
  ],
  powerLimit: [
    'gpu_power_readings/current_power_limit',
    'gpu_ceiling_power_limit/current_power_limit',
    'power_readings/power_limit',
    'power_readings/enforced_power_limit',
    'power_limit',
  ],
  powerText: ['power_usage_cap'],
  utilizationGpu: ['utilization/gpu', 'utilization/gpu_util', 'utilization_gpu'],
  utilizationMemory: ['utilization/memory', 'utilization/memory_util', 'utilization_memory'],
  eccMode: ['ecc_mode/current', 'current_ecc', 'ecc_mode_current'],
  eccPending: ['ecc_mode/pending', 'pending_ecc', 'ecc_mode_pending'],
  eccVolatileUncorrected: ['volatile/double_bit/total', 'ecc_errors_uncorrected_volatile_total'],
  eccVolatileCorrected: ['volatile/single_bit/total', 'ecc_errors_corrected_volatile_total'],
  eccAggregateUncorrected: ['aggregate/double_bit/total', 'ecc_errors_uncorrected_aggregate_total'],
  eccAggregateCorrected: ['aggregate/single_bit/total', 'ecc_errors_corrected_aggregate_total'],
  retiredPending: [
    'retired_pages/pending_page_blacklist',
    'retired_pages/pending',
    'retired_pages/pending_blacklist',
    'retired_pages/pending_retirement',
    'retired_pages_pending',
  ],
  retiredDouble: [
    'retired_pages/double_bit_ecc',
    'double_bit_retirement/retired_count',
    'retired_pages_double_bit_count',
    'retired_pages_double_bit_ecc_count',
  ],
  retiredSingle: [
    'retired_pages/single_bit_ecc',
    'multiple_single_bit_retirement/retired_count',
    'retired_pages_single_bit_ecc_count',
    'retired_pages_single_bit_count',
  ],
  remappedPending: ['remapped_rows/pending', 'remapped_row_pending', 'remapped_rows_pending'],
  remappedFailure: ['remapped_rows/remapping_failure_occurred', 'remapped_row_failure', 'remapped_rows_failure'],
  remappedUncorrectable: ['remapped_rows/uncorrectable_error', 'remapped_row_unc', 'remapped_rows_uncorrectable'],
  remappedCorrectable: ['remapped_rows/correctable_error', 'remapped_row_corr', 'remapped_rows_correctable'],
  linkWidth: ['link_width/current', 'current_link_width', 'pcie_link_width_current'],
  linkWidthMax: ['link_width/max', 'max_link_width', 'pcie_link_width_max'],
  linkGeneration: ['pcie_generation/current', 'current_link_gen', 'pcie_link_gen_current', 'pcie_link_gen_gpucurrent'],
  linkGenerationMax: ['pcie_generation/max', 'max_link_gen', 'pcie_link_gen_max'],
  linkDeviceMax: ['pcie_generation/device_max', 'max_device_link_gen', 'pcie_link_gen_gpumax'],
  linkHostMax: ['pcie_generation/host_max', 'max_host_link_gen', 'pcie_link_gen_hostmax'],
  replays: ['replays_since_reset', 'replay_counter'],
  virtualization: ['virtualization_mode'],
  hostVgpuMode: ['host_vgpu_mode'],
  gspFirmware: ['gsp_firmware_version'],
  recoveryAction: ['gpu_recovery_action'],
  resetRequired: ['gpu_reset_status/reset_required', 'reset_status_reset_required'],
} as const satisfies Record<string, readonly string[]>;

export type ReadingName = keyof typeof SPELLINGS;
export type Readings = ReadonlyMap<ReadingName, Reading>;

/** Counters that releases since 450 print in parts and no longer in total. */
const SUMS: Partial<Record<ReadingName, readonly string[]>> = {
  eccVolatileUncorrected: [
    'volatile/sram_uncorrectable',
    'volatile/sram_uncorrectable_parity',
    'volatile/sram_uncorrectable_sec_ded',
    'volatile/sram_uncorrectable_secded',
    'volatile/dram_uncorrectable',
  ],
  eccVolatileCorrected: ['volatile/sram_correctable', 'volatile/dram_correctable'],
  eccAggregateUncorrected: [
    'aggregate/sram_uncorrectable',
    'aggregate/sram_uncorrectable_parity',
    'aggregate/sram_uncorrectable_sec_ded',
    'aggregate/sram_uncorrectable_secded',
    'aggregate/dram_uncorrectable',
  ],
  eccAggregateCorrected: ['aggregate/sram_correctable', 'aggregate/dram_correctable'],
};

/** Sections whose keys repeat those of the GPU itself. */
const FOREIGN_SECTIONS = new Set([
  'mig_device',
  'mig_devices',
  'processes',
  'accounted_processes',
  'supported_clocks',
  'module_power_readings',
  'gpu_memory_power_readings',
]);

/** Spellings that were seen already: every GPU of a log has the same fields, and so has the next log. */
const spelled = new Map<string, string>();
/** More than any version prints; a text of other names must not fill the memory. */
const MOST_SPELLED = 10_000;

/** `GPU T.Limit Temp` and `gpu_t_limit_temp` both as `gpu_t_limit_temp`. */
export function canonical(key: string): string {
  const known = spelled.get(key);
  if (known !== undefined) return known;
  const name = key
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  if (spelled.size >= MOST_SPELLED) spelled.clear();
  spelled.set(key, name);
  return name;
}

const ABSENT = new Set([
  '',
  '-',
  'n/a',
  'not supported',
  'not available',
  'not found',
  'function not found',
  'insufficient permissions',
  'requested functionality has been deprecated',
]);

const bare = (raw: string): string => raw.trim().replace(/^\[(.*)\]$/, '$1');

/** True for the texts that stand where the GPU gave no value although it should have. */
export const isValueError = (raw: string): boolean =>
  /^(?:ERR!|Unknown Error|GPU is lost|GPU requires reset|GPU is not powered)/i.test(bare(raw));

/** The value without the notes newer releases append (` [Deprecated; ...]`); undefined when there is none. */
export function printedValue(raw: string): string | undefined {
  const text = bare(raw.replace(/ \[Deprecated\b[^\]]*\]$/, ''));
  return ABSENT.has(text.toLowerCase()) || /^Deprecated\b/.test(text) || isValueError(raw) ? undefined : text;
}

/** The number that a printed value begins with, without its unit. */
export const printedNumber = (raw: string): number | undefined => {
  const match = /^-?\d+(?:\.\d+)?/.exec(printedValue(raw) ?? '');
  return match ? Number(match[0]) : undefined;
};

const bytes = (raw: string): number | undefined => parseSize(printedValue(raw) ?? '', 'm');

const mebibytes = (raw: string): number | undefined => {
  const size = bytes(raw);
  return size === undefined ? undefined : Math.round(size / 2 ** 20);
};

/** Yes/No, Enabled/Disabled, On/Off, Active/Not Active. */
const flag = (raw: string): boolean | undefined => {
  const text = printedValue(raw)?.toLowerCase();
  if (text === undefined) return undefined;
  if (/^(?:yes|enabled|on|active)\b/.test(text)) return true;
  return /^(?:no|disabled|off|not active)\b/.test(text) ? false : undefined;
};

/** `0x1BB310DE` or `1BB310DE` (device, then vendor) as `10de:1bb3`. */
const pciId = (raw: string): string | undefined => {
  const match = /^(?:0x)?([0-9a-f]{4})([0-9a-f]{4})$/i.exec(printedValue(raw) ?? '');
  return match ? `${match[2]!}:${match[1]!}`.toLowerCase() : undefined;
};

const versionOrNull = (raw: string): string | null | undefined =>
  bare(raw).toUpperCase() === 'N/A' ? null : printedValue(raw);

type Field<V> = readonly [ReadingName, (raw: string) => V | undefined];
type Fields<T> = { readonly [K in keyof Omit<T, 'line'>]-?: Field<Exclude<T[K], undefined>> };

const MEMORY: Fields<SmiMemory> = {
  totalBytes: ['memoryTotal', bytes],
  totalMib: ['memoryTotal', mebibytes],
  usedBytes: ['memoryUsed', bytes],
  usedMib: ['memoryUsed', mebibytes],
};
const BAR1: Fields<SmiMemory> = {
  totalBytes: ['bar1Total', bytes],
  totalMib: ['bar1Total', mebibytes],
  usedBytes: ['bar1Used', bytes],
  usedMib: ['bar1Used', mebibytes],
};
const TEMPERATURE: Fields<NonNullable<SmiGpu['temperature']>> = {
  current: ['temperature', printedNumber],
  slowdown: ['temperatureSlowdown', printedNumber],
  shutdown: ['temperatureShutdown', printedNumber],
};
const POWER: Fields<NonNullable<SmiGpu['power']>> = {
  drawWatts: ['powerDraw', printedNumber],
  limitWatts: ['powerLimit', printedNumber],
  text: ['powerText', printedValue],
};
const UTILIZATION: Fields<NonNullable<SmiGpu['utilization']>> = {
  gpuPercent: ['utilizationGpu', printedNumber],
  memoryPercent: ['utilizationMemory', printedNumber],
};
const ECC: Fields<SmiEcc> = {
  volatileUncorrected: ['eccVolatileUncorrected', printedNumber],
  aggregateUncorrected: ['eccAggregateUncorrected', printedNumber],
  volatileCorrected: ['eccVolatileCorrected', printedNumber],
  aggregateCorrected: ['eccAggregateCorrected', printedNumber],
  enabled: ['eccMode', flag],
  pendingEnabled: ['eccPending', flag],
};
const RETIRED_PAGES: Fields<SmiRetiredPages> = {
  pending: ['retiredPending', flag],
  doubleBit: ['retiredDouble', printedNumber],
  singleBit: ['retiredSingle', printedNumber],
};
const REMAPPED_ROWS: Fields<SmiRemappedRows> = {
  pending: ['remappedPending', flag],
  failure: ['remappedFailure', flag],
  uncorrectable: ['remappedUncorrectable', printedNumber],
  correctable: ['remappedCorrectable', printedNumber],
};
const LINK: Fields<SmiLink> = {
  widthCurrent: ['linkWidth', printedNumber],
  widthMax: ['linkWidthMax', printedNumber],
  generationCurrent: ['linkGeneration', printedNumber],
  generationMax: ['linkGenerationMax', printedNumber],
  generationDeviceMax: ['linkDeviceMax', printedNumber],
  generationHostMax: ['linkHostMax', printedNumber],
  replays: ['replays', printedNumber],
};
const VIRTUALIZATION: Fields<NonNullable<SmiGpu['virtualization']>> = {
  mode: ['virtualization', printedValue],
  hostVgpuMode: ['hostVgpuMode', printedValue],
};
const GSP_FIRMWARE: Fields<NonNullable<SmiGpu['gspFirmware']>> = { version: ['gspFirmware', versionOrNull] };
const RECOVERY: Fields<NonNullable<SmiGpu['recovery']>> = {
  action: ['recoveryAction', printedValue],
  resetRequired: ['resetRequired', flag],
};

/** The fields that have a value, with the line of the first of them; undefined when none has. */
function group<T extends Located>(readings: Readings, fields: Fields<T>): T | undefined {
  let found: (Record<string, unknown> & Located) | undefined;
  for (const [key, [name, read]] of Object.entries<Field<unknown>>(fields)) {
    const reading = readings.get(name);
    const value = reading && read(reading.raw);
    if (reading === undefined || value === undefined) continue;
    found ??= { line: reading.line };
    found[key] = value;
  }
  return found as T | undefined;
}

/** A GPU from its readings, whichever form they came from. */
export function smiGpu(line: number, readings: Readings, errors: SmiValueError[]): SmiGpu {
  const one = <V>(name: ReadingName, read: (raw: string) => V | undefined): V | undefined => {
    const reading = readings.get(name);
    return reading && read(reading.raw);
  };
  const busId = one('busId', printedValue);
  return {
    line,
    index: one('index', printedNumber),
    name: one('name', printedValue),
    brand: one('brand', printedValue),
    architecture: one('architecture', printedValue),
    busId,
    bdf: busId === undefined ? undefined : normaliseLinuxBdf(busId),
    pciId: one('deviceId', pciId),
    subsystemId: one('subsystemId', pciId),
    uuid: one('uuid', printedValue),
    serial: one('serial', printedValue),
    vbiosVersion: one('vbiosVersion', printedValue),
    persistenceMode: one('persistence', flag),
    driverModel: one('driverModel', printedValue),
    performanceState: one('performanceState', printedValue),
    computeMode: one('computeMode', printedValue),
    migMode: one('migMode', printedValue),
    memory: group(readings, MEMORY),
    bar1: group(readings, BAR1),
    temperature: group(readings, TEMPERATURE),
    power: group(readings, POWER),
    utilization: group(readings, UTILIZATION),
    ecc: group(readings, ECC),
    retiredPages: group(readings, RETIRED_PAGES),
    remappedRows: group(readings, REMAPPED_ROWS),
    link: group(readings, LINK),
    virtualization: group(readings, VIRTUALIZATION),
    gspFirmware: group(readings, GSP_FIRMWARE),
    recovery: group(readings, RECOVERY),
    hasError: errors.length > 0,
    errors,
  };
}

/** A leaf before its path is written out. */
export interface SmiTreeLeaf extends Located {
  keys: readonly string[];
  value: string;
}

const MAX_ERRORS = 30;

/** The readings of one GPU among the leaves of its section. */
export function readingsOf(leaves: readonly SmiTreeLeaf[]): Readings {
  const index = new Map<string, Reading>();
  for (const { line, keys, value } of leaves) {
    const names = keys.map(canonical);
    if (names.some((name, i) => i < names.length - 1 && FOREIGN_SECTIONS.has(name))) continue;
    for (let depth = 1, end = ''; depth <= Math.min(3, names.length); depth += 1) {
      const name = names[names.length - depth]!;
      end = depth === 1 ? name : `${name}/${end}`;
      if (!index.has(end)) index.set(end, { line, raw: value });
    }
  }
  const readings = new Map<ReadingName, Reading>();
  for (const [name, spellings] of Object.entries(SPELLINGS) as [ReadingName, readonly string[]][]) {
    const candidates = spellings.flatMap((spelling) => index.get(spelling) ?? []);
    const reading = candidates.find(({ raw }) => printedValue(raw) !== undefined) ?? candidates[0];
    if (reading) readings.set(name, reading);
  }
  for (const [name, parts] of Object.entries(SUMS) as [ReadingName, readonly string[]][]) {
    const counts = parts.flatMap((part) => index.get(part) ?? []).filter(({ raw }) => printedNumber(raw) !== undefined);
    if (readings.has(name) || counts.length === 0) continue;
    const sum = counts.reduce((total, { raw }) => total + printedNumber(raw)!, 0);
    // the line of a part that counts, so that the evidence shows it
    const telling = counts.find(({ raw }) => printedNumber(raw)! > 0) ?? counts[0]!;
    readings.set(name, { line: telling.line, raw: String(sum) });
  }
  return readings;
}

/** Every leaf whose value is an error text. */
export const errorsOf = (leaves: readonly SmiTreeLeaf[]): SmiValueError[] =>
  leaves
    .filter(({ value }) => isValueError(value))
    .slice(0, MAX_ERRORS)
    .map(({ line, keys, value }) => ({ line, field: keys.join('/'), text: value }));

/** Memory from its two printed values; undefined when neither is a size. */
export function smiMemory(line: number, used: string, total: string): SmiMemory | undefined {
  const readings = new Map<ReadingName, Reading>([
    ['memoryTotal', { line, raw: total }],
    ['memoryUsed', { line, raw: used }],
  ]);
  return group(readings, MEMORY);
}

/** The versions that could be read; undefined when there is none. */
export function smiVersions(
  line: number,
  printed: { smi?: string; driver?: string; cuda?: string; nvml?: string },
): SmiVersions | undefined {
  const version = (raw: string | undefined): string | undefined => /^\d[\d.]*/.exec(printedValue(raw ?? '') ?? '')?.[0];
  const cuda = version(printed.cuda);
  const versions: SmiVersions = {
    line,
    smi: version(printed.smi),
    driver: version(printed.driver),
    cuda,
    nvml: version(printed.nvml),
    cudaText: cuda === undefined && printed.cuda?.trim() ? printed.cuda.trim() : undefined,
  };
  return Object.entries(versions).some(([key, value]) => key !== 'line' && value !== undefined) ? versions : undefined;
}
