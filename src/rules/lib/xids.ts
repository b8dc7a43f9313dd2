import type { Guest, XidEvent } from '../../model/guest.ts';
import type { Claim, RuleInput } from '../../model/rule.ts';
import { guestSubject } from './guests.ts';

/** Follow-ups that never are the first fault: 45 (preemptive removal) and 154 (recovery action). */
export const SECONDARY_XIDS = new Set([45, 154]);

/** Xids that have findings of their own; the others are reported by the rule `xid`. */
export const XIDS_OF_RULES = {
  'gpu-fell-off-bus': [79],
  'gsp-rpc-timeout': [119, 120],
  'gpu-memory-ecc-uncorrectable': [48, 94, 95, 171],
  'row-remap-pending': [63, 64],
  'xid-application-fault': [13, 31, 43],
  'nvlink-error': [74],
  'power-cable-missing': [54],
} as const;

/** Events of some numbers; an earlier event of another card is no reason for one of this card. */
export const eventsOf = (guest: Guest, numbers: readonly number[]): XidEvent[] =>
  guest.xids.filter(({ xid }) => numbers.includes(xid));

/** Number of the Xid that an event names as the one before it: `Ch 00000002 caused by previous Xid 149`. */
export function previousXid({ message }: XidEvent): number | undefined {
  const number = /\bcaused by previous Xid (\d{1,3})\b/.exec(message)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** One claim per card for events of one guest. */
export function claimsOfEvents(guest: Guest, events: readonly XidEvent[]): Claim[] {
  const byCard = new Map<string | undefined, XidEvent[]>();
  for (const event of events) byCard.set(event.guestBdf, [...(byCard.get(event.guestBdf) ?? []), event]);
  return [...byCard].map(([bdf, own]) => ({
    confidence: 'confirmed',
    subject: guestSubject(guest, bdf),
    evidence: own,
    count: own.reduce((sum, event) => sum + event.count, 0),
  }));
}

/** One claim per guest and card for events of some numbers. */
export function claimsOfXids(
  { guests }: Pick<RuleInput, 'guests'>,
  numbers: readonly number[],
  more: (guest: Guest, events: readonly XidEvent[]) => Partial<Claim> | undefined = () => ({}),
): Claim[] {
  return guests.flatMap((guest) => {
    const claims = claimsOfEvents(guest, eventsOf(guest, numbers));
    return claims.flatMap((claim): Claim[] => {
      const extra = more(guest, claim.evidence as readonly XidEvent[]);
      return extra === undefined ? [] : [{ ...claim, ...extra }];
    });
  });
}
