import type { Host, HostFunction, PassthruEntry, Vm } from '../model/host.ts';
import type { ObservedBarsRow, Tables } from '../model/tables.ts';
import { type BarRequest, ENUMERATED_BUS, explainFit, type FitVerdict, type GuestDevice, passthruDevice, vintageOf } from './bar-window.ts';

/** Whether a BAR finds room in the VM, with the request when its size is not from this host. */
export interface BarFitOnHost {
  fits: FitVerdict;
  reason: string;
  /** bytes */
  size: number;
  /** the 64-bit BARs of its bus together need more than stock UEFI firmware has for them */
  overflows: boolean;
  /** rests on steps or sizes that were concluded, not seen on this host */
  inferred: boolean;
  sizeFrom: 'host' | 'observed' | 'family';
  bar?: BarRequest;
}

/**
 * For every BAR of the functions that VMs are given: whether it fits the address windows of its VM. Keyed by
 * `bus/slot/function index`. Sizes come from this host's pciconf, else from reports of the same card, else from the
 * rule of its family. Empty when no VM with its memory size is known.
 */
export function fitBars(host: Host, tables: Tables): Map<string, BarFitOnHost> {
  const fits = new Map<string, BarFitOnHost>();
  for (const vm of host.vms) if (vm.passthru.length > 0) addVm(host, vm, tables, fits);
  return fits;
}

function addVm(host: Host, vm: Vm, tables: Tables, fits: Map<string, BarFitOnHost>): void {
  if (vm.memoryBytes === undefined) return;
  const { vintage, certainty } = vintageOf(host.release?.value);
  const devices: (GuestDevice & { hostBdf: string; sizeFrom: BarFitOnHost['sizeFrom'] })[] = [];
  vm.passthru.forEach((entry, i) => {
    const fn = host.functions.find((candidate) => candidate.domain === 0 && candidate.bdf === entry.hostBdf);
    const gpu = host.gpus.find(({ display }) => display.bdf === entry.hostBdf)?.display;
    const device = fn === undefined ? undefined : deviceOf(gpu ?? fn, placeOf(entry, i), tables);
    if (device !== undefined) devices.push({ ...device, hostBdf: entry.hostBdf! });
  });
  if (devices.length === 0) return;
  const fit = explainFit({
    vintage,
    certainty,
    guestMemoryBytes: vm.memoryBytes,
    devices,
    ...(vm.uefi === false && { firmwareEnumerates: false }),
  });
  for (const bar of fit.bars) {
    const device = devices.find(({ bus, slot, function: fn }) => bus === bar.bus && slot === bar.slot && fn === bar.function);
    if (device === undefined || bar.kind === 'rom') continue;
    const request = device.bars.find(({ index }) => index === bar.index);
    const key = `${device.hostBdf} ${bar.index}`;
    if (fits.has(key)) continue;
    fits.set(key, {
      fits: bar.verdict,
      reason: bar.reason,
      size: bar.size,
      overflows: fit.firmware?.fits === false && bar.kind === 'mem64' && bar.bus === ENUMERATED_BUS,
      inferred: bar.inferred || device.sizeFrom !== 'host',
      sizeFrom: device.sizeFrom,
      ...(device.sizeFrom !== 'host' && request && { bar: request }),
    });
  }
}

/** vm-bhyve hands out slots by itself; without a known slot the order is all that matters. */
const placeOf = (entry: PassthruEntry, index: number): { bus: number; slot: number; function: number } => ({
  bus: entry.guestBus ?? 0,
  slot: entry.guestSlot ?? 6 + index,
  function: entry.guestFunction ?? 0,
});

type SizedDevice = GuestDevice & { sizeFrom: BarFitOnHost['sizeFrom'] };

function deviceOf(fn: HostFunction, place: { bus: number; slot: number; function: number }, tables: Tables): SizedDevice | undefined {
  const seen = passthruDevice(fn, place);
  if (seen !== undefined && seen.bars.length > 0) return { ...seen, sizeFrom: 'host' };
  if (fn.pciId === undefined) return undefined;
  const observed = tables.observedBars.get(fn.pciId);
  if (observed !== undefined) return { ...place, model: 'passthru', bars: observedRequests(observed), sizeFrom: 'observed' };
  const bar1 = tables.gpus.get(fn.pciId)?.bar1Bytes;
  if (bar1 === undefined) return undefined;
  return { ...place, model: 'passthru', bars: familyRequests(bar1), sizeFrom: 'family' };
}

const REGISTERS: Record<string, number> = { '10': 0, '14': 1, '18': 2, '1c': 3, '20': 4, '24': 5 };

/** NVIDIA boards: BAR0 is 32-bit, BAR1 and BAR3 are 64-bit prefetchable, BAR5 is I/O. */
const kindOf = (index: number): BarRequest['kind'] => (index === 0 ? 'mem32' : index === 5 ? 'io' : 'mem64');

function observedRequests({ bars }: ObservedBarsRow): BarRequest[] {
  return Object.entries(bars).flatMap(([offset, sizes]) => {
    const index = REGISTERS[offset];
    // The largest size that was seen: a card that may ask for more must fit as such.
    const size = Math.max(...sizes.map((entry) => entry.size));
    return index === undefined || sizes.length === 0 ? [] : [{ index, kind: kindOf(index), prefetch: index !== 0, size }];
  });
}

const familyRequests = (bar1: number): BarRequest[] => [
  { index: 0, kind: 'mem32', prefetch: false, size: 16 * 2 ** 20 },
  { index: 1, kind: 'mem64', prefetch: true, size: bar1 },
  { index: 3, kind: 'mem64', prefetch: true, size: 32 * 2 ** 20 },
];
