import type { BarRow, WindowMap } from '../../model/report.ts';

/**
 * Where everything of the address-space picture stands: host on the left, guest on the right, addresses rising upward,
 * in two bands, above and below 4 GiB. Within a band all is to one scale, on both sides, but for what would be too thin
 * to be seen. Lengths are units of the drawing.
 */

/** `misfit`: finds no room; `affected`: has room and still does not come to use, or that is not known */
export type PieceState = 'fits' | 'misfit' | 'affected';

/** One BAR of the map. Addresses and sizes in bytes. */
export interface Piece {
  hostBdf: string;
  index: number;
  sizeBytes: number;
  /** the size was not seen on this machine */
  borrowed: boolean;
  state: PieceState;
  fits: WindowMap['bars'][number]['fits'];
  host: number | undefined;
  /** undefined: nowhere */
  guest: number | undefined;
  /** the guest's own evidence shows that address; else it is computed */
  seen: boolean;
}

export interface Box {
  top: number;
  height: number;
}

export interface Block extends Box {
  piece: Piece;
}

export interface GuestWindow extends Box {
  base: number;
  sizeBytes: number;
}

export interface Band {
  name: 'high' | 'low';
  top: number;
  height: number;
  window: GuestWindow | undefined;
  guest: Block[];
  host: Block[];
  /** between stretches of host addresses that are far apart */
  breaks: number[];
  /** bytes that one unit stands for */
  scale: number;
}

export interface AddressLayout {
  bands: Band[];
  height: number;
}

const FOUR_GIB = 2 ** 32;
/** What is thinner would not be seen. */
const THINNEST = 3;
/** Between a window and what stands outside of it, so that it is seen to be outside. */
const APART = 6;
/** Height of a break between stretches. */
const BREAK = 14;
/** Room for the heading of a band, and between bands. */
const HEADING = 40;
const LEAST_HEIGHT: Record<Band['name'], number> = { high: 190, low: 90 };
/** A label takes two lines. */
const PER_LABEL = 27;

/** I/O ports are another address space and not in the picture. */
export function layOut(map: WindowMap, rows: readonly BarRow[]): AddressLayout {
  const pieces = piecesOf(map, rows);
  const bands: Band[] = [];
  let top = 0;
  for (const name of ['high', 'low'] as const) {
    const band = bandOf(name, map, pieces, top + HEADING);
    if (band === undefined) continue;
    bands.push(band);
    top = band.top + band.height;
  }
  return { bands, height: top + 12 };
}

function piecesOf(map: WindowMap, rows: readonly BarRow[]): Piece[] {
  const assigned = byFirmware(map);
  return map.bars
    .filter(({ kind }) => kind !== 'io')
    .map((bar): Piece => {
      const row = rows.find(({ hostBdf, index }) => hostBdf === bar.hostBdf && index === bar.index);
      const seen = numberOf(row?.guestBase);
      const placed = bar.window === null ? undefined : (assigned.get(bar) ?? numberOf(bar.address));
      return {
        hostBdf: bar.hostBdf,
        index: bar.index,
        sizeBytes: bar.sizeBytes,
        borrowed: bar.sizeFrom !== 'host',
        state: stateOf(bar),
        fits: bar.fits,
        host: numberOf(row?.hostBase),
        guest: seen ?? placed,
        seen: seen !== undefined,
      };
    });
}

const numberOf = (address: string | null | undefined): number | undefined =>
  address === null || address === undefined ? undefined : Number(address);

/** A BAR that overflows the firmware's window takes the others with it: PCI set-up fails as a whole. */
function stateOf({ fits, kind }: WindowMap['bars'][number]): PieceState {
  if (fits === 'fits') return 'fits';
  if (fits === 'unknown' || (fits === 'rejected' && kind !== 'mem64')) return 'affected';
  return 'misfit';
}

/** UEFI firmware gives the 64-bit BARs of bus 0 addresses of its own: the largest first, one after the other. */
function byFirmware({ windows, bars }: WindowMap): ReadonlyMap<WindowMap['bars'][number], number> {
  const window = windows.find(({ name }) => name === 'uefi64');
  const assigned = new Map<WindowMap['bars'][number], number>();
  if (window === undefined) return assigned;
  let next = Number(window.base);
  const own = bars.filter(({ kind, guestSlot }) => kind === 'mem64' && guestSlot.startsWith('0:'));
  for (const bar of own.sort((a, b) => b.sizeBytes - a.sizeBytes)) {
    assigned.set(bar, next);
    next += bar.sizeBytes;
  }
  return assigned;
}

function bandOf(name: Band['name'], map: WindowMap, pieces: readonly Piece[], top: number): Band | undefined {
  const isHere = (address: number): boolean => address >= FOUR_GIB === (name === 'high');
  const window = windowOf(name, map);
  const onHost = pieces.filter(({ host }) => host !== undefined && isHere(host));
  const inGuest = pieces.filter(({ guest }) => guest !== undefined && isHere(guest));
  // What has no address is drawn above the window that has no room for it: the one for its size.
  const homeless = pieces.filter(
    ({ guest, sizeBytes }) =>
      guest === undefined && (sizeBytes >= 2 ** 28 || windowOf('low', map) === undefined) === (name === 'high'),
  );
  if (onHost.length === 0 && inGuest.length === 0 && homeless.length === 0) return undefined;
  const base = Math.min(...inGuest.map(({ guest }) => guest!), ...(window ? [Number(window.base)] : []));
  const end = Math.max(
    ...inGuest.map(({ guest, sizeBytes }) => guest! + sizeBytes),
    ...(window ? [Number(window.base) + window.sizeBytes] : []),
  );
  const extra = homeless.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const extent = Number.isFinite(base) ? end - base + extra : extra;
  const stretches = stretchesOf(onHost, Math.max(extent, 2 ** 28) / 8);
  const hostBytes = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  const height = Math.max(
    LEAST_HEIGHT[name],
    PER_LABEL * (Math.max(onHost.length, inGuest.length + homeless.length) + (window === undefined ? 0 : 2)),
  );
  const room = height - BREAK * Math.max(stretches.length - 1, 0);
  const scale = Math.max(extent / height, hostBytes / room);
  const bottom = top + height;
  const guest = stack(
    [
      ...inGuest.map((piece) => ({ piece, from: piece.guest! - base })),
      ...homeless.map((piece, i) => ({
        piece,
        from:
          (Number.isFinite(base) ? end - base : 0) +
          homeless.slice(0, i).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      })),
    ],
    bottom,
    scale,
    window && Number(window.base) + window.sizeBytes - base,
  );
  const { blocks: host, breaks } = hostColumn(onHost, stretches, bottom, scale);
  return {
    name,
    top,
    height,
    scale,
    guest,
    host,
    breaks,
    window: window && {
      base: Number(window.base),
      sizeBytes: window.sizeBytes,
      top: bottom - (Number(window.base) - base + window.sizeBytes) / scale,
      height: window.sizeBytes / scale,
    },
  };
}

/** Above 4 GiB the firmware's, where one takes part: there is what the guest gets. */
const windowOf = (name: Band['name'], { windows }: WindowMap): WindowMap['windows'][number] | undefined =>
  name === 'low'
    ? windows.find((window) => window.name === 'mem32')
    : (windows.find((window) => window.name === 'uefi64') ?? windows.find((window) => window.name === 'mem64'));

interface Stretch {
  from: number;
  to: number;
}

/** Host addresses without the large holes between them, lowest first. */
function stretchesOf(pieces: readonly Piece[], hole: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { host, sizeBytes } of [...pieces].sort((a, b) => a.host! - b.host!)) {
    const last = stretches.at(-1);
    if (last !== undefined && host! - last.to <= hole) last.to = Math.max(last.to, host! + sizeBytes);
    else stretches.push({ from: host!, to: host! + sizeBytes });
  }
  return stretches;
}

function hostColumn(
  pieces: readonly Piece[],
  stretches: readonly Stretch[],
  bottom: number,
  scale: number,
): { blocks: Block[]; breaks: number[] } {
  const blocks: Block[] = [];
  const breaks: number[] = [];
  let floor = bottom;
  for (const [i, { from, to }] of stretches.entries()) {
    if (i > 0) {
      breaks.push(floor - BREAK / 2);
      floor -= BREAK;
    }
    const own = pieces.filter(({ host }) => host! >= from && host! < to);
    const placed = stack(
      own.map((piece) => ({ piece, from: piece.host! - from })),
      floor,
      scale,
    );
    blocks.push(...placed);
    floor = Math.min(floor - (to - from) / scale, ...placed.map((block) => block.top));
  }
  return { blocks, breaks };
}

/**
 * Blocks from the lowest address up; one that is drawn thicker than it is lifts those right above it.
 * @param end where the window ends, in bytes like `from`: what begins there or after it is set apart
 */
function stack(
  items: readonly { piece: Piece; from: number }[],
  bottom: number,
  scale: number,
  end = Infinity,
): Block[] {
  let taken = bottom;
  return [...items]
    .sort((a, b) => a.from - b.from)
    .map(({ piece, from }) => {
      const height = Math.max(piece.sizeBytes / scale, THINNEST);
      const foot = Math.min(bottom - from / scale - (from >= end ? APART : 0), taken);
      taken = foot - height;
      return { piece, top: foot - height, height };
    });
}

/** Moves labels apart: each as near as can be to where it belongs, none over another. @param wanted middles, any order */
export function spread(wanted: readonly { middle: number; height: number }[], top: number, bottom: number): number[] {
  const order = wanted.map((label, i) => ({ ...label, i })).sort((a, b) => a.middle - b.middle);
  const middles = new Array<number>(wanted.length).fill(0);
  let floor = top;
  for (const { middle, height, i } of order) {
    middles[i] = Math.max(middle, floor + height / 2);
    floor = middles[i] + height / 2;
  }
  let ceiling = Math.max(bottom, 0);
  for (const { height, i } of order.reverse()) {
    middles[i] = Math.min(middles[i]!, ceiling - height / 2);
    ceiling = middles[i] - height / 2;
  }
  return middles;
}
