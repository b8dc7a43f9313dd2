import type { AcpiTablesFacts } from '../../../parsers/host/acpi-tables.ts';
import type { FreebsdBoot, FreebsdDmesgFacts } from '../../../parsers/host/freebsd-dmesg.ts';
import type { FreeBsdVersionFacts } from '../../../parsers/host/freebsd-version.ts';
import type { HwStatusSummaryFacts } from '../../../parsers/host/hw-status-summary.ts';
import type { JailConfFacts } from '../../../parsers/host/jail-conf.ts';
import type { PciconfFacts } from '../../../parsers/host/pciconf.ts';
import type { SysctlFacts } from '../../../parsers/host/sysctl.ts';
import type { UnameFacts } from '../../../parsers/host/uname.ts';
import type { FreebsdCpu } from '../../../parsers/lib/freebsd-cpu.ts';
import type { Host, HostCpu } from '../../model/host.ts';
import { parseRelease } from '../../model/release.ts';
import { at, sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';

type HostSystem = Pick<
  Host,
  | 'release'
  | 'ident'
  | 'gitId'
  | 'architecture'
  | 'userland'
  | 'installedKernel'
  | 'cpu'
  | 'memoryBytes'
  | 'nestedUnder'
  | 'bootDisplay'
  | 'jailSecurelevel'
> & { iommu: Pick<Host['iommu'], 'dmarTable' | 'ivrsTable' | 'amdFunction' | 'unitCount' | 'units'> };

/** Which system the host is, as far as the evidence tells. The running kernel is believed before installed files. */
export function hostSystem(reading: Reading): HostSystem {
  const system: HostSystem = { iommu: { units: [] } };
  for (const { facts, artifact } of reading.of<FreebsdDmesgFacts>('freebsd-dmesg')) {
    if (artifact.side === 'guest') continue;
    const boot = facts.boots[facts.current];
    if (boot !== undefined) addBoot(system, boot);
  }
  for (const { facts, artifact } of reading.of<UnameFacts>('uname')) {
    const own = facts.systems.find((entry) => entry.system === 'FreeBSD');
    if (own === undefined || artifact.side === 'guest') continue;
    if (own.parsedRelease !== undefined) system.release = sourced(own.parsedRelease, own);
    if (own.ident !== undefined) system.ident = sourced(own.ident, own);
    if (own.gitId !== undefined) system.gitId = sourced(own.gitId, own);
    if (own.arch !== undefined) system.architecture = sourced(own.arch, own);
  }
  for (const { facts } of reading.of<HwStatusSummaryFacts>('hw-status-summary')) {
    const release = facts.kernel === undefined ? undefined : parseRelease(facts.kernel.release);
    if (facts.kernel !== undefined && release !== undefined) system.release ??= sourced(release, facts.kernel);
  }
  for (const { facts } of reading.of<FreeBsdVersionFacts>('freebsd-version')) {
    const { runningKernel, installedKernel, userland } = facts;
    if (runningKernel) system.release = sourced(runningKernel.release, runningKernel);
    if (installedKernel) system.installedKernel = sourced(installedKernel.release, installedKernel);
    if (userland) system.userland = sourced(userland.release, userland);
  }
  for (const { facts, artifact } of reading.of<SysctlFacts>('sysctl')) {
    if (artifact.side === 'guest') continue;
    const value = (name: string) => facts.values.find((entry) => entry.name === name);
    const physmem = value('hw.physmem');
    if (typeof physmem?.value === 'number') system.memoryBytes ??= sourced(physmem.value, physmem);
    const model = value('hw.model');
    if (model !== undefined)
      system.cpu ??= {
        ...at(model),
        vendor: vendorOf(String(model.value)),
        model: String(model.value),
        disabledInBios: false,
      };
    const kernel = value('kern.version') ?? value('kern.osrelease');
    const release = kernel === undefined ? undefined : parseRelease(String(kernel.value));
    if (kernel !== undefined && release !== undefined) system.release ??= sourced(release, kernel);
  }
  for (const { facts, artifact } of reading.of<AcpiTablesFacts>('acpi-tables')) {
    if (artifact.side === 'guest') continue;
    if (facts.dmar) system.iommu.dmarTable = sourced(true, facts.dmar);
    const units = facts.dmar?.units.filter(({ type }) => type === 'DRHD') ?? [];
    if (units.length > 0) system.iommu.unitCount = sourced(units.length, units[0]!);
    if (facts.ivrs) system.iommu.ivrsTable = sourced(true, facts.ivrs);
    // Only a whole dump shows that a table is absent; a grep for one table or a piece shows nothing of the rest.
    const first = facts.tables[0];
    if (first !== undefined && facts.complete) {
      system.iommu.dmarTable ??= sourced(
        facts.tables.some(({ signature }) => signature === 'DMAR'),
        first,
      );
      system.iommu.ivrsTable ??= sourced(
        facts.tables.some(({ signature }) => signature === 'IVRS'),
        first,
      );
    }
  }
  for (const { facts, artifact } of reading.of<PciconfFacts>('pciconf')) {
    const unit = artifact.side === 'guest' ? undefined : facts.devices.find(({ iommu }) => iommu !== undefined)?.iommu;
    if (unit !== undefined) system.iommu.amdFunction = sourced(unit.state, unit);
  }
  for (const { facts } of reading.of<JailConfFacts>('jail-conf')) {
    const jail = facts.jails.find(({ securelevel }) => securelevel !== undefined);
    const parameter = jail?.parameters.find(({ name }) => name === 'securelevel');
    if (jail?.securelevel !== undefined) system.jailSecurelevel = sourced(jail.securelevel, parameter ?? jail);
  }
  return system;
}

function addBoot(system: HostSystem, boot: Located<FreebsdBoot>): void {
  const { kernel } = boot;
  if (kernel) {
    const release = parseRelease(kernel.release);
    if (release !== undefined) system.release = sourced(release, kernel);
    if (kernel.ident !== undefined) system.ident = sourced(kernel.ident, kernel);
    if (kernel.revision !== undefined) system.gitId = sourced(kernel.revision, kernel);
    if (kernel.arch !== undefined) system.architecture = sourced(kernel.arch, kernel);
  }
  if (boot.cpu) system.cpu = cpuOf(boot.cpu);
  if (boot.realMemory) system.memoryBytes = sourced(boot.realMemory.bytes, boot.realMemory);
  if (boot.hypervisor) system.nestedUnder = sourced(boot.hypervisor.origin.trim(), boot.hypervisor);
  if (boot.bootVideo) system.bootDisplay = sourced(boot.bootVideo.unit, boot.bootVideo);
  for (const device of boot.devices) {
    if (/^(?:ivhd|dmar)$/.test(device.driver)) system.iommu.units.push(sourced(device.unitName, device));
  }
}

function cpuOf(cpu: Located<FreebsdCpu>): HostCpu {
  const features = cpu.vtx ?? cpu.svmFeatures;
  return {
    ...at(features ?? cpu),
    vendor: cpu.vendor === 'GenuineIntel' ? 'intel' : cpu.vendor === 'AuthenticAMD' ? 'amd' : vendorOf(cpu.model),
    model: cpu.model,
    ...(features && { features: features.tokens }),
    disabledInBios: features?.disabledInBios === true,
  };
}

function vendorOf(model: string): HostCpu['vendor'] {
  if (/\bIntel\b/i.test(model)) return 'intel';
  if (/\bAMD\b/i.test(model)) return 'amd';
  return /\b(?:ARM|Cortex|Neoverse)\b/i.test(model) ? 'arm' : 'other';
}
