import { normaliseLinuxBdf } from '../../model/bdf.ts';
import type { Confidence, Subject } from '../../model/finding.ts';
import type { Guest, GuestGpu } from '../../model/guest.ts';
import type { LogHit, LogPattern } from '../../model/pattern.ts';
import type { Claim, RuleInput } from '../../model/rule.ts';
import type { Ref } from '../../model/source.ts';

/** Matches a guest PCI address inside a pattern; name the group `bdf`. */
export const BDF = String.raw`(?<bdf>(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)`;

export const hitsOf = (guest: Guest, hits: readonly LogHit[]): LogHit[] =>
  hits.filter((hit) => (hit.guest ?? guest.name) === guest.name);

/** The guest's GPU at an address, or its only NVIDIA card. */
export function gpuAt(guest: Guest, bdf: string | undefined): GuestGpu | undefined {
  if (bdf !== undefined) return guest.gpus.find((gpu) => gpu.bdf === bdf);
  const nvidia = guest.gpus.filter(({ pciId }) => pciId?.startsWith('10de:') === true);
  return nvidia.length === 1 ? nvidia[0] : guest.gpus.length === 1 ? guest.gpus[0] : undefined;
}

export function guestSubject(guest: Guest, bdf?: string): Subject {
  const gpu = gpuAt(guest, bdf);
  const guestBdf = bdf ?? gpu?.bdf;
  return {
    guest: guest.name,
    ...(guestBdf !== undefined && { guestBdf }),
    ...(gpu?.pciId !== undefined && { pciId: gpu.pciId }),
  };
}

/** Claims of a finding that log lines show by themselves: one per guest and, when the lines name one, per card. */
export function claimsOfHits(
  { guests }: Pick<RuleInput, 'guests'>,
  hits: readonly LogHit[],
  confidence: Confidence,
  more?: (guest: Guest, hits: readonly LogHit[], bdf: string | undefined) => Partial<Claim> | undefined,
): Claim[] {
  return guests.flatMap((guest) => {
    const byCard = new Map<string | undefined, LogHit[]>();
    for (const hit of hitsOf(guest, hits)) {
      const bdf = hit.groups.bdf === undefined ? undefined : normaliseLinuxBdf(hit.groups.bdf);
      byCard.set(bdf, [...(byCard.get(bdf) ?? []), hit]);
    }
    // Lines without an address belong to the card that other lines name, when it is one.
    const loose = byCard.get(undefined);
    if (loose !== undefined && byCard.size === 2) {
      byCard.delete(undefined);
      const [bdf, named] = [...byCard][0]!;
      byCard.set(bdf, [...named, ...loose]);
    }
    return [...byCard].flatMap(([bdf, own]): Claim[] => {
      const extra = more === undefined ? {} : more(guest, own, bdf);
      return extra === undefined
        ? []
        : [{ confidence, subject: guestSubject(guest, bdf), evidence: own, count: own.length, ...extra }];
    });
  });
}

/** nvidia-smi finds no driver that runs. */
export const NO_DRIVER: LogPattern = {
  regex: /couldn't communicate with the NVIDIA driver/,
  literals: ["couldn't communicate with the NVIDIA driver"],
};

/**
 * nvidia-smi lists a card and nowhere says that it finds no driver: what failed to load was another attempt, module,
 * kernel or container.
 */
export const cardAnswers = (guest: Guest, noDriver: readonly LogHit[]): boolean =>
  guest.smi.gpus.length > 0 && hitsOf(guest, noDriver).length === 0;

/** Where DKMS says that it has the nvidia module, but not for the kernel that runs; undefined when it does not say so. */
export function notBuiltByDkms({ driver: { dkms }, kernel }: Guest): Ref[] | undefined {
  if (dkms === undefined) return undefined;
  const installed = dkms.value.filter(({ state }) => state.startsWith('installed'));
  if (installed.length === 0) return [dkms];
  if (kernel === undefined || installed.some((row) => row.kernel === kernel.value)) return undefined;
  return [dkms, kernel];
}
