/**
 * The logs of nvidia-smi, `-q` and `-q -x`: the same tree of sections and values in two forms. What both make of it, once
 * the values are read.
 */
import type { Problem } from '../../src/model/artifact.ts';
import type { Located } from '../../src/model/source.ts';
import {
  canonical,
  errorsOf,
  printedNumber,
  readingsOf,
  smiGpu,
  smiMemory,
  smiVersions,
  type Reading,
  type SmiGpu,
  type SmiMemory,
  type SmiMigDevice,
  type SmiTreeLeaf,
  type SmiVersions,
} from './nvidia-smi.ts';

/** One printed value. `path`: section names and key as printed, outermost first, joined by `/`. */
export interface SmiLeaf extends Located {
  path: string;
  value: string;
}

/** A GPU of a log (`-q`, `-q -x`) with everything that was printed of it. */
export interface SmiLoggedGpu extends SmiGpu {
  leaves: SmiLeaf[];
  /** leaves left out to keep the facts small; missing when none was */
  leavesOmitted?: number;
}

export interface SmiLog extends Located {
  timestamp?: string;
  versions?: SmiVersions;
  /** GPUs that the driver has attached; `-i` prints fewer */
  attachedGpus?: number;
  /** what was printed before the first GPU */
  header: SmiLeaf[];
  gpus: SmiLoggedGpu[];
  migDevices: SmiMigDevice[];
}

/** What a log says of one GPU; `line` is where that begins. */
export interface SmiSection extends Located {
  busId?: string;
  leaves: readonly SmiTreeLeaf[];
}

const MAX_GPUS = 256;
const MAX_LEAVES = 1500;
const MAX_SAME_PATH = 16;

/** A log from the values before its first GPU and those of each GPU. */
export function smiLog(
  line: number,
  header: readonly SmiTreeLeaf[],
  sections: readonly SmiSection[],
): { log: SmiLog; problems: Problem[] } {
  const said = (...names: readonly string[]): SmiTreeLeaf | undefined =>
    names.flatMap((name) => header.find(({ keys }) => canonical(keys[0]!) === name) ?? [])[0];
  const driver = said('kmd_version', 'driver_version');
  const cuda = said('cuda_umd_version', 'cuda_version');
  const attached = Number(said('attached_gpus')?.value);
  const read = sections.slice(0, MAX_GPUS);
  return {
    log: {
      line,
      timestamp: said('timestamp')?.value,
      versions: smiVersions((driver ?? cuda)?.line ?? 1, { driver: driver?.value, cuda: cuda?.value }),
      attachedGpus: Number.isInteger(attached) ? attached : undefined,
      header: writtenLeaves(header).leaves,
      gpus: read.map(loggedGpu),
      migDevices: read.flatMap(migDevicesOf),
    },
    problems:
      sections.length > MAX_GPUS
        ? [{ message: `only the first ${MAX_GPUS} of ${sections.length} GPU records were read` }]
        : [],
  };
}

/** Leaves as facts: at most 1500, of one path at most 16 (supported clocks run into thousands). */
function writtenLeaves(leaves: readonly SmiTreeLeaf[]): { leaves: SmiLeaf[]; omitted: number } {
  const kept: SmiLeaf[] = [];
  const seen = new Map<string, number>();
  for (const { line, keys, value } of leaves) {
    const path = keys.join('/');
    const count = (seen.get(path) ?? 0) + 1;
    seen.set(path, count);
    if (count <= MAX_SAME_PATH && kept.length < MAX_LEAVES) kept.push({ line, path, value });
  }
  return { leaves: kept, omitted: leaves.length - kept.length };
}

/** The MIG instances in a GPU's section of a log: records that begin with an `Index`. */
function migDevicesOf({ busId, leaves }: SmiSection): SmiMigDevice[] {
  const records: { line: number; leaves: Map<string, Reading> }[] = [];
  for (const { line, keys, value } of leaves) {
    const start = keys.findIndex((key) => canonical(key) === 'mig_device');
    if (start < 0) continue;
    const path = keys
      .slice(start + 1)
      .map(canonical)
      .join('/');
    if (path === 'index' || records.length === 0) records.push({ line, leaves: new Map() });
    records.at(-1)!.leaves.set(path, { line, raw: value });
  }
  return records.map(({ line, leaves: fields }) => {
    const value = (path: string) => printedNumber(fields.get(path)?.raw ?? '');
    const memory = (...sections: string[]): SmiMemory | undefined => {
      const section = sections.find((name) => fields.has(`${name}/total`));
      const total = fields.get(`${section}/total`);
      const used = fields.get(`${section}/used`);
      return total && smiMemory(total.line, used?.raw ?? '', total.raw);
    };
    return {
      line,
      busId,
      index: value('index'),
      gpuInstance: value('gpu_instance_id'),
      computeInstance: value('compute_instance_id'),
      memory: memory('shared_fb_memory_usage', 'fb_memory_usage'),
      bar1: memory('shared_bar1_memory', 'shared_bar1_memory_usage', 'bar1_memory_usage'),
      multiprocessors: value('device_attributes/shared/multiprocessor_count'),
    };
  });
}

function loggedGpu({ line, busId, leaves }: SmiSection): SmiLoggedGpu {
  const readings = new Map(readingsOf(leaves));
  if (busId !== undefined) readings.set('busId', { line, raw: busId });
  const written = writtenLeaves(leaves);
  return {
    ...smiGpu(line, readings, errorsOf(leaves)),
    leaves: written.leaves,
    ...(written.omitted > 0 ? { leavesOmitted: written.omitted } : {}),
  };
}
