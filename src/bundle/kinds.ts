import type { Parser } from '../model/parser.ts';
import { createSegmenter, type Span } from './segments.ts';
import { looksLikeSource } from './source-code.ts';

/** Bytes of a text that `recognise` functions look at. */
export const HEAD = 64 * 1024;

/** A run of lines of one kind. Lines count from 0, `end` is exclusive. */
export interface Run {
  kind: string | undefined;
  start: number;
  end: number;
}

/** What is known about a text before looking at it. */
export interface Hint {
  /** the command or path it is headed with */
  heading?: string;
  fileName?: string;
}

export interface KindTeller {
  /** cuts the lines `start` to `end` into runs of one kind each; lines nobody knows are one run without a kind */
  runs(lines: readonly string[], start: number, end: number, hint: Hint): Run[];
  /** kinds whose commands match what was typed at a prompt or a heading */
  kindsOfCommand(command: string): string[];
  /** whether a line by itself belongs to a kind */
  isMarked(line: string): boolean;
}

/**
 * Tells kinds from content: with the parsers' markers, cut where another kind's lines begin; a text without a marked line by
 * the command it is headed with, by its shape as a whole, or by its name when a parser then finds something in it.
 */
export function createKindTeller(parsers: readonly Parser[]): KindTeller {
  const segmenter = createSegmenter(parsers);

  const named = (parser: Parser, { fileName }: Hint): boolean =>
    fileName !== undefined && parser.fileNames?.some((regex) => regex.test(fileName)) === true;

  const commanded = (parser: Parser, command: string): boolean =>
    parser.commands?.some((regex) => regex.test(command)) === true;

  const ofUnmarked = (text: string, hint: Hint): string | undefined => {
    const { heading } = hint;
    const byCommand =
      heading === undefined
        ? undefined
        : parsers.find((parser) => commanded(parser, heading) && parser.parse(text).facts !== undefined);
    if (byCommand !== undefined) return byCommand.kind;
    const head = text.slice(0, HEAD);
    const recognised = parsers.filter((parser) => parser.recognise?.(head) === true);
    const byContent = recognised.find((parser) => named(parser, hint)) ?? recognised[0];
    if (byContent !== undefined) return byContent.kind;
    return parsers.find((parser) => named(parser, hint) && parser.parse(text).facts !== undefined)?.kind;
  };

  /** Which of the kinds that a run may be it is: what was typed decides, then the file's name, then the other runs. */
  const choose = (candidates: readonly number[], hint: Hint, counts: ReadonlyMap<number, number>): Parser => {
    const { heading } = hint;
    const weight = (index: number): number => {
      const parser = parsers[index]!;
      if (heading !== undefined && commanded(parser, heading)) return 2e9;
      return named(parser, hint) ? 1e9 : (counts.get(index) ?? 0);
    };
    return parsers[candidates.reduce((a, b) => (weight(b) > weight(a) ? b : a))]!;
  };

  return {
    kindsOfCommand: (command) => parsers.filter((parser) => commanded(parser, command)).map(({ kind }) => kind),
    isMarked: (line) => segmenter.kindsOf(line).length > 0,
    runs(lines, start, end, hint) {
      const spans = withoutAccidents(segmenter.spans(lines, start, end), lines, start, end);
      if (spans.length === 0) {
        const text = lines.slice(start, end).join('\n');
        return [{ kind: text.trim() === '' ? undefined : ofUnmarked(text, hint), start, end }];
      }
      const counts = countMarks(spans);
      return joinEqual(
        spans.map((span) => ({ kind: choose(span.kinds, hint, counts).kind, start: span.start, end: span.end })),
      );
    },
  };
}

/** From how many lines on a text is a whole program and not a piece of one. */
const WHOLE_PROGRAM = 40;

/**
 * In the source of a program an assignment here and there looks like a setting. Spans stay where most lines are marked: in the
 * text as a whole, or in what may be a file quoted in it.
 */
function withoutAccidents(spans: Span[], lines: readonly string[], start: number, end: number): Span[] {
  const filled = (from: number, to: number): number => {
    let count = 0;
    for (let i = from; i < to; i += 1) if (lines[i]!.trim() !== '') count += 1;
    return count;
  };
  const marks = spans.reduce((sum, span) => sum + span.marks, 0);
  const total = filled(start, end);
  if (marks * (total < WHOLE_PROGRAM ? 2 : 10) >= total || !looksLikeSource(lines, start, end)) return spans;
  return spans.filter((span) => span.marks >= 3 && span.marks * 2 >= filled(span.first, span.last + 1));
}

/** Marked lines of each kind in the spans that can be of one kind only. */
function countMarks(spans: readonly Span[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { kinds, marks } of spans) {
    if (kinds.length === 1) counts.set(kinds[0]!, (counts.get(kinds[0]!) ?? 0) + marks);
  }
  return counts;
}

function joinEqual(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (last !== undefined && last.kind === run.kind) last.end = run.end;
    else joined.push({ ...run });
  }
  return joined;
}
