import type { DriverOutlook } from '../../model/preflight.ts';
import type { BranchRow, GpuRow, Tables } from '../../model/tables.ts';
import type { Card } from './card.ts';

/** Branches named as a choice. */
const CHOICES = 3;

/** Which NVIDIA driver the guest needs; undefined when the card is in no table. */
export function driverOutlook({ gpu: { display } }: Card, tables: Tables): DriverOutlook | undefined {
  const row = display.pciId === undefined ? undefined : tables.gpus.get(display.pciId);
  if (row === undefined || !row.pciId.startsWith('10de:') || row.lastBranch === '') return undefined;
  const { first, last } = branchRange(row);
  const served = tables.branches.filter(
    ({ branch }) => Number(branch) >= (first ?? 0) && Number(branch) <= (last ?? Infinity),
  );
  const flavours: DriverOutlook['flavours'] = FLAVOURS[row.openModule];
  const branches = choicesOf(served, last === undefined);
  return {
    architecture: row.architecture,
    ...(first !== undefined && { firstBranch: String(first) }),
    ...(last !== undefined && { lastBranch: String(last) }),
    flavours,
    branches,
    text: [rangeText(row, first, last, tables.branches), `${MODULE_TEXTS[row.openModule]}`].join(' '),
  };
}

/** `375`, `<=535` and `current` as numbers; undefined: not known, or without an end. */
export function branchRange({ firstBranch, lastBranch }: GpuRow): { first?: number; last?: number } {
  const first = /\d+/.exec(firstBranch)?.[0];
  const last = /^\d+$/.exec(lastBranch)?.[0];
  return { ...(first !== undefined && { first: Number(first) }), ...(last !== undefined && { last: Number(last) }) };
}

const FLAVOURS: Record<GpuRow['openModule'], DriverOutlook['flavours']> = {
  supported: ['open', 'proprietary'],
  required: ['open'],
  unsupported: ['proprietary'],
  '': [],
};

const MODULE_TEXTS: Record<GpuRow['openModule'], string> = {
  supported: 'Open or proprietary kernel module.',
  required: 'Open kernel module only.',
  unsupported: 'Proprietary kernel module only: the open one begins with Turing.',
  '': 'Whether the open kernel module serves it is not known.',
};

/** Long-lived branches first, newest first; for cards that the newest branch serves, that one too. */
function choicesOf(served: readonly BranchRow[], newestServes: boolean): string[] {
  const newestFirst = [...served].sort((a, b) => Number(b.branch) - Number(a.branch));
  const kept = newestFirst.filter(({ kind }) => kind === 'production');
  const chosen = kept.length > 0 ? kept : newestFirst;
  return [
    ...new Set(
      [...chosen.slice(0, CHOICES), ...(newestServes ? newestFirst.slice(0, 1) : [])].map(({ branch }) => branch),
    ),
  ];
}

function rangeText(
  { architecture, firstBranch }: GpuRow,
  first: number | undefined,
  last: number | undefined,
  all: readonly BranchRow[],
): string {
  const from = first === undefined ? '' : `${firstBranch.startsWith('<=') ? 'at the latest ' : ''}${first}`;
  if (last === undefined) return `${architecture}: driver branches from ${from === '' ? 'one not known' : from} on.`;
  const next = all
    .map(({ branch }) => Number(branch))
    .filter((branch) => branch > last)
    .sort((a, b) => a - b)[0];
  const range = from === '' ? `branches up to ${last}` : `branches ${from} to ${last}`;
  return `${architecture}: driver ${range}${next === undefined ? '' : `; ${next} and later ignore the card`}.`;
}
