import type { LspciDevice, LspciFacts, LspciRegion } from '../../../parsers/guest/lspci.ts';
import type { ProcIomemFacts } from '../../../parsers/guest/proc-iomem.ts';
import type { ProcNvidiaGpuFacts } from '../../../parsers/guest/proc-nvidia-gpu.ts';
import type { Guest, GuestGpu } from '../../model/guest.ts';
import { at, sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';
import { gpuAt, isGpu, putBar } from './guest-gpu.ts';

/** NVIDIA boards have their 64-bit BARs in fixed places: memory regions printed without numbers come in this order. */
const UNNUMBERED = [0, 1, 3];

/** Adds what lspci and the driver's /proc files list. */
export function addPciFacts(guest: Guest, reading: Reading): void {
  for (const { facts } of reading.of<LspciFacts>('lspci')) {
    for (const device of facts.devices) {
      if (device.bdf !== undefined) guest.pciListed ??= at(device);
      if (isNvidiaGpu(device)) addDevice(guest, device);
    }
  }
  for (const { facts } of reading.of<ProcNvidiaGpuFacts>('proc-nvidia-gpu')) {
    for (const info of facts.gpus) {
      const bdf = info.bdf;
      if (bdf === undefined) continue;
      const gpu = gpuAt(guest, bdf, info);
      if (info.model !== undefined) gpu.name ??= info.model;
      if (info.videoBios !== undefined) gpu.videoBios = sourced(info.videoBios, info);
      if (info.irq !== undefined) gpu.irq = sourced(info.irq, info);
      gpu.uuidKnown = typeof info.uuid === 'string';
      guest.driver.loaded ??= at(info);
    }
  }
  for (const { facts } of reading.of<ProcIomemFacts>('proc-iomem')) {
    for (const range of facts.devices) {
      const gpu = guest.gpus.find(({ bdf }) => bdf === range.bdf);
      const owner = range.owners.find((name) => SCREEN_DRIVER.test(name));
      if (gpu !== undefined && owner !== undefined) gpu.screenOwner ??= sourced(owner, range);
    }
  }
}

/** Drivers that draw the boot messages, as /proc/iomem names them. */
const SCREEN_DRIVER = /^(?:efifb|simplefb|simple-framebuffer|vesafb|BOOTFB|bootfb)$/;

function isNvidiaGpu(device: Located<LspciDevice>): boolean {
  // An excerpt of `Region` lines without the device's first line is about the card that people ask about.
  if (device.bdf === undefined) return device.regions.length > 0 && device.name === undefined;
  const nvidia = device.pciId?.startsWith('10de:') === true || /nvidia/i.test(device.vendorName ?? device.name ?? '');
  if (!nvidia) return false;
  return device.classCode === undefined
    ? /(?:VGA(?: compatible)?|3D|Display) controller/i.test(device.class ?? 'VGA controller')
    : isGpu(device.pciId, device.classCode);
}

function addDevice(guest: Guest, device: Located<LspciDevice>): void {
  const gpu = device.bdf === undefined ? soleGpu(guest) : gpuAt(guest, device.bdf, device);
  if (gpu === undefined) return;
  if (device.pciId !== undefined) gpu.pciId = device.pciId;
  if (device.classCode !== undefined) gpu.classCode = device.classCode;
  if (device.subsystemId !== undefined) gpu.subsystemId = device.subsystemId;
  if (device.deviceName !== undefined) gpu.name ??= device.deviceName;
  if (device.driver !== undefined) gpu.driver = sourced(device.driver, device);
  if (device.modules.length > 0) gpu.driverCandidates = sourced(device.modules, device);
  if (device.interrupt !== undefined) {
    gpu.interruptPin = sourced(device.interrupt?.pin ?? null, device.interrupt ?? device);
    if (device.interrupt !== null) gpu.irq = sourced(device.interrupt.irq, device.interrupt);
  }
  gpu.capabilitiesShown ||= device.capabilities.length > 0;
  if (device.msi) gpu.msi = sourced(device.msi.enabled ? 'enabled' : 'disabled', device.msi);
  if (device.msix) gpu.msix = sourced(device.msix.enabled ? 'enabled' : 'disabled', device.msix);
  if (device.revision === 'ff' || device.unknownHeader !== undefined || device.config?.allOnes === true)
    gpu.unreadable = at(device);
  addRegions(gpu, device.regions);
}

function soleGpu(guest: Guest): GuestGpu | undefined {
  return guest.gpus.length === 1 ? guest.gpus[0] : undefined;
}

function addRegions(gpu: GuestGpu, regions: readonly Located<LspciRegion>[]): void {
  let unnumbered = 0;
  for (const region of regions) {
    if (region.kind === 'rom') continue;
    const index = region.index ?? (region.kind === 'io' ? 5 : UNNUMBERED[unnumbered++]);
    if (index === undefined) continue;
    // `[virtual]` is what the kernel believes, not what the register holds; the address counts all the same.
    putBar(gpu, {
      ...at(region),
      index,
      kind: region.kind,
      assigned: region.address !== null,
      ...(region.address !== null && { base: region.address }),
      ...(region.size !== undefined && { sizeBytes: region.size }),
      ...(region.bits !== undefined && { bits: region.bits }),
      ...(region.prefetchable !== undefined && { prefetchable: region.prefetchable }),
    });
  }
}
