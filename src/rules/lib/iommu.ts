import type { Host } from '../../model/host.ts';
import type { LogHit, LogPattern } from '../../model/pattern.ts';
import type { Ref } from '../../model/source.ts';
import { iommuOffered } from './hosts.ts';
import { NOT_ASSIGNED } from './bhyve-lines.ts';
import { refusedOnPpt } from './meant.ts';

/** What the host's kernel prints when an IOMMU that firmware offers cannot be used (vmm/io/iommu.c, amd/ivrs_drv.c). */
export const IOMMU_INIT_PATTERNS = {
  domain: {
    regex: /iommu_init: unable to create (?:a host domain|host mappings)/,
    literals: ['iommu_init: unable to create'],
  },
  device: { regex: /iommu_add_device\([^)]{0,80}\) failed/, literals: ['iommu_add_device('] },
  unit: {
    regex: /ivhd\d+: (?:couldn't be initialised|Couldn't find event MSI IRQ resource|insufficient PTP level)/,
    literals: ["couldn't be initialised", 'find event MSI IRQ resource', 'insufficient PTP level'],
  },
  table: {
    regex: /AMD-Vi: ?(?:IVHD\/IVMD is corrupted|cant find ivhd)/,
    literals: ['IVHD/IVMD is corrupted', 'cant find ivhd'],
  },
  notAssigned: NOT_ASSIGNED,
} satisfies Record<string, LogPattern>;

export interface IommuFailure {
  /** the kernel says so; otherwise it follows from a refused device and a counter that stayed 0 */
  said: boolean;
  evidence: Ref[];
}

/** An IOMMU that is there and does not come up. */
export function iommuInitFailure(host: Host, hits: (pattern: string) => readonly LogHit[]): IommuFailure | undefined {
  const said = ['domain', 'device', 'unit', 'table'].flatMap((pattern) => hits(pattern));
  if (said.length > 0) return { said: true, evidence: said };
  const { initialized, enable, amdviEnable } = host.iommu;
  // 0 is normal until a VM with passthrough was started in this boot.
  const refused = refusedOnPpt(host, hits('notAssigned'));
  const offered = iommuOffered(host);
  if (initialized?.value !== 0 || refused.length === 0 || offered.length === 0) return undefined;
  if (enable?.value === 0 || amdviEnable?.value === 0) return undefined;
  return { said: false, evidence: [initialized, ...refused, ...offered] };
}
