import type { CardLevel, Configuration } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import { ARCHITECTURES, type Tables } from '../model/tables.ts';

type Card = GpuObservation['gpu'];

const VENDORS: Record<string, string> = { '10de': 'NVIDIA', '1002': 'AMD', '8086': 'Intel' };

/** `NVIDIA` for `10de`, else the id itself */
export const vendorName = (vendorId: string): string => VENDORS[vendorId] ?? vendorId;

/** Adds what follows from the PCI id: vendor, and what tables/gpus.csv knows of the card. What is given wins. */
export function completeConfiguration(configuration: Configuration, tables: Tables): Configuration {
  const { pciId } = configuration;
  if (pciId === undefined) return configuration;
  const row = tables.gpus.get(pciId);
  const known: Configuration = { vendorId: pciId.slice(0, 4) };
  if (row !== undefined) {
    known.name = row.name;
    if (row.architecture !== '') known.architecture = row.architecture;
    if (row.chip !== '') known.chip = row.chip;
  }
  return { ...known, ...configuration };
}

/** Whether anything is known of the card; without it the matrix has nothing to compare. */
export const knowsCard = ({ pciId, vendorId, name, architecture, chip }: Configuration): boolean =>
  [pciId, vendorId, name, architecture, chip].some((part) => part !== undefined);

/** `GP104` for `GP104GL`, `GP104M`, `GK208B`: the letters after the number tell boards apart, not chips. */
export const chipFamily = (chip: string): string => /^[A-Z]{2}\d{2}[0-9A-F]/i.exec(chip)?.[0] ?? chip;

export const sameChip = (a: string, b: string): boolean => chipFamily(a).toLowerCase() === chipFamily(b).toLowerCase();

/** Model name without the words that are written or left out at will; `GP104GL [Tesla P4]` is `tesla p4`. */
export const modelName = (name: string): string =>
  (/\[([^[\]]{1,100})\]/.exec(name)?.[1] ?? name)
    .toLowerCase()
    .replace(/\([^()]{0,100}\)/g, ' ')
    .replace(/\b(?:nvidia|amd|ati|geforce|radeon)\b/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** A level, and how far it is on a scale where another card of the same vendor is less than 1. */
export interface CardDistance {
  level: CardLevel;
  distance: number;
}

const SAME_VENDOR = 0.6;
const PER_ARCHITECTURE = 0.03;
const UNKNOWN_ARCHITECTURE = 0.8;

/** How close the card of an observation is to yours. */
export function cardDistance(yours: Configuration, theirs: Card): CardDistance {
  if (yours.pciId !== undefined && yours.pciId === theirs.pciId) return { level: 'same-card', distance: 0 };
  const vendorId = yours.vendorId ?? yours.pciId?.slice(0, 4);
  if (vendorId !== undefined && theirs.vendorId !== null && vendorId !== theirs.vendorId) {
    return { level: 'other-vendor', distance: 2 };
  }
  if (theirs.pciId === null && yours.name !== undefined && modelName(yours.name) === modelName(theirs.name)) {
    return { level: 'same-model', distance: 0.02 };
  }
  if (yours.chip !== undefined && theirs.chip && sameChip(yours.chip, theirs.chip)) {
    return { level: 'same-chip', distance: 0.2 };
  }
  if (yours.architecture !== undefined && yours.architecture === theirs.architecture) {
    return { level: 'same-architecture', distance: 0.4 };
  }
  if (vendorId === undefined || theirs.vendorId === null) return { level: 'unknown', distance: 1.2 };
  const steps = architectureSteps(yours.architecture, theirs.architecture);
  return {
    level: 'same-vendor',
    distance: steps === undefined ? UNKNOWN_ARCHITECTURE : SAME_VENDOR + PER_ARCHITECTURE * steps,
  };
}

/** Generations between two NVIDIA architectures; undefined when one of them is not NVIDIA's or not known. */
function architectureSteps(a: string | undefined, b: string | null): number | undefined {
  const order = ARCHITECTURES as readonly string[];
  const [from, to] = [order.indexOf(a ?? ''), order.indexOf(b ?? '')];
  return from < 0 || to < 0 ? undefined : Math.abs(from - to);
}
