/**
 * The words of the BAR-window model. Sizes and offsets are numbers in bytes, addresses that leave the model are
 * lower-case hexadecimal strings. Every window of every vintage ends at or below 2^47, so sums that decide anything are
 * exact; BAR sizes are powers of two and stay exact up to the largest double.
 */

/** A state of bhyve's PCI allocation code, named after the first release that is believed to have it. */
export type Vintage = '12.x' | '13.0' | '13.1+' | 'main-2025';

/** `read`: seen in source text. `inferred`: concluded from it, not seen. */
export type Certainty = 'read' | 'inferred';

/** What a device asks for. `rom` is the expansion ROM of a `rom=` option, its size that of the file. */
export interface BarRequest {
  /** 0 to 5; 6 for the ROM */
  index: number;
  kind: 'io' | 'mem32' | 'mem64' | 'rom';
  prefetch: boolean;
  size: number;
  /** address on the host, `0x...`; read only of passthrough memory BARs */
  hostAddress?: string;
}

/** I/O ports, memory below 4 GiB, memory above it */
export type Window = 'io' | '32' | '64';

/** A function of the guest as configured, on bhyve's virtual bus/slot/function. */
export interface GuestDevice {
  bus: number;
  slot: number;
  function: number;
  /** `passthru`, or the name of the emulated device: `virtio-blk`, `fbuf`, `nvme`, `lpc` ... */
  model: string;
  bars: readonly BarRequest[];
}

/** All that placement depends on. */
export interface Machine {
  vintage: Vintage;
  guestMemoryBytes: number;
  devices: readonly GuestDevice[];
  /** MAXPHYADDR of the host; only the 13.0 windows depend on it */
  hostMaxPhysBits?: number;
}

/** Names one BAR of the guest. */
export interface BarId {
  bus: number;
  slot: number;
  function: number;
  index: number;
}

export interface Range {
  base: string;
  size: number;
}

/**
 * - `placed`: has an address.
 * - `no-room`: its window has no room left. Whether bhyve goes on says `Placement.initFailedAt`.
 * - `unaligned`: host base or size is no multiple of 4 KiB; bhyve stops.
 * - `rom-full`: the 256 MiB that all ROM files share are used up; bhyve stops.
 * - `rom`: accepted; bhyve leaves the address of a ROM to the firmware.
 * - `not-reached`: bhyve stopped at an earlier BAR.
 * - `unknown`: a fact it depends on was not given, or no source tells.
 */
export type Outcome = 'placed' | 'no-room' | 'unaligned' | 'rom-full' | 'rom' | 'not-reached' | 'unknown';

export interface PlacedBar extends BarId {
  kind: BarRequest['kind'];
  /** as bhyve rounds it */
  size: number;
  address: string | null;
  /** the window that holds it; `none` without an address */
  window: Window | 'none';
  outcome: Outcome;
  /** 12.x: mapped at its address on the host instead of in the window */
  identity?: true;
  /** it lies over guest RAM; bhyve does not check this */
  overlapsGuestRam?: true;
}

/** What the DSDT gives to one bus. */
export interface BusWindows {
  bus: number;
  io: Range;
  mem32: Range;
  mem64: Range;
}

/** bhyve's own addresses, before firmware or guest OS move anything. */
export interface Placement {
  /** undefined: depends on the host's MAXPHYADDR, which was not given */
  window64?: Range;
  window32: Range;
  /** one entry per BAR, in the order in which bhyve comes across them */
  placed: PlacedBar[];
  /** false: bhyve exits and the guest never runs. undefined: cannot be told, see the BARs with outcome `unknown` */
  initOk?: boolean;
  initFailedAt?: BarId;
  /** empty unless initOk is true and window64 is known */
  busWindows: BusWindows[];
  /** of any BAR */
  overlapsGuestRam: boolean;
}
