import type { Subject } from '../../model/finding.ts';
import type { Host, HostFunction, HostGpu } from '../../model/host.ts';
import type { LogHit } from '../../model/pattern.ts';
import type { Ref } from '../../model/source.ts';

/** The host's function at a decimal `bus/slot/function`. bhyve and pptdevs know domain 0 only. */
export const functionAt = (host: Host, bdf: string): HostFunction | undefined =>
  host.functions.find((fn) => fn.domain === 0 && fn.bdf === bdf);

/** The functions of a card, display first. */
export const functionsOf = ({ display, siblings }: HostGpu): HostFunction[] => [display, ...siblings];

/** The graphics card that has a function at this address. */
export const gpuAt = (host: Host, bdf: string): HostGpu | undefined =>
  host.gpus.find((gpu) => functionsOf(gpu).some((fn) => fn.domain === 0 && fn.bdf === bdf));

export function hostSubject(host: Host, bdf: string): Subject {
  const pciId = gpuAt(host, bdf)?.display.pciId ?? functionAt(host, bdf)?.pciId;
  return { hostBdf: bdf, ...(pciId !== undefined && { pciId }) };
}

/** `GP104GL [Tesla P4] (1/0/0)`, `Tesla P4 (1/0/0)` or just the address */
export const nameOf = (host: Host, bdf: string): string => {
  const name = functionAt(host, bdf)?.name;
  return name === undefined ? bdf : `${/\[([^[\]]{1,100})\]/.exec(name)?.[1] ?? name} (${bdf})`;
};

/** `the driver vgapci`, `no driver` */
export const holderOf = ({ driver }: HostFunction): string => (driver === null ? 'no driver' : `the driver ${driver}`);

/** Lines that show that this host is meant to pass devices to guests. */
export const passthroughMeant = (host: Host): Ref[] => [
  ...host.pptdevs.filter(({ bdf }) => bdf !== undefined),
  ...host.vms.flatMap(({ passthru }) => passthru),
  ...host.functions.filter(({ driver }) => driver === 'ppt'),
];

/** Whether one card is meant for a guest: reserved, named in pptdevs or in a VM. */
export const isMeant = (host: Host, gpu: HostGpu): boolean =>
  gpu.display.driver === 'ppt' ||
  functionsOf(gpu).some(
    ({ bdf }) =>
      host.pptdevs.some((entry) => entry.bdf === bdf) ||
      host.vms.some((vm) => vm.passthru.some((entry) => entry.hostBdf === bdf)),
  );

export const isX86 = (host: Host): boolean =>
  host.architecture === undefined || /^(?:amd64|i386)$/.test(host.architecture.value);

/** The host's processor is AMD's, by its own line or by what only AMD machines have. */
export const isAmd = ({ cpu, iommu }: Host): boolean =>
  cpu === undefined
    ? iommu.ivrsTable?.value === true ||
      iommu.amdFunction !== undefined ||
      iommu.units.some(({ value }) => value.startsWith('ivhd'))
    : cpu.vendor === 'amd';

/** Lines that show that firmware offers an IOMMU and the kernel can see it. */
export const iommuOffered = ({ iommu }: Host): Ref[] => [
  ...(iommu.dmarTable?.value === true ? [iommu.dmarTable] : []),
  ...(iommu.ivrsTable?.value === true ? [iommu.ivrsTable] : []),
  ...(iommu.amdFunction?.value === 'enabled' ? [iommu.amdFunction] : []),
  ...(iommu.initialized?.value === 1 ? [iommu.initialized] : []),
  ...iommu.units,
];

/**
 * Hits that still count: a manager appends to the log of a VM, and what it said before a later attempt that went further
 * is over.
 */
export const standing = (host: Host, hits: readonly LogHit[]): LogHit[] =>
  hits.filter(
    (hit) =>
      !host.vms.some(({ runs }) => runs?.some(({ artifact, line }) => artifact === hit.artifact && line > hit.line)),
  );
