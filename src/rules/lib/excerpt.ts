import type { Host, HostGpu } from '../../model/host.ts';
import { functionsOf } from './hosts.ts';

/**
 * Cards of a listing that was cut down to them: only display functions, their siblings and bridges, and no host bridge.
 * Somebody who shows just a card asks about that card. Empty for a listing of a whole machine, where a card on its
 * ordinary driver is no fault. Integrated graphics (bus 0) are meant only when nothing else is shown.
 */
export function askedAbout(host: Host): HostGpu[] {
  if (host.functionsComplete || host.gpus.length === 0) return [];
  const shown = new Set(host.gpus.flatMap(functionsOf).map(({ domain, bdf }) => `${domain} ${bdf}`));
  if (host.functions.some((fn) => !fn.isBridge && !shown.has(`${fn.domain} ${fn.bdf}`))) return [];
  const discrete = host.gpus.filter(({ display }) => display.bus !== 0);
  return discrete.length > 0 ? discrete : host.gpus;
}

/** Kernel modules of graphics drivers, and the vendor of the cards they drive. */
const GPU_MODULES: readonly { module: RegExp; vendor: string }[] = [
  { module: /^nvidia/, vendor: '10de' },
  { module: /^i915/, vendor: '8086' },
  { module: /^(?:amdgpu|radeon)/, vendor: '1002' },
];

/** The host loads a graphics driver for cards of this one's vendor, so it uses the card itself. */
export const hostUses = (host: Host, { display }: HostGpu): boolean =>
  [...host.modulesConfigured, ...(host.modulesLoaded ?? [])].some(({ value }) =>
    GPU_MODULES.some(
      ({ module, vendor }) => module.test(value) && (display.pciId === undefined || display.pciId.startsWith(vendor)),
    ),
  );
