import type { Observation } from '../model/observation.ts';

/**
 * Where an observation belongs, below matrix-data: `observations/10de-1bb3/<id>.json`; `10de-unknown` when only the
 * vendor is known, `unknown` when not even that, `platform` for reports that are not about a graphics card.
 */
export function observationPath(observation: Observation): string {
  return `observations/${folderOf(observation)}/${observation.id}.json`;
}

function folderOf(observation: Observation): string {
  if (observation.subject === 'platform') return 'platform';
  const { pciId, vendorId } = observation.gpu;
  if (pciId !== null) return pciId.replace(':', '-');
  return vendorId === null ? 'unknown' : `${vendorId}-unknown`;
}
