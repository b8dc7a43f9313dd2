import type { LogHit } from '../../model/pattern.ts';
import type { Claim } from '../../model/rule.ts';

/** Hits in logs of the host; a FreeBSD guest prints the same texts about itself. */
export const ofHost = (hits: readonly LogHit[]): LogHit[] => hits.filter(({ side }) => side !== 'guest');

/** One claim for lines of the host that say a thing by themselves; none when nobody said it. */
export function saidOnHost(hits: readonly LogHit[], claim: Claim = {}): Claim[] {
  const lines = ofHost(hits);
  return lines.length === 0 ? [] : [{ confidence: 'confirmed', evidence: lines, count: lines.length, ...claim }];
}
