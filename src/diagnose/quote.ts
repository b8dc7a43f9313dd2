import type { Evidence } from '../model/finding.ts';
import type { Ref } from '../model/source.ts';
import { clean, shorten } from '../model/text.ts';

/** Longest quote of evidence, in characters. */
const MAX_QUOTE = 300;
/** Evidence lines shown per role and finding; the count says how many there were. */
const MAX_LINES = 6;

/** Turns places into evidence with the quoted line. */
export interface Quoter {
  quote(ref: Ref): string;
  evidence(refs: readonly Ref[], role: Evidence['role']): Evidence[];
}

/** @param texts decoded text of each file by path */
export function createQuoter(texts: ReadonlyMap<string, string>): Quoter {
  const split = new Map<string, string[]>();
  const quote = ({ artifact, line }: Ref): string => {
    let lines = split.get(artifact);
    if (lines === undefined) {
      lines = (texts.get(artifact) ?? '').split('\n');
      split.set(artifact, lines);
    }
    return shorten(clean(lines[line - 1] ?? ''), MAX_QUOTE);
  };
  return {
    quote,
    evidence: (refs, role) => {
      const seen = new Set<string>();
      const out: Evidence[] = [];
      for (const ref of refs) {
        const key = `${ref.line} ${ref.artifact}`;
        if (seen.has(key)) continue;
        seen.add(key);
        if (out.length < MAX_LINES) out.push({ artifact: ref.artifact, line: ref.line, quote: quote(ref), role });
      }
      return out;
    },
  };
}
