import type { Host, HostBarFit, HostFunction, PassthruEntry, Vm } from '../model/host.ts';
import { at } from '../model/source.ts';
import type { ObservedBarsRow, Tables } from '../model/tables.ts';
import {
  type BarId,
  type BarRequest,
  explainFit,
  type Fit,
  type GuestDevice,
  passthruDevice,
  vintageOf,
  type VintageOfRelease,
} from './bar-window.ts';

/**
 * For every BAR of the functions that VMs are given: whether it fits the address windows of its VM. Sizes come from
 * this host's pciconf, else from reports of the same card, else from the rule of its family. Empty when no VM with its
 * memory size is known.
 */
export function fitBars(host: Host, tables: Tables): HostBarFit[] {
  const seen = new Set<string>();
  return host.vms
    .filter(({ passthru }) => passthru.length > 0)
    .flatMap((vm) => fitsOfVm(host, vm, tables))
    .filter(({ hostBdf, index }) => !seen.has(`${hostBdf} ${index}`) && seen.add(`${hostBdf} ${index}`));
}

type SizedDevice = GuestDevice & { sizeFrom: HostBarFit['sizeFrom'] };

/** The devices of one VM and what becomes of their BARs. */
export interface VmFit extends VintageOfRelease {
  memoryBytes: number;
  /** the passed functions whose BARs are known, each at its place in the guest */
  devices: (SizedDevice & { fn: HostFunction })[];
  fit: Fit;
}

/** Undefined when the memory of the VM or the BARs of all its devices are not known. */
export function fitVm(host: Host, vm: Vm, tables: Tables): VmFit | undefined {
  if (vm.memoryBytes === undefined) return undefined;
  const { vintage, certainty } = vintageOf(host.release?.value);
  const devices = vm.passthru.flatMap((entry, i) => {
    const gpu = host.gpus.find(({ display }) => display.bdf === entry.hostBdf)?.display;
    const fn = gpu ?? host.functions.find((candidate) => candidate.domain === 0 && candidate.bdf === entry.hostBdf);
    const device = fn === undefined ? undefined : deviceOf(fn, placeOf(entry, i), tables);
    return fn === undefined || device === undefined ? [] : [{ fn, ...device }];
  });
  if (devices.length === 0) return undefined;
  const guestMemoryBytes = vm.memoryBytes;
  const fit = explainFit({ vintage, certainty, guestMemoryBytes, devices, ...firmwareOf(host, vm) });
  return { vintage, certainty, memoryBytes: guestMemoryBytes, devices, fit };
}

function fitsOfVm(host: Host, vm: Vm, tables: Tables): HostBarFit[] {
  const { devices, fit } = fitVm(host, vm, tables) ?? { devices: [], fit: { bars: [] } };
  return fit.bars.flatMap((bar): HostBarFit[] => {
    const { kind } = bar;
    const device = deviceAt(devices, bar);
    if (device === undefined || kind === 'rom') return [];
    const { fn, sizeFrom } = device;
    return [
      {
        ...at(fn.bars.find(({ index }) => index === bar.index) ?? fn),
        hostBdf: fn.bdf,
        index: bar.index,
        kind,
        sizeBytes: bar.size,
        fits: bar.verdict,
        reason: bar.reason,
        inferred: bar.inferred || sizeFrom !== 'host',
        sizeFrom,
        ...(vm.name !== undefined && { vm: vm.name }),
      },
    ];
  });
}

/** The device that a BAR of the model belongs to. */
export const deviceAt = (
  devices: VmFit['devices'],
  { bus, slot, function: fn }: BarId,
): VmFit['devices'][number] | undefined =>
  devices.find((device) => device.bus === bus && device.slot === slot && device.function === fn);

/**
 * Firmware packages from the time of 14.0 on assign PCI resources themselves; older ones keep bhyve's addresses. That a
 * newer host has a newer package is likely, not certain: what follows from it is marked inferred.
 */
function firmwareOf({ release }: Host, { uefi }: Vm): { firmwareEnumerates?: boolean } {
  if (uefi === undefined) return {};
  if (!uefi) return { firmwareEnumerates: false };
  return release === undefined || release.value.major >= 14 ? { firmwareEnumerates: true } : {};
}

/** vm-bhyve hands out slots by itself; without a known slot the order is all that matters. */
const placeOf = (entry: PassthruEntry, index: number): { bus: number; slot: number; function: number } => ({
  bus: entry.guestBus ?? 0,
  slot: entry.guestSlot ?? 6 + index,
  function: entry.guestFunction ?? 0,
});

function deviceOf(fn: HostFunction, place: ReturnType<typeof placeOf>, tables: Tables): SizedDevice | undefined {
  const seen = passthruDevice(fn, place);
  if (seen !== undefined && seen.bars.length > 0) return { ...seen, sizeFrom: 'host' };
  if (fn.pciId === undefined) return undefined;
  const observed = tables.observedBars.get(fn.pciId);
  if (observed !== undefined)
    return { ...place, model: 'passthru', bars: observedRequests(observed), sizeFrom: 'observed' };
  const bar1 = tables.gpus.get(fn.pciId)?.bar1Bytes;
  return bar1 === undefined
    ? undefined
    : { ...place, model: 'passthru', bars: familyRequests(bar1), sizeFrom: 'family' };
}

const REGISTERS: Record<string, number> = { '10': 0, '14': 1, '18': 2, '1c': 3, '20': 4, '24': 5 };

/** NVIDIA boards: BAR0 is 32-bit, BAR1 and BAR3 are 64-bit prefetchable, BAR5 is I/O. */
const kindOf = (index: number): BarRequest['kind'] => (index === 0 ? 'mem32' : index === 5 ? 'io' : 'mem64');

function observedRequests({ bars }: ObservedBarsRow): BarRequest[] {
  return Object.entries(bars).flatMap(([offset, sizes]) => {
    const index = REGISTERS[offset];
    // The largest size that was seen: a card that may ask for more must fit as such.
    const size = Math.max(...sizes.map((entry) => entry.size));
    return index === undefined || sizes.length === 0
      ? []
      : [{ index, kind: kindOf(index), prefetch: index !== 0, size }];
  });
}

const familyRequests = (bar1: number): BarRequest[] => [
  { index: 0, kind: 'mem32', prefetch: false, size: 16 * 2 ** 20 },
  { index: 1, kind: 'mem64', prefetch: true, size: bar1 },
  { index: 3, kind: 'mem64', prefetch: true, size: 32 * 2 ** 20 },
];
