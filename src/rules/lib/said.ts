import type { LogHit } from '../../model/pattern.ts';
import type { Claim } from '../../model/rule.ts';

/** One claim for lines of the host that say a thing by themselves; none when nobody said it. */
export const saidOnHost = (lines: readonly LogHit[], claim: Claim = {}): Claim[] =>
  lines.length === 0 ? [] : [{ confidence: 'confirmed', evidence: lines, count: lines.length, ...claim }];
