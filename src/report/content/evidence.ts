import type { Evidence, Finding } from '../../model/finding.ts';
import type { QuotesBlock } from '../document.ts';

export const evidenceFor = ({ evidence }: Finding): Evidence[] => evidence.filter(({ role }) => role === 'for');

export const evidenceAgainst = ({ evidence }: Finding): Evidence[] => evidence.filter(({ role }) => role === 'against');

/** At most `max` lines; none gives no block. `whole`: what does not fit in a line is wrapped and not cut. */
export const quotes = (evidence: readonly Evidence[], max: number, whole = false): QuotesBlock[] =>
  evidence.length === 0
    ? []
    : [
        {
          type: 'quotes',
          quotes: evidence.slice(0, max).map(({ artifact, line, quote }) => ({ artifact, line, quote })),
          ...(whole && { whole }),
        },
      ];

export const isSameLine = (a: Evidence, b: Evidence): boolean => a.line === b.line && a.artifact === b.artifact;

/** `title (code)` */
export const named = ({ title, code }: { title: string; code: string }): string => `${title} (${code})`;
