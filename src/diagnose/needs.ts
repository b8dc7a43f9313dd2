import type { Need } from '../model/rule.ts';
import type { Guest } from '../model/guest.ts';
import type { Host } from '../model/host.ts';
import type { Reading } from './read.ts';

interface NeedInfo {
  /** where to run it */
  on: 'host' | 'guest';
  /** the command that supplies it */
  command: string;
  met: (host: Host, guests: readonly Guest[], reading: Reading) => boolean;
}

const kindRead =
  (...kinds: string[]) =>
  (_host: Host, _guests: readonly Guest[], reading: Reading): boolean =>
    kinds.some((kind) => reading.of(kind).length > 0);

/** The facts that rules can ask for: whether they are there, and how to get them. */
export const NEEDS: Record<Need, NeedInfo> = {
  'host-pci': { on: 'host', command: 'pciconf -lv', met: (host) => host.functions.length > 0 },
  'host-bars': {
    on: 'host',
    command: 'pciconf -lvbBceV',
    met: (host) => host.functions.some(({ barsShown }) => barsShown),
  },
  'host-pci-capabilities': {
    on: 'host',
    command: 'pciconf -lvbBceV',
    met: (host) => host.functions.some(({ capabilitiesShown }) => capabilitiesShown),
  },
  'host-release': { on: 'host', command: 'freebsd-version -kru', met: (host) => host.release !== undefined },
  'host-cpu': { on: 'host', command: 'dmesg', met: (host) => host.cpu !== undefined },
  'host-iommu': {
    on: 'host',
    command: 'acpidump -t; sysctl hw.vmm',
    met: ({ iommu }) =>
      [iommu.dmarTable, iommu.ivrsTable, iommu.enable, iommu.initialized, iommu.amdviEnable, iommu.amdFunction].some(
        Boolean,
      ) || iommu.units.length > 0,
  },
  'host-log': { on: 'host', command: 'dmesg', met: kindRead('freebsd-dmesg', 'loader-console', 'devctl') },
  'host-modules': { on: 'host', command: 'kldstat -v; sysctl hw.vmm', met: (host) => host.vmmLoaded !== undefined },
  'loader-conf': {
    on: 'host',
    command: 'cat /boot/loader.conf',
    met: (host) => host.loaderConfRead !== undefined,
  },
  'vm-config': { on: 'host', command: 'cat the configuration file of the VM', met: (host) => host.vms.length > 0 },
  'bhyve-log': {
    on: 'host',
    command: 'cat VM_FOLDER/vm-bhyve.log VM_FOLDER/bhyve.log',
    met: kindRead('bhyve-log', 'vm-bhyve-log'),
  },
  'guest-log': {
    on: 'guest',
    command: 'dmesg',
    met: (host, guests, reading) =>
      kindRead('linux-dmesg', 'modprobe', 'nvidia-smi-error')(host, guests, reading) ||
      reading.of('freebsd-dmesg').some(({ artifact }) => artifact.side === 'guest'),
  },
  'guest-pci': {
    on: 'guest',
    command: 'lspci -vvvnnk',
    met: (_host, guests) => guests.some((guest) => guest.pciListed !== undefined || guest.gpus.length > 0),
  },
  'guest-driver': {
    on: 'guest',
    command: 'cat /proc/driver/nvidia/version; modinfo nvidia',
    met: (_host, guests) => guests.some(({ driver }) => driver.version !== undefined || driver.loaded !== undefined),
  },
  'nvidia-smi': {
    on: 'guest',
    command: 'nvidia-smi; nvidia-smi -q',
    met: kindRead(
      'nvidia-smi-table',
      'nvidia-smi-query',
      'nvidia-smi-xml',
      'nvidia-smi-csv',
      'nvidia-smi-list',
      'nvidia-smi-error',
    ),
  },
};

/** Commands whose output the evidence already holds: those of needs that are all met. */
export function suppliedCommands(host: Host, guests: readonly Guest[], reading: Reading): Set<string> {
  const needs = Object.values(NEEDS);
  const lacking = new Set(needs.filter(({ met }) => !met(host, guests, reading)).map(({ command }) => command));
  return new Set(needs.map(({ command }) => command).filter((command) => !lacking.has(command)));
}
