import type { FreebsdDmesgFacts } from '../../../parsers/host/freebsd-dmesg.ts';
import type { PciconfDevice, PciconfFacts } from '../../../parsers/host/pciconf.ts';
import { linuxBdf } from '../../model/bdf.ts';
import type { Guest } from '../../model/guest.ts';
import { at, sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';
import { gpuAt, isGpu, putBar } from './guest-gpu.ts';
import { addDriver } from './guest-log.ts';

/** Adds what a FreeBSD guest says of itself. Its formats are those of a host; the layout of the input tells them apart. */
export function addFreeBsd(guest: Guest, reading: Reading): void {
  for (const { facts } of reading.of<FreebsdDmesgFacts>('freebsd-dmesg')) {
    const boot = facts.boots[facts.current];
    if (boot === undefined) continue;
    guest.booted ??= at(boot);
    guest.os = sourced('freebsd', boot.kernel ?? boot);
    if (boot.kernel) guest.kernel = sourced(boot.kernel.release, boot.kernel);
    if (boot.hypervisor) guest.hypervisorDetected = sourced(boot.hypervisor.origin.trim(), boot.hypervisor);
    // bhyve's firmware tables carry its name: `BHYVE  BVMADT`
    if (boot.acpiApicTable) guest.dmi = sourced(boot.acpiApicTable.text, boot.acpiApicTable);
    // The PCI child is vgapci; the driver sits on it and shows only in its own attach line.
    const attached = boot.devices.find(({ driver, parent }) => driver === 'nvidia' && parent.startsWith('vgapci'));
    const card = boot.devices.find(({ unitName }) => unitName === attached?.parent);
    if (attached !== undefined) guest.driver.loaded ??= at(attached);
    // Newbus counts buses by itself; only its first is certain to be PCI bus 0.
    if (attached !== undefined && card?.parent === 'pci0' && card.slot !== undefined) {
      const gpu = gpuAt(guest, linuxBdf(0, 0, card.slot, card.function ?? 0), card);
      if (attached.description !== undefined) gpu.name ??= attached.description;
      gpu.driver = sourced('nvidia', attached);
    }
    if (boot.nvidia) addDriver(guest, boot.nvidia, facts.boots.length - 1);
  }
  for (const { facts } of reading.of<PciconfFacts>('pciconf')) {
    if (facts.devices[0] !== undefined) guest.pciListed ??= at(facts.devices[0]);
    for (const device of facts.devices) addFunction(guest, device);
  }
}

function addFunction(guest: Guest, device: Located<PciconfDevice>): void {
  if (device.pciId?.startsWith('10de:') !== true || !isGpu(device.pciId, device.class)) return;
  const gpu = gpuAt(guest, linuxBdf(device.domain, device.bus, device.slot, device.function), device);
  gpu.pciId = device.pciId;
  if (device.class !== undefined) gpu.classCode = device.class.slice(2);
  if (device.deviceName !== undefined) gpu.name ??= device.deviceName;
  gpu.driver ??= sourced(device.driver, device);
  gpu.capabilitiesShown ||= device.capabilities.length > 0;
  if (device.msi) gpu.msi = sourced(/\benabled\b/.test(device.msi.text) ? 'enabled' : 'disabled', device.msi);
  if (device.msix) gpu.msix = sourced(/\benabled\b/.test(device.msix.text) ? 'enabled' : 'disabled', device.msix);
  for (const bar of device.bars) {
    if (bar.index === undefined) continue;
    const unplaced = bar.base === '0' && bar.type !== 'I/O Port';
    putBar(gpu, {
      ...at(bar),
      index: bar.index,
      kind: bar.type === 'I/O Port' ? 'io' : 'mem',
      prefetchable: bar.type.startsWith('Prefetchable'),
      bits: bar.range === 64 ? 64 : 32,
      sizeBytes: bar.size,
      assigned: !unplaced,
      ...(!unplaced && { base: bar.base }),
    });
  }
}
