import type { Host } from '../../model/host.ts';
import type { Tables } from '../../model/tables.ts';
import { fitBars } from '../fit.ts';
import type { Reading } from '../read.ts';
import { hostContradictions } from './contradictions.ts';
import { hostBuilds } from './host-builds.ts';
import { hostConfig } from './host-config.ts';
import { hostFunctions, hostGpus } from './host-pci.ts';
import { hostSystem } from './host-system.ts';
import { hostVms } from './host-vms.ts';

/** The host of an input, put together from all its artifacts. */
export function combineHost(reading: Reading, tables: Tables): Host {
  const { functions, complete } = hostFunctions(reading);
  const config = hostConfig(reading);
  const system = hostSystem(reading);
  const host: Host = {
    ...config,
    ...system,
    ...hostBuilds(reading),
    present: reading.artifacts.some(({ artifact, facts }) => artifact.side === 'host' && facts !== undefined),
    functions,
    functionsComplete: complete,
    gpus: hostGpus(functions, tables),
    iommu: { ...config.iommu, ...system.iommu },
    vms: hostVms(reading),
    barFits: [],
    contradictions: hostContradictions(reading),
  };
  host.barFits = fitBars(host, tables);
  return host;
}
