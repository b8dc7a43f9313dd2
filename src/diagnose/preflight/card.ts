import type { Host, HostFunction, HostGpu, Vm } from '../../model/host.ts';
import type { Ref } from '../../model/source.ts';
import { functionsOf } from '../../rules/lib/hosts.ts';

/** A graphics card with all its functions, in the order of their numbers. Bridges are none of them. */
export interface Card {
  gpu: HostGpu;
  functions: HostFunction[];
  /** why this one, when the host has several */
  because?: string;
}

export type CardChoice =
  | { kind: 'chosen'; card: Card }
  /** several are as likely: somebody has to name one */
  | { kind: 'several'; cards: HostGpu[] }
  /** the one that was asked for is not there */
  | { kind: 'not-found'; cards: HostGpu[] }
  /** the evidence shows no graphics card that could be meant */
  | { kind: 'none' };

/**
 * The card a question is about: the one named (`1/0/0`, `pci0:1:0:0`, `ppt0`, `10de:1bb3`), the one the VM is given, the
 * only one on ppt, the only one that is not the boot display. NVIDIA's before others.
 */
export function chooseCard(host: Host, named: string | undefined, vm: Vm | undefined): CardChoice {
  const cards = host.gpus;
  if (named !== undefined) {
    if (host.functions.length === 0) return { kind: 'none' };
    const found = cards.filter((gpu) => functionsOf(gpu).some((fn) => isCalled(fn, named)));
    if (found.length > 1) return { kind: 'several', cards: found };
    return found.length === 1 ? chosen(found[0]!) : { kind: 'not-found', cards };
  }
  const passed = cards.filter((gpu) => vm?.passthru.some(({ hostBdf }) => hostBdf === gpu.display.bdf));
  if (passed.length === 1)
    return chosen(passed[0]!, cards, `the card that the VM ${vm?.name ?? ''} is given`.replace('  ', ' '));
  const nvidia = cards.filter(({ display }) => display.pciId?.startsWith('10de:'));
  const candidates = nvidia.length > 0 ? nvidia : cards.filter(({ display }) => isPassable(display));
  const maker = nvidia.length > 0 ? 'NVIDIA card' : 'card';
  if (candidates.length === 0) return { kind: 'none' };
  const reserved = candidates.filter(({ display }) => display.driver === 'ppt');
  if (reserved.length === 1) return chosen(reserved[0]!, candidates, `the only ${maker} on ppt`);
  const spare = candidates.filter((gpu) => bootDisplayOf(host, gpu).is !== 'yes');
  if (spare.length === 1) return chosen(spare[0]!, candidates, `the only ${maker} that is not the boot display`);
  return candidates.length === 1 ? chosen(candidates[0]!) : { kind: 'several', cards: candidates };
}

/** Cards of other makers that somebody may want to pass; what servers have for their console is none of them. */
const isPassable = ({ bus, driver, pciId }: HostFunction): boolean =>
  driver === 'ppt' || (bus !== 0 && /^(?:1002|8086):/.test(pciId ?? ''));

function chosen(gpu: HostGpu, among: readonly HostGpu[] = [], because?: string): CardChoice {
  const functions = functionsOf(gpu).sort((a, b) => a.function - b.function);
  return { kind: 'chosen', card: { gpu, functions, ...(among.length > 1 && because !== undefined && { because }) } };
}

function isCalled({ bdf, domain, selector, unit, pciId }: HostFunction, name: string): boolean {
  const text = name.trim().toLowerCase();
  return (domain === 0 && text === bdf) || text === selector || text === unit || text === pciId;
}

/** Whether the firmware left the console on a card. `only`: not said, but the host has no other. */
export function bootDisplayOf(
  host: Host,
  { display }: HostGpu,
): { is: 'yes' | 'no' | 'only' | 'unknown'; shownBy: Ref[] } {
  const { bootDisplay } = host;
  // A 3D controller (class 0302) has no VGA registers, so no firmware puts its console there.
  if (display.classCode?.startsWith('0302') === true) return { is: 'no', shownBy: [display] };
  if (bootDisplay !== undefined)
    return { is: bootDisplay.value === display.unit ? 'yes' : 'no', shownBy: [bootDisplay] };
  if (host.functionsComplete && host.gpus.length === 1) return { is: 'only', shownBy: [display] };
  return { is: 'unknown', shownBy: [] };
}

/** A word that the PCI id database gives to the graphics of laptops only. */
const MOBILE = /\b(?:Mobile|Max-Q|Laptop GPU|MX\d{3}|\d{3,4}M)\b/;

/** Whether every name that the PCI id stands for (`GTX 1650 Mobile / Max-Q`) is one of a laptop. */
export function isMobile({ gpu: { display } }: Card): boolean {
  const names = (/\[([^[\]]{1,100})\]/.exec(display.name ?? '')?.[1] ?? display.name ?? '').split('/');
  return names.every((name) => MOBILE.test(name));
}
