/**
 * The BAR-window model: where bhyve places the BARs of a guest's PCI devices, and what the guest's UEFI firmware can
 * hold. Pure arithmetic on a configuration; nothing is looked up. A small set of rules per vintage of bhyve is in
 * `bar-window/vintages.ts`, the algorithm they steer in `place.ts`, the firmware's side in `firmware.ts`, and what both
 * mean for each BAR in `explain.ts`.
 */
import type { HostFunction } from '../model/host.ts';
import type { GuestDevice } from './bar-window/model.ts';

export { type BarFit, explainFit, type Fit, type FitQuestion, type FitVerdict } from './bar-window/explain.ts';
export { checkFirmware, firmwareAperture, type FirmwareAperture, type FirmwareCheck } from './bar-window/firmware.ts';
export type * from './bar-window/model.ts';
export { placeBars } from './bar-window/place.ts';
export { vintageOf, type VintageOfRelease } from './bar-window/vintages.ts';

/**
 * A host function as the guest gets it. `romBytes` is the size of the file of its `rom=` option. Undefined when the host
 * listing does not show BARs: no BARs would then mean "needs nothing".
 */
export function passthruDevice(
  host: HostFunction,
  at: { bus: number; slot: number; function: number },
  romBytes?: number,
): GuestDevice | undefined {
  if (!host.barsShown) return undefined;
  const { bus, slot, function: fn } = at;
  const bars: GuestDevice['bars'] = host.bars.map(({ index, kind, bits, prefetchable, sizeBytes, base }) => ({
    index,
    kind: kind === 'io' ? 'io' : bits === 64 ? 'mem64' : 'mem32',
    prefetch: prefetchable,
    size: sizeBytes,
    ...(base === undefined ? {} : { hostAddress: base }),
  }));
  const rom = romBytes === undefined ? [] : [{ index: 6, kind: 'rom', prefetch: false, size: romBytes } as const];
  return { bus, slot, function: fn, model: 'passthru', bars: [...bars, ...rom] };
}
