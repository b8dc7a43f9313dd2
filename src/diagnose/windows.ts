import type { Host, Vm } from '../model/host.ts';
import type { WindowMap } from '../model/report.ts';
import { at } from '../model/source.ts';
import type { Tables } from '../model/tables.ts';
import type { PlacedBar, Window } from './bar-window.ts';
import { deviceAt, fitVm } from './fit.ts';

/** The address windows of every VM that is given a device; one that several sources describe alike is told once. */
export function windowMaps(host: Host, tables: Tables): WindowMap[] {
  const seen = new Set<string>();
  return host.vms
    .filter(({ passthru }) => passthru.length > 0)
    .flatMap((vm) => {
      const key = `${vm.memoryBytes} ${vm.passthru
        .map(({ hostBdf }) => hostBdf)
        .sort()
        .join(' ')}`;
      const map = seen.has(key) ? undefined : windowMapOf(host, vm, tables);
      if (map === undefined) return [];
      seen.add(key);
      return [{ ...at(vm), ...map }];
    });
}

/** Undefined when the memory of the VM or the BARs of all its devices are not known. */
export function windowMapOf(host: Host, vm: Vm, tables: Tables): WindowMap | undefined {
  const known = fitVm(host, vm, tables);
  if (known === undefined) return undefined;
  const { vintage, certainty, memoryBytes, devices, fit } = known;
  const { placement, firmware } = fit;
  return {
    ...(vm.name !== undefined && { vm: vm.name }),
    memoryBytes,
    vintage,
    inferred: certainty === 'inferred',
    windows: [
      { name: 'mem32', base: placement.window32.base, sizeBytes: placement.window32.size },
      ...(placement.window64
        ? [{ name: 'mem64' as const, base: placement.window64.base, sizeBytes: placement.window64.size }]
        : []),
      ...(firmware
        ? [
            {
              name: 'uefi64' as const,
              base: firmware.aperture.base,
              sizeBytes: firmware.aperture.size,
              neededBytes: firmware.demand,
            },
          ]
        : []),
    ],
    bars: fit.bars.flatMap((bar, i): WindowMap['bars'] => {
      const device = deviceAt(devices, bar);
      const placed = placement.placed[i]!;
      if (device === undefined || bar.kind === 'rom') return [];
      const { fn, sizeFrom } = device;
      return [
        {
          ...at(fn.bars.find(({ index }) => index === bar.index) ?? fn),
          hostBdf: fn.bdf,
          guestSlot: `${bar.bus}:${bar.slot}:${bar.function}`,
          index: bar.index,
          kind: bar.kind,
          sizeBytes: bar.size,
          sizeFrom,
          window: windowName(placed.window),
          address: placed.address,
          fits: bar.verdict,
          reason: bar.reason,
          inferred: bar.inferred || sizeFrom !== 'host',
        },
      ];
    }),
  };
}

const NAMES: Record<Window, NonNullable<WindowMap['bars'][number]['window']>> = {
  io: 'io',
  '32': 'mem32',
  '64': 'mem64',
};

const windowName = (window: PlacedBar['window']): WindowMap['bars'][number]['window'] =>
  window === 'none' ? null : NAMES[window];
