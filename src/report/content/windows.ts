import type { WindowMap } from '../../model/report.ts';
import { formatSize } from '../../model/size.ts';
import { type Block, labelled, paragraph, type Section, type TableBlock } from '../document.ts';

type Bar = WindowMap['bars'][number];

/** A BAR from this size on is what a window may have no room for. */
const LARGE = 2 ** 30;

/** More rows than this help nobody. */
const MAX_ROWS = 64;

const WINDOW_NAMES: Record<WindowMap['windows'][number]['name'], string> = {
  mem32: 'bhyve, below 4 GiB',
  mem64: 'bhyve, above guest memory',
  uefi64: 'UEFI firmware, 64-bit BARs',
};

const IN_WINDOW: Record<NonNullable<Bar['window']>, string> = {
  io: 'I/O',
  mem32: 'below 4 GiB',
  mem64: 'above memory',
};

const FIT_WORDS: Record<Bar['fits'], string> = {
  fits: 'fits',
  dropped: 'dropped',
  refused: 'refused',
  rejected: 'no room in UEFI',
  unreachable: 'out of reach',
  unknown: '?',
};

/** The maps of which something can be learned: a BAR is large, or does not fit. */
export const addressWindows = (maps: readonly WindowMap[]): Section[] =>
  windowSection(maps.filter(({ bars }) => bars.some(({ sizeBytes, fits }) => sizeBytes >= LARGE || fits !== 'fits')));

/** The address windows of VMs and where each BAR lies in them. */
export function windowSection(maps: readonly WindowMap[]): Section[] {
  return maps.length === 0 ? [] : [{ title: 'Address windows', blocks: maps.flatMap(mapBlocks) }];
}

function mapBlocks(map: WindowMap): Block[] {
  const { vm, memoryBytes, windows, bars, inferred } = map;
  const need = windows.find(({ neededBytes, sizeBytes }) => neededBytes !== undefined && neededBytes > sizeBytes);
  const borrowed = bars.some(({ sizeFrom }) => sizeFrom !== 'host');
  const basis = inferred ? ' That this release places BARs so was concluded, not read.' : '';
  return [
    labelled(
      `${vm ?? 'The VM'}, ${formatSize(memoryBytes)} of memory:`,
      `computed from sizes and release, not seen.${basis}`,
    ),
    windowTable(windows),
    ...(need === undefined
      ? []
      : [
          labelled(
            'Too much:',
            `the 64-bit BARs ask for ${formatSize(need.neededBytes! - need.sizeBytes)} more than stock UEFI firmware has.`,
          ),
        ]),
    barTable(bars),
    ...(borrowed
      ? [paragraph('~ size of other cards of this model or family, not seen on this machine', 'faint')]
      : []),
  ];
}

const windowTable = (windows: WindowMap['windows']): TableBlock => ({
  type: 'table',
  columns: [{ head: 'Window' }, { head: 'From' }, { head: 'Size', align: 'right' }],
  rows: windows.map(({ name, base, sizeBytes }) => [WINDOW_NAMES[name], base, formatSize(sizeBytes)]),
});

const barTable = (bars: readonly Bar[]): TableBlock => ({
  type: 'table',
  columns: [
    { head: 'Card' },
    { head: 'BAR', align: 'right' },
    { head: 'Size', align: 'right' },
    { head: 'Window' },
    { head: 'Placed by bhyve at' },
    { head: 'Outcome' },
  ],
  rows: bars
    .slice(0, MAX_ROWS)
    .map(({ hostBdf, index, sizeBytes, sizeFrom, window, address, fits }) => [
      hostBdf,
      String(index),
      `${sizeFrom === 'host' ? '' : '~'}${formatSize(sizeBytes)}`,
      window === null ? 'none' : IN_WINDOW[window],
      address ?? 'nowhere',
      FIT_WORDS[fits],
    ]),
});
