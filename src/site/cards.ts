import { vendorName } from '../matrix/card.ts';
import { cellsOf } from '../matrix/cells.ts';
import { inRowOrder } from '../matrix/columns.ts';
import { isFreeBsd, isGpu, standing } from '../matrix/compare.ts';
import { retestWanted } from '../matrix/retest.ts';
import type { Matrix, MatrixCell, RetestWish } from '../model/matrix.ts';
import type { GpuObservation, Observation } from '../model/observation.ts';
import type { GpuRow } from '../model/tables.ts';
import { slugsOf } from './slug.ts';

/** A cell with the anchor that leads to it on the page of its card. */
export interface PlacedCell extends MatrixCell {
  anchor: string;
}

/** A card with a page of its own, and all that is told of it. */
export interface Card {
  /** PCI id, or the name where the id is not told: as cells are grouped */
  key: string;
  /** name of its page, without the ending */
  slug: string;
  name: string;
  pciId: string | null;
  /** `NVIDIA`; undefined when not told */
  vendor?: string;
  architecture: string | null;
  chip: string | null;
  /** of tables/gpus.csv */
  row?: GpuRow;
  cells: PlacedCell[];
  wishes: RetestWish[];
  /** best proven first; those from other systems than FreeBSD and those that no longer stand too */
  reports: GpuObservation[];
}

const keyOfReport = ({ gpu }: GpuObservation): string => gpu.pciId ?? gpu.name;
const keyOf = ({ pciId, gpu }: Pick<MatrixCell, 'pciId' | 'gpu'>): string => pciId ?? gpu;

/** Everything the pages show, put together once. */
export interface Catalogue {
  matrix: Matrix;
  date: string;
  /** NVIDIA first, then AMD and Intel, then the rest; by name within */
  cards: Card[];
  /** all that is wanted, the most pressing first */
  wishes: RetestWish[];
  /** about hosts and other devices than graphics cards */
  platform: Observation[];
  cardOf: (of: Observation | RetestWish) => Card | undefined;
  observation: (id: string) => Observation | undefined;
  /** neither withdrawn nor replaced */
  stands: (id: string) => boolean;
}

export function catalogueOf(matrix: Matrix, date: string): Catalogue {
  const observations = inRowOrder(matrix.observations);
  const reports = groupBy(observations.filter(isGpu), keyOfReport);
  const cells = groupBy(cellsOf(matrix, {}, date), keyOf);
  const wishes = retestWanted(matrix, {}, date);
  const wishesOf = groupBy(wishes, keyOf);
  const slugs = slugsOf(reports.keys());
  const cards = [...reports].map(([key, own]): Card => {
    const { gpu } = own[0]!;
    const row = gpu.pciId === null ? undefined : matrix.tables.gpus.get(gpu.pciId);
    return {
      key,
      slug: slugs.get(key)!,
      name: row?.name ?? gpu.name,
      pciId: gpu.pciId,
      ...(gpu.vendorId !== null && { vendor: vendorName(gpu.vendorId) }),
      architecture: row?.architecture || gpu.architecture,
      chip: row?.chip || (gpu.chip ?? null),
      ...(row !== undefined && { row }),
      cells: withAnchors(cells.get(key) ?? []),
      wishes: wishesOf.get(key) ?? [],
      reports: own,
    };
  });
  const byKey = new Map(cards.map((card) => [card.key, card]));
  const byId = new Map(observations.map((entry) => [entry.id, entry]));
  const current = new Set(standing(observations).map(({ id }) => id));
  return {
    matrix,
    date,
    cards: cards.sort(byVendorAndName),
    wishes,
    platform: observations.filter(({ subject }) => subject === 'platform'),
    cardOf: (of) => byKey.get('subject' in of ? (isGpu(of) ? keyOfReport(of) : '') : keyOf(of)),
    observation: (id) => byId.get(id),
    stands: (id) => current.has(id),
  };
}

/** Reports of a card that count for its verdicts. */
export const counted = ({ reports }: Card, { stands }: Catalogue): GpuObservation[] =>
  reports.filter((report) => stands(report.id) && isFreeBsd(report));

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Anchors are made of what a cell is about, so that a link to it holds when others come and go. */
function withAnchors(cells: readonly MatrixCell[]): PlacedCell[] {
  const textOf = ({ release, patch, userland, guest }: MatrixCell): string =>
    [release ?? 'any', patch, ...(userland === 'qemu' ? ['qemu'] : []), guest ?? 'any'].join(' ');
  const anchors = slugsOf(cells.map(textOf));
  return cells.map((cell) => ({ ...cell, anchor: anchors.get(textOf(cell))! }));
}

const VENDORS = ['NVIDIA', 'AMD', 'Intel'];
const rank = ({ vendor = '' }: Card): number => (VENDORS.includes(vendor) ? VENDORS.indexOf(vendor) : VENDORS.length);

const byVendorAndName = (a: Card, b: Card): number =>
  rank(a) - rank(b) || a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.key < b.key ? -1 : 1);
