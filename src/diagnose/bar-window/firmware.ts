import { GiB, guestRam, hex, KiB, roundUp } from './arithmetic.ts';
import type { BarId, PlacedBar, Placement, Range } from './model.ts';

/** Where the stock UEFI firmware puts 64-bit BARs. */
export interface FirmwareAperture extends Range {
  /** with 1 TiB and more above 4 GiB the firmware's count of RAM wraps and the aperture lies inside guest RAM */
  insideGuestRam: boolean;
}

/** PcdPciMmio64Size of OvmfPkg/Bhyve/BhyveX64.dsc; also the alignment of the aperture */
const APERTURE_SIZE = 32 * GiB;

/** The firmware reads RAM above 4 GiB from CMOS 0x5b-0x5d: 24 bits, counted in 64 KiB. */
const CMOS_UNIT = 64 * KiB;
const CMOS_LIMIT = 2 ** 24;

/** 64-bit aperture of a stock BHYVE_UEFI. Source: OvmfPkg/Bhyve/PlatformPei/MemDetect.c, GetFirstNonAddress. */
export function firmwareAperture({ guestMemoryBytes }: { guestMemoryBytes: number }): FirmwareAperture {
  const { high } = guestRam(guestMemoryBytes);
  const counted = (Math.floor(high / CMOS_UNIT) % CMOS_LIMIT) * CMOS_UNIT;
  const base = roundUp(4 * GiB + counted, APERTURE_SIZE);
  return { base: hex(base), size: APERTURE_SIZE, insideGuestRam: base < 4 * GiB + high };
}

export interface FirmwareCheck {
  aperture: FirmwareAperture;
  /** bytes that all 64-bit BARs of bus 0 need together, small ones included */
  demand: number;
  /** demand is at most the aperture */
  fits: boolean;
  /** the largest request of bus 0, of equals the one in the lowest slot; this function must shrink or go */
  largest?: BarId & { size: number };
  /** buses the firmware probably never looks at: bhyve's addresses stay there (inferred) */
  unseenBuses: number[];
}

/**
 * Whether a stock BHYVE_UEFI, built from an edk2 that enumerates the PCI bus (about mid-2023 and later), can place the
 * 64-bit BARs that bhyve has given it.
 *
 * Read in PciBusDxe: every 64-bit BAR goes into the one aperture, prefetchable or not, with an option ROM or not
 * (IncompatiblePciDeviceSupportDxe); requests are laid out largest first, so that powers of two leave no gap and the
 * demand is their plain sum; PciScanBus looks at bus 0 and behind bridges, of which bhyve has none. A BAR that bhyve
 * dropped reads as not implemented and asks for nothing.
 *
 * When the demand is too large, PciHostBridgeAdjustAllocation looks for a device to reject. IsRejectiveDevice exempts
 * devices on bus 0, so none is found and PciEnumerator fails as a whole: the firmware then has no PCI device at all, no
 * disk, no frame buffer, no serial port behind the LPC bridge. Each step was read, the outcome on bhyve is inferred.
 */
export function checkFirmware(guestMemoryBytes: number, placement: Placement): FirmwareCheck {
  const aperture = firmwareAperture({ guestMemoryBytes });
  const requests = placement.placed.filter(isSeenRequest);
  const demand = requests.reduce((sum, { size }) => sum + size, 0);
  const buses = new Set(placement.placed.map(({ bus }) => bus));
  const largest = requests.reduce<PlacedBar | undefined>(
    (most, bar) => (most === undefined || bar.size > most.size ? bar : most),
    undefined,
  );
  return {
    aperture,
    demand,
    fits: demand <= aperture.size,
    ...(largest === undefined ? {} : { largest: withSize(largest) }),
    unseenBuses: [...buses].filter((bus) => bus !== ENUMERATED_BUS),
  };
}

/** the only bus the firmware looks at */
export const ENUMERATED_BUS = 0;

/** An `unknown` BAR is there as soon as bhyve starts. */
const isSeenRequest = ({ bus, kind, outcome }: PlacedBar): boolean =>
  bus === ENUMERATED_BUS && kind === 'mem64' && (outcome === 'placed' || outcome === 'unknown');

const withSize = ({ bus, slot, function: fn, index, size }: PlacedBar): BarId & { size: number } => ({
  bus,
  slot,
  function: fn,
  index,
  size,
});
