import { type Artifact, lineInText } from '../model/artifact.ts';
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

/** What a line is looked up in: a text and the line of its file at which it begins. */
type Holder = Pick<Artifact, 'text' | 'firstLine' | 'lineNumbers'>;

/** @param holderOf the text that a place lies in */
export function createQuoter(holderOf: (ref: Ref) => Holder | undefined): Quoter {
  const finders = new Map<Holder, LineFinder>();
  const quote = (ref: Ref): string => {
    const holder = holderOf(ref);
    if (holder === undefined) return '';
    let finder = finders.get(holder);
    if (finder === undefined) finders.set(holder, (finder = createLineFinder(holder.text)));
    return shorten(clean(finder(lineInText(holder, ref.line))), MAX_QUOTE);
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

/** A line by its number from 1, '' where there is none. */
type LineFinder = (line: number) => string;

/** Looks no further into a text than the lines asked for: logs are long, and what is cited of them is little. */
function createLineFinder(text: string): LineFinder {
  const starts = [0];
  return (line) => {
    while (starts.length <= line) {
      const newline = text.indexOf('\n', starts.at(-1));
      if (newline === -1) break;
      starts.push(newline + 1);
    }
    const start = starts[line - 1];
    if (start === undefined) return '';
    const newline = text.indexOf('\n', start);
    return newline === -1 ? text.slice(start) : text.slice(start, newline);
  };
}
