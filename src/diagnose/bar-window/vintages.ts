import type { FreeBsdRelease } from '../../model/release.ts';
import { GiB, guestRam, MiB, roundUp } from './arithmetic.ts';
import type { BarRequest, Certainty, Machine, Vintage, Window } from './model.ts';

/** From base to limit, in bytes. */
export interface Span {
  base: number;
  limit: number;
}

/** The rules of one vintage, from `usr.sbin/bhyve/pci_emul.c` and `pci_passthru.c`. */
export interface VintageRules {
  /** undefined when it depends on a fact that is missing */
  window64(machine: Machine): Span | undefined;
  /** 64-bit BARs above this go to the 64-bit window, all others to the 32-bit window */
  largeAbove: number;
  /**
   * `as-found`: each BAR is placed when its device is initialised, and a failure reaches the device.
   * `largest-first`: the BARs of a bus are collected, sorted by size and placed; failures are not looked at.
   */
  order: 'as-found' | 'largest-first';
  /** what the 64-bit pointer skips after each bus, also its alignment then */
  slack64: number;
  /** a 64-bit passthrough BAR of exactly 4 GiB gets its address on the host */
  identity4g: boolean;
  /** `rom=` is served */
  rom: boolean;
}

/** the 32-bit window: all memory BARs that are not large 64-bit ones */
export const WINDOW_32: Span = { base: 0xc000_0000, limit: 0xe000_0000 };
export const WINDOW_IO: Span = { base: 0x2000, limit: 0x1_0000 };

/** what the other pointers skip after each bus, in all vintages */
export const SLACK_32 = MiB;
export const SLACK_IO = 32;

/** The user address limit of amd64, 2^47, caps the 13.0 window (inferred: the constant was not read). */
const USER_ADDRESS_BITS = 47;

/** 13.1 and later: 32 GiB, starting above guest RAM at a multiple of 32 GiB */
function aboveGuestRam({ guestMemoryBytes }: Machine): Span {
  const base = roundUp(4 * GiB + guestRam(guestMemoryBytes).high, 32 * GiB);
  return { base, limit: base + 32 * GiB };
}

/** 13.0: the upper half of the host's physical address space */
function upperHalfOfHost({ hostMaxPhysBits }: Machine): Span | undefined {
  if (hostMaxPhysBits === undefined) return undefined;
  const bits = Math.min(hostMaxPhysBits, USER_ADDRESS_BITS);
  return { base: 2 ** (bits - 1), limit: 2 ** bits };
}

const LARGEST_FIRST: VintageRules = {
  window64: aboveGuestRam,
  largeAbove: 128 * MiB,
  order: 'largest-first',
  slack64: 512 * MiB,
  identity4g: false,
  rom: true,
};

export const VINTAGES: Readonly<Record<Vintage, VintageRules>> = {
  '12.x': {
    window64: () => ({ base: 832 * GiB, limit: 1012 * GiB }),
    largeAbove: 32 * MiB,
    order: 'as-found',
    slack64: MiB,
    identity4g: true,
    rom: false,
  },
  '13.0': {
    window64: upperHalfOfHost,
    largeAbove: 128 * MiB,
    order: 'as-found',
    slack64: MiB,
    identity4g: false,
    rom: false,
  },
  '13.1+': LARGEST_FIRST,
  'main-2025': LARGEST_FIRST,
};

/** The window a BAR of this rounded size goes to. There is no other one if that is full; prefetchable or not is all the same. */
export function windowFor(vintage: Vintage, kind: BarRequest['kind'], size: number): Window {
  if (kind === 'io') return 'io';
  return kind === 'mem64' && size > VINTAGES[vintage].largeAbove ? '64' : '32';
}

export interface VintageOfRelease {
  vintage: Vintage;
  certainty: Certainty;
}

/**
 * First release of each stretch, ascending, with the vintage it gets.
 *
 * Read: 12.1-STABLE, the snapshot of August 2023 that became 14.0, and main of 2025; the releases made between the
 * latter two lie between snapshots with the same rules. Inferred: before 12.1; 12.3 and 12.4, to which the Nov 2020
 * change may have been merged; 13.0, known from a snapshot of main; 13.1 to 13.x, known from the commits merged; and
 * what came after 15.0, since when per-bus arenas are proposed (review D54641).
 */
const STRETCHES: readonly (VintageOfRelease & { major: number; minor: number })[] = [
  { major: 0, minor: 0, vintage: '12.x', certainty: 'inferred' },
  { major: 12, minor: 1, vintage: '12.x', certainty: 'read' },
  { major: 12, minor: 3, vintage: '12.x', certainty: 'inferred' },
  { major: 13, minor: 0, vintage: '13.0', certainty: 'inferred' },
  { major: 13, minor: 1, vintage: '13.1+', certainty: 'inferred' },
  { major: 14, minor: 0, vintage: '13.1+', certainty: 'read' },
  { major: 14, minor: 4, vintage: '13.1+', certainty: 'inferred' },
  { major: 15, minor: 0, vintage: 'main-2025', certainty: 'read' },
  { major: 15, minor: 1, vintage: 'main-2025', certainty: 'inferred' },
];

const stretchOf = (major: number, minor: number): VintageOfRelease =>
  STRETCHES.findLast((from) => major > from.major || (major === from.major && minor >= from.minor))!;

/** The vintage a release has; the newest, inferred, when the release is not known. */
export function vintageOf(release: FreeBsdRelease | undefined): VintageOfRelease {
  if (release === undefined) return { vintage: 'main-2025', certainty: 'inferred' };
  const { major, minor, branch } = release;
  const { vintage, certainty } = stretchOf(major, minor);
  // -STABLE lies between its release and the next, -CURRENT between the last major release and this one: what such a
  // name stands for has been read only if it has been read on both sides.
  const otherSide =
    branch === 'STABLE' ? stretchOf(major, minor + 1) : branch === 'CURRENT' ? stretchOf(major - 1, 0) : undefined;
  return { vintage, certainty: otherSide?.certainty === 'inferred' ? 'inferred' : certainty };
}
