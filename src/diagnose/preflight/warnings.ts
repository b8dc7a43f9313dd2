import type { HostBar } from '../../model/host.ts';
import type { PreflightWarning } from '../../model/preflight.ts';
import type { Ref } from '../../model/source.ts';
import { formatSize } from '../../model/size.ts';
import { nameOf } from '../../rules/lib/hosts.ts';
import { bootDisplayOf, isMobile } from './card.ts';
import type { Context } from './context.ts';
import type { LeftOut } from './reservation.ts';

/** BARs from this size on find no room below 4 GiB. */
const LARGE = 256 * 2 ** 20;

/** A step that harmed hosts, and when this host is about to take it. */
interface Danger {
  before: string;
  /** undefined: does not apply */
  text: (context: Context) => string | undefined;
  shownBy?: (context: Context) => readonly (Ref | undefined)[];
}

const DANGERS: readonly Danger[] = [
  {
    before: 'starting the VM',
    text: (context) =>
      unplaced(context).length > 0
        ? `A BAR of ${formatSize(Math.max(...unplaced(context).map(({ sizeBytes }) => sizeBytes)))} has no address on the host ("Above 4G Decoding" off or too small). A host panicked when a VM was started like this: set the firmware right first.`
        : undefined,
    shownBy: unplaced,
  },
  {
    before: 'starting the VM',
    text: (context) =>
      expectedBar1(context) !== undefined && unplaced(context).length === 0
        ? `Cards of this kind have a BAR of ${formatSize(expectedBar1(context)!)}, and the evidence does not show whether the host has placed it. Look first (\`pciconf -lvbBceV\`, no \`base 0\`): a host panicked when a VM was started with a BAR that had no address.`
        : undefined,
  },
  {
    before: 'starting the VM',
    text: ({ host }) => {
      const release = host.release?.value;
      if (release?.major !== 15 || release.minor !== 0 || (release.branch === 'RELEASE' && release.patch > 0))
        return undefined;
      return `${release.text} ${release.branch === 'RELEASE' ? 'has' : 'may have'} the fault of errata notice EN-25:20: a passed device may write to the wrong memory. Update the host, then start the VM; until it has run once, keep it out of vm_list.`;
    },
    shownBy: ({ host }) => [host.release],
  },
  {
    before: 'starting the VM',
    text: ({ host }) =>
      host.iommu.dmarEnable?.value === 1
        ? 'hw.dmar.enable is 1. vmm brings its own code for the IOMMU, and a host with this setting froze at the start of a VM: take it out first.'
        : undefined,
    shownBy: ({ host }) => [host.iommu.dmarEnable],
  },
  {
    before: 'starting the VM',
    text: ({ card }) =>
      card !== undefined && isMobile(card)
        ? 'This looks like the graphics of a laptop: its outputs may belong to the other graphics chip, its VBIOS to the firmware, and its power to the ACPI tables. No report of one that works in bhyve is known, and laptops froze at the start of a VM.'
        : undefined,
    shownBy: ({ card }) => [card?.gpu.display],
  },
  {
    before: 'rebooting with the pptdevs line as it is',
    text: ({ reservation }) => {
      const stolen = stolenBy(reservation).map(({ device }) => device);
      const it = stolen.length > 1 ? 'them' : 'it';
      return stolen.length > 0
        ? `The host would lose ${stolen.join(' and ')}. The proposed lines leave ${it} out; put ${it} back only if a guest is to have ${it}.`
        : undefined;
    },
    shownBy: ({ reservation }) => stolenBy(reservation).flatMap(({ shownBy }) => shownBy),
  },
  {
    before: 'rebooting with the new lines',
    text: ({ host, card }) => {
      if (card === undefined || card.gpu.display.driver === 'ppt') return undefined;
      const { is } = bootDisplayOf(host, card.gpu);
      return is === 'yes' || is === 'only'
        ? `${nameOf(host, card.gpu.display.bdf)} carries the console of the host, which goes dark. Have another way in.`
        : undefined;
    },
    shownBy: ({ host, card }) => (card === undefined ? [] : bootDisplayOf(host, card.gpu).shownBy),
  },
  {
    before: 'unloading or reloading vmm',
    text: ({ proposal }) =>
      proposal?.loaderConf.lines.some(({ change }) => change !== 'keep') === true
        ? 'The lines take effect at a reboot. Do not `kldunload vmm` to get there: that crashed hosts and lost devices until the next boot.'
        : undefined,
  },
  {
    before: 'moving the card with devctl',
    text: ({ host, card }) => {
      const held = card?.functions.filter(({ driver }) => driver !== null && driver !== 'ppt') ?? [];
      return held.length > 0
        ? `${held.map(({ bdf }) => bdf).join(', ')} ${held.length > 1 ? 'are' : 'is'} in the hands of the host (${[...new Set(held.map(({ driver }) => driver))].join(', ')}${nativeDriver(host)}). Taking a graphics card in use away with \`devctl set driver\` can crash the host; a reboot with pptdevs does not.`
        : undefined;
    },
    shownBy: ({ card }) => card?.functions.filter(({ driver }) => driver !== null && driver !== 'ppt') ?? [],
  },
  {
    before: 'starting the VM a second time',
    text: ({ card }) =>
      card?.gpu.display.flr === false
        ? 'The card offers no function-level reset, so it is reset by its power state. Some cards do not come back from that: if the second start fails, reboot the host before looking for another cause.'
        : undefined,
    shownBy: ({ card }) => [card?.gpu.display],
  },
];

export function warningsOf(context: Context): PreflightWarning[] {
  return DANGERS.flatMap(({ before, text, shownBy }): PreflightWarning[] => {
    const said = text(context);
    if (said === undefined) return [];
    const refs = (shownBy?.(context) ?? []).filter((ref) => ref !== undefined);
    return [{ before, text: said, evidence: context.quoter.evidence(refs, 'for') }];
  });
}

/** Large memory BARs of the card without an address. */
function unplaced({ card }: Context): HostBar[] {
  const bars = (card?.functions ?? []).flatMap((fn) => fn.bars);
  return bars.filter(({ kind, base, sizeBytes }) => kind === 'mem' && base === undefined && sizeBytes >= LARGE);
}

/** Devices the host uses that the present pptdevs line would take. */
const stolenBy = (reservation: Context['reservation']): LeftOut[] =>
  (reservation?.leftOut ?? []).filter(({ steals }) => steals !== undefined);

/** Size of a large BAR1 that the card should have, when the evidence shows none of its BARs. */
function expectedBar1({ card, tables }: Context): number | undefined {
  const display = card?.gpu.display;
  if (display?.pciId === undefined || display.barsShown) return undefined;
  const size = tables.gpus.get(display.pciId)?.bar1Bytes;
  return size !== undefined && size >= 2 ** 30 ? size : undefined;
}

const nativeDriver = ({ modulesLoaded = [] }: Context['host']): string =>
  modulesLoaded.some(({ value }) => /^nvidia/.test(value)) ? ', with the NVIDIA driver loaded' : '';
