import { bhyveBdf } from '../../model/bdf.ts';
import { formatSize } from '../../model/size.ts';
import { hex } from './arithmetic.ts';
import { checkFirmware, ENUMERATED_BUS, type FirmwareCheck } from './firmware.ts';
import type { BarId, Certainty, Machine, PlacedBar, Placement, Range, Window } from './model.ts';
import { placeBars } from './place.ts';
import { WINDOW_IO, windowFor } from './vintages.ts';

/**
 * - `fits`: gets an address the guest can use.
 * - `dropped`: bhyve finds no room, says nothing and starts; the guest sees a BAR that is not implemented.
 * - `refused`: bhyve cannot serve it, says so and exits.
 * - `rejected`: bhyve places it, the aperture of the stock UEFI firmware cannot hold it.
 * - `unreachable`: its address has more bits than the guest's processors, which have those of the host's.
 * - `unknown`: depends on a fact that is missing, or on what another BAR brings about.
 */
export type FitVerdict = 'fits' | 'dropped' | 'refused' | 'rejected' | 'unreachable' | 'unknown';

export interface BarFit extends BarId {
  kind: PlacedBar['kind'];
  size: number;
  verdict: FitVerdict;
  /** one or two sentences for people */
  reason: string;
  /** rests on a step that was concluded and not read; such a verdict never confirms anything */
  inferred: boolean;
}

export interface FitQuestion extends Machine {
  /** of the vintage, as `vintageOf` gives it */
  certainty: Certainty;
  /**
   * The guest boots a UEFI firmware that assigns PCI resources itself, as those built from edk2 of about mid-2023 and
   * later do. false: another loader, or an older firmware, which keeps bhyve's addresses. undefined: not known.
   */
  firmwareEnumerates?: boolean;
}

export interface Fit {
  placement: Placement;
  /** absent when bhyve does not start or no firmware takes part */
  firmware?: FirmwareCheck;
  /** one entry per BAR, in the order of `placement.placed` */
  bars: BarFit[];
}

type Judgement = Pick<BarFit, 'verdict' | 'reason'> & { inferred?: boolean };

/** What becomes of every BAR of a guest between bhyve's start and the guest's kernel, in words. */
export function explainFit(question: FitQuestion): Fit {
  const placement = placeBars(question);
  const firmware =
    placement.initOk === false || question.firmwareEnumerates === false
      ? undefined
      : checkFirmware(question.guestMemoryBytes, placement);
  return {
    placement,
    ...(firmware === undefined ? {} : { firmware }),
    bars: placement.placed.map((bar) => {
      const { bus, slot, function: fn, index, kind, size } = bar;
      const { verdict, reason, inferred = false } = judge(bar, question, placement, firmware);
      const id = { bus, slot, function: fn, index, kind, size };
      return { ...id, verdict, reason, inferred: inferred || question.certainty === 'inferred' };
    }),
  };
}

function judge(bar: PlacedBar, question: FitQuestion, placement: Placement, firmware?: FirmwareCheck): Judgement {
  const { initFailedAt } = placement;
  switch (bar.outcome) {
    case 'no-room': {
      const reason = `No room is left for ${formatSize(bar.size)} in ${describeWindow(bar, question, placement)}.`;
      return initFailedAt !== undefined && sameBar(bar, initFailedAt)
        ? { verdict: 'refused', reason: `${reason} bhyve cannot initialise the device and exits.` }
        : {
            verdict: 'dropped',
            reason: `${reason} bhyve says nothing and starts; the guest sees a BAR that is not implemented.`,
          };
    }
    case 'unaligned':
      return {
        verdict: 'refused',
        reason:
          'Its address or size on the host is no multiple of 4 KiB. bhyve cannot initialise the device and exits.',
        // The passthrough code of that time was not read, and review D52013 relaxes the check.
        inferred: question.vintage === 'main-2025',
      };
    case 'rom-full':
      return { verdict: 'refused', reason: 'All ROM files together need more than 256 MiB. bhyve exits.' };
    case 'not-reached':
      return {
        verdict: 'unknown',
        reason: `bhyve exits at ${describeBar(initFailedAt!)}, before it comes to this one.`,
      };
    case 'unknown':
      return { verdict: 'unknown', reason: missingFact(bar, placement) };
    case 'rom':
      return { verdict: 'fits', reason: 'bhyve offers the ROM; its address is left to the firmware.' };
    case 'placed':
      return judgePlaced(bar, question, placement, firmware);
  }
}

/** A BAR with an address of bhyve's: what the firmware makes of it, and whether the guest can reach it. */
function judgePlaced(bar: PlacedBar, question: FitQuestion, placement: Placement, firmware?: FirmwareCheck): Judgement {
  const byBhyve: Place = {
    name: `bhyve's ${bar.address!}`,
    end: Number(bar.address) + bar.size,
    overRam: bar.overlapsGuestRam === true,
  };
  if (placement.initOk === false) {
    const reason = `It has room at ${byBhyve.name}, but bhyve exits at ${describeBar(placement.initFailedAt!)}.`;
    return { verdict: 'fits', reason };
  }
  if (firmware === undefined) return reach(bar, question, [byBhyve]);
  if (bar.bus !== ENUMERATED_BUS) {
    const { verdict, reason } = reach(bar, question, [byBhyve]);
    const unseen = `UEFI firmware probably does not look at bus ${bar.bus} and leaves it alone.`;
    return { verdict, reason: `${reason} ${unseen}`, inferred: true };
  }
  if (!firmware.fits) return judgeOverflow(bar, question, firmware);
  if (bar.kind !== 'mem64') return reach(bar, question, [byBhyve]);
  const { base, size } = firmware.aperture;
  const byFirmware: Place = {
    name: `the UEFI firmware's ${formatSize(size)} from ${base}`,
    end: Number(base) + firmware.demand,
    overRam: firmware.aperture.insideGuestRam,
  };
  return reach(bar, question, question.firmwareEnumerates === undefined ? [byBhyve, byFirmware] : [byFirmware]);
}

/** Bus 0 asks for more than the firmware has. Every step was read; that guests of bhyve show this was not seen. */
function judgeOverflow(bar: PlacedBar, question: FitQuestion, { aperture, demand, largest }: FirmwareCheck): Judgement {
  const overflow =
    `The 64-bit BARs of bus 0 need ${formatSize(demand - aperture.size)} more than the ` +
    `${formatSize(aperture.size)} that stock UEFI firmware has for them`;
  if (question.firmwareEnumerates === undefined) {
    return {
      verdict: 'unknown',
      reason: `It has room at bhyve's ${bar.address!}. ${overflow}; whether the guest boots such firmware is not known.`,
      inferred: true,
    };
  }
  return sameFunction(bar, largest!)
    ? {
        verdict: 'rejected',
        reason:
          `${overflow}, and this function asks for most. The firmware leaves out no device of bus 0, so its PCI ` +
          'enumeration probably fails as a whole: no disk, screen or console in the guest.',
        inferred: true,
      }
    : {
        verdict: 'unknown',
        reason: `${overflow}; ${describeBar(largest!)} asks for most. PCI enumeration probably fails for all devices.`,
        inferred: true,
      };
}

/** Where a BAR may end up. */
interface Place {
  name: string;
  /** the first address after it */
  end: number;
  overRam: boolean;
}

/** Leaf 0x80000008 of CPUID is passed through: the guest has as many physical address bits as the host. */
function reach(bar: PlacedBar, { hostMaxPhysBits }: FitQuestion, places: readonly Place[]): Judgement {
  const room = `It has room at ${namesOf(places)}`;
  const overRam = places.filter((place) => place.overRam);
  if (overRam.length > 0) {
    return { verdict: 'unknown', reason: `${room}; but guest RAM is at ${namesOf(overRam)}, too.`, inferred: true };
  }
  const limit = hostMaxPhysBits === undefined || bar.kind === 'io' ? Infinity : 2 ** hostMaxPhysBits;
  const beyond = places.filter(({ end }) => end > limit);
  if (beyond.length === 0) return { verdict: 'fits', reason: `${room}.` };
  return {
    verdict: beyond.length === places.length ? 'unreachable' : 'unknown',
    reason: `${room}; processors with ${hostMaxPhysBits} address bits do not reach ${namesOf(beyond)}.`,
  };
}

const namesOf = (places: readonly Place[]): string => places.map(({ name }) => name).join(' or ');

function missingFact(bar: PlacedBar, { window64 }: Placement): string {
  if (bar.kind === 'rom') return 'What this bhyve does with a ROM file was not read.';
  return window64 === undefined
    ? 'bhyve of this release derives the 64-bit window from the address bits of the host, which are not known.'
    : 'bhyve of this release maps a BAR of 4 GiB at its address on the host, which is not known.';
}

function describeWindow(bar: PlacedBar, { vintage }: FitQuestion, { window32, window64 }: Placement): string {
  const windows: Record<Window, [string, Range | undefined]> = {
    io: ['I/O', { base: hex(WINDOW_IO.base), size: WINDOW_IO.limit - WINDOW_IO.base }],
    '32': ['32-bit', window32],
    '64': ['64-bit', window64],
  };
  const [name, range] = windows[windowFor(vintage, bar.kind, bar.size)];
  return `bhyve's ${name} window${range === undefined ? '' : ` (${formatSize(range.size)} from ${range.base})`}`;
}

const describeBar = ({ bus, slot, function: fn, index }: BarId): string => `BAR ${index} of ${bhyveBdf(bus, slot, fn)}`;

const sameFunction = (a: BarId, b: BarId): boolean => a.bus === b.bus && a.slot === b.slot && a.function === b.function;

const sameBar = (a: BarId, b: BarId): boolean => sameFunction(a, b) && a.index === b.index;
