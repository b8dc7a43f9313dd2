import type { LinuxBoot, LinuxDmesgFacts } from '../../../parsers/guest/linux-dmesg.ts';
import type { LinuxBar, LinuxPciDevice } from '../../../parsers/lib/linux-pci-log.ts';
import type { NvrmFacts } from '../../../parsers/lib/nvrm.ts';
import { normaliseLinuxBdf } from '../../model/bdf.ts';
import type { Guest } from '../../model/guest.ts';
import { at, sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';
import { gpuAt, isGpu, putBar } from './guest-gpu.ts';
import { msiOffIn } from './guest-module.ts';

/** Adds what the kernel logs say, of the last boot of each log. */
export function addKernelLog(guest: Guest, reading: Reading): void {
  for (const { artifact, facts } of reading.of<LinuxDmesgFacts>('linux-dmesg')) {
    const boot = facts.boots[facts.current] ?? facts.boots.at(-1);
    if (boot === undefined) continue;
    if (isLinux(boot) || KERNEL_TIME.test(artifact.text)) guest.os ??= sourced('linux', boot);
    addBoot(guest, boot, facts.boots.length - 1);
  }
}

/** Linux stamps its messages with the seconds since boot; FreeBSD only when it is told to (kern.msgbuf_show_timestamp). */
const KERNEL_TIME = /^(?:[A-Z<\d].{0,120}?)?\[ {0,6}\d{1,7}\.\d{6}\]/m;

/** Whether a log says more than the driver does, whose words are the same on FreeBSD. */
const isLinux = ({ kernel, commandLine, hardware, hypervisor, secureBoot, pci, nouveau }: LinuxBoot): boolean =>
  pci.devices.length > 0 ||
  nouveau.length > 0 ||
  [kernel, commandLine, hardware, hypervisor, secureBoot].some((fact) => fact !== undefined);

function addBoot(guest: Guest, boot: Located<LinuxBoot>, number: number): void {
  guest.booted ??= at(boot);
  if (boot.kernel) guest.kernel = sourced(boot.kernel.version, boot.kernel);
  if (boot.commandLine) {
    guest.commandLine = sourced(boot.commandLine.text, boot.commandLine);
    guest.msiOff ??= msiOffIn(boot.commandLine.text, boot.commandLine);
  }
  if (boot.hardware) guest.dmi = sourced(boot.hardware.name, boot.hardware);
  if (boot.hypervisor) guest.hypervisorDetected = sourced(boot.hypervisor.name, boot.hypervisor);
  if (typeof boot.secureBoot?.enabled === 'boolean')
    guest.secureBoot = sourced(boot.secureBoot.enabled, boot.secureBoot);
  for (const device of boot.pci.devices) addDevice(guest, device);
  if (boot.pci.devices.some(({ pciId }) => pciId !== undefined)) guest.pciListed ??= at(boot.pci.devices[0]!);
  const nouveau = boot.nouveau[0];
  if (nouveau !== undefined) guest.driver.nouveau ??= at(nouveau);
  if (boot.nvidia) addDriver(guest, boot.nvidia, number);
}

function addDevice(guest: Guest, device: Located<LinuxPciDevice>): void {
  const driven = device.drivers.find(({ driver }) => /^(?:nvidia|nouveau|nvidiafb)$/.test(driver));
  if (!isGpu(device.pciId, device.class) && driven === undefined) return;
  // The audio function of an NVIDIA card has NVIDIA's id, but is no GPU; a virtual display adapter is no subject.
  if (device.class !== undefined && !device.class.startsWith('0x03')) return;
  if (device.pciId !== undefined && !device.pciId.startsWith('10de:') && driven === undefined) return;
  const gpu = gpuAt(guest, device.bdf, device);
  if (device.pciId !== undefined) gpu.pciId = device.pciId;
  if (device.class !== undefined) gpu.classCode = device.class.slice(2);
  for (const bar of device.bars) if (bar.bar <= 5) putBar(gpu, fromLogBar(bar));
  const irq = device.interrupts.find((note) => note.irq !== undefined);
  if (irq?.irq !== undefined) gpu.irq = sourced(irq.irq, irq);
  const pin = device.interrupts.find((note) => note.pin !== undefined);
  if (pin?.pin !== undefined) gpu.interruptPin = sourced(pin.pin, pin);
  if (driven !== undefined) gpu.driver ??= sourced(driven.driver, driven);
}

function fromLogBar(bar: Located<LinuxBar>): Parameters<typeof putBar>[1] {
  const { range } = bar;
  return {
    ...at(bar),
    index: bar.bar,
    kind: range?.space ?? 'mem',
    // Found at address 0 and never spoken of again: not known, so not called unassigned.
    assigned: bar.assigned !== false,
    ...(range && {
      sizeBytes: range.size,
      prefetchable: range.prefetchable,
      bits: range.bits64 ? (64 as const) : (32 as const),
    }),
    ...(range?.start !== undefined && bar.assigned === true && { base: range.start }),
  };
}

/** Adds what the driver said, on Linux and on FreeBSD. @param boot number of the boot in its log */
export function addDriver(guest: Guest, nvidia: Located<NvrmFacts>, boot: number): void {
  const { driver } = guest;
  const load =
    nvidia.moduleEvents.find(({ event }) => event === 'load') ?? nvidia.banners[0] ?? nvidia.modesetBanners[0];
  const shown =
    load ?? nvidia.openFailures[0] ?? nvidia.initFailures[0] ?? nvidia.probeSummaries[0] ?? nvidia.refusals[0];
  if (shown !== undefined) driver.loaded ??= at(shown);
  const retried = lastGoodLoad(nvidia);
  if (retried !== undefined) driver.retried = at(retried);
  const banner = nvidia.banners.at(-1);
  const modeset = nvidia.modesetBanners.at(-1);
  if (banner !== undefined) {
    driver.banner = at(banner);
    driver.version = sourced(banner.version, banner);
    driver.flavour = sourced(banner.flavour, banner);
  } else if (modeset !== undefined) {
    driver.version ??= sourced(modeset.version, modeset);
    driver.flavour ??= sourced(modeset.flavour, modeset);
  }
  const mismatch = nvidia.apiMismatches.at(-1);
  if (mismatch !== undefined) {
    driver.userspace = sourced(mismatch.client, mismatch);
    driver.version ??= sourced(mismatch.kernel, mismatch);
  }
  for (const failure of nvidia.initFailures) {
    const { bdf, stage, status, sourceLine, count } = failure;
    guest.rmInit.push({
      ...at(failure),
      lastLine: failure.lastLine,
      stage,
      status,
      sourceLine,
      count,
      ...(bdf !== undefined && { guestBdf: bdf }),
    });
    if (bdf !== undefined) gpuAt(guest, bdf, failure);
  }
  for (const xid of nvidia.xids) {
    const first = xid.events[0];
    const process = xid.events.find((event) => event.process !== undefined)?.process;
    guest.xids.push({
      ...at(xid),
      xid: xid.xid,
      message: first?.message ?? '',
      count: xid.count,
      boot,
      ...(xid.bdf !== undefined && { guestBdf: xid.bdf }),
      ...(process !== undefined && { process }),
    });
  }
  for (const { sxid, severity, message, count, ...ref } of nvidia.sxids) {
    guest.sxids.push({ ...at(ref), sxid, fatal: severity === 'fatal', message, count });
  }
  guest.xids.sort((a, b) => (a.artifact === b.artifact ? a.line - b.line : 0));
  for (const refusal of nvidia.refusals) {
    if (refusal.bdf === undefined) continue;
    const gpu = gpuAt(guest, refusal.bdf, refusal);
    if (refusal.pciId !== undefined) gpu.pciId ??= refusal.pciId;
  }
  for (const message of nvidia.messages) {
    const bdf = normaliseLinuxBdf(
      /^NVRM: GPU ([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]):/.exec(message.text)?.[1] ?? '',
    );
    // Address 0 is what the driver prints before it knows the card.
    if (bdf !== undefined && bdf !== '0000:00:00.0') gpuAt(guest, bdf, message);
  }
  for (const failed of nvidia.probeFailures) if (failed.driver === 'nvidia') gpuAt(guest, failed.bdf, failed);
  for (const bar of nvidia.invalidBars) {
    if (bar.bdf === undefined) continue;
    // The driver counts 64-bit BARs as one, so its "BAR2" may be register pair 3; only 0 and 1 are unambiguous.
    if (bar.bar > 1 || bar.above4G === true) continue;
    putBar(gpuAt(guest, bar.bdf, bar), { ...at(bar), index: bar.bar, kind: 'mem', assigned: false });
  }
}

/** The last load of the module, when it was not the first and a card was accepted after it. */
function lastGoodLoad(nvidia: Located<NvrmFacts>): Located<NvrmFacts>['moduleEvents'][number] | undefined {
  const loads = nvidia.moduleEvents.filter(({ module, event }) => module === 'nvidia' && event === 'load');
  const last = loads.at(-1);
  if (last === undefined || loads.length < 2) return undefined;
  const accepted = [
    ...nvidia.banners,
    ...nvidia.moduleEvents.filter(({ module, event }) => /drm|modeset/.test(module) && event === 'load'),
  ];
  return accepted.some(({ line }) => line > last.line) ? last : undefined;
}
