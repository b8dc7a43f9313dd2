import type { Parser } from '../model/parser.ts';

/** Consecutive lines that can be of one kind. Lines count from 0, `end` is exclusive; spans touch each other. */
export interface Span {
  /** indexes of the parsers whose markers match all marked lines; never empty */
  kinds: readonly number[];
  start: number;
  end: number;
  /** first and last marked line, and their number */
  first: number;
  last: number;
  marks: number;
}

export interface Segmenter {
  /** spans of the lines `start` to `end`, [] when none of them is marked */
  spans(lines: readonly string[], start: number, end: number): Span[];
  /** indexes of the parsers one of whose markers matches the line */
  kindsOf(line: string): readonly number[];
}

/** A span that grows. `first` is a marked line. */
interface Growing {
  kinds: readonly number[];
  first: number;
  /** the last marked line */
  marked: number;
  /** the last line that is marked or shared */
  last: number;
  marks: number;
  /** a blank line stands between the span above and this one */
  blankBefore: boolean;
}

/** A longer line is no marker. */
const MAX_LINE = 4096;
/** Lines whose kinds are remembered. */
const MAX_KNOWN = 1000;

/** A line that a logger stamped. Only logs have such lines. */
const STAMP =
  /^(?:\[ {0,6}\d{1,9}\.\d|<\d{1,3}>|\[?(?:[A-Z][a-z]{2} )?(?:[A-Za-z\u00c0-\u04ff]{2,9}\.?|\d{1,2}月) [ \d]?\d \d\d:\d\d|\[?\d{4}-\d\d-\d\d[T ]\d\d:|\d{1,4},\d+,\d+,)/;

const NONE: readonly number[] = [];
const SPACE = 0x20;
/** Asked of every line, and most lines of a log begin with a visible character. */
const isBlank = (line: string): boolean => !(line.charCodeAt(0) > SPACE) && line.trim() === '';

/**
 * Cuts lines where the marks of one kind end and those of another begin.
 *
 * A single line of another kind inside a text is a quote and stays in it, unless blank lines set it apart; at the end of a
 * text it is an artifact of its own, unless a logger stamped it. What stands between two spans goes to the second
 * from the last blank line on, and where that kind says that it opens so.
 */
export function createSegmenter(parsers: readonly Parser[]): Segmenter {
  const markers = parsers.map((parser) => combine(parser.markers));
  const shared = parsers.map((parser) => combine(parser.shared ?? []));
  const all = parsers.map((_, i) => i).filter((i) => parsers[i]!.markers.length > 0);
  const logs = all.filter((i) => parsers[i]!.log === true);

  /** Listings repeat themselves: most lines that are no mark of the kind at hand were asked about before. */
  const known = new Map<string, readonly number[]>();
  const kindsOf = (line: string): readonly number[] => {
    if (line.length > MAX_LINE) return [];
    const before = known.get(line);
    if (before !== undefined) return before;
    const kinds = (STAMP.test(line) ? logs : all).filter((kind) => markers[kind]!(line));
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(line, kinds);
    return kinds;
  };
  /** Those of `kinds` that have the line for a mark. One kind at most is left after the first lines of a log. */
  const fittingOf = (kinds: readonly number[], line: string): readonly number[] =>
    kinds.length === 1 ? (markers[kinds[0]!]!(line) ? kinds : NONE) : kinds.filter((kind) => markers[kind]!(line));
  const isShared = (kinds: readonly number[], line: string): boolean => kinds.some((kind) => shared[kind]!(line));

  function grow(lines: readonly string[], start: number, end: number): Growing[] {
    const done: Growing[] = [];
    let current: Growing | undefined;
    /** a span that began inside `current` and may be a quote */
    let pending: Growing | undefined;
    let blank = start - 1;
    for (let i = start; i < end; i += 1) {
      const line = lines[i]!;
      if (isBlank(line)) {
        blank = i;
        continue;
      }
      if (line.length > MAX_LINE) continue;
      if (current !== undefined) {
        const fitting = fittingOf(current.kinds, line);
        if (fitting.length > 0) {
          if (pending !== undefined && !isQuote(pending, blank, current)) {
            done.push(current, pending);
            current = begin(kindsOf(line), i, blank > pending.last);
          } else {
            current.kinds = fitting;
            current.marked = i;
            current.last = i;
            current.marks += 1;
          }
          pending = undefined;
          continue;
        }
        if (pending === undefined && blank < current.last && isShared(current.kinds, line)) {
          current.last = i;
          continue;
        }
      }
      const kinds = kindsOf(line);
      if (kinds.length === 0) continue;
      if (current === undefined) {
        current = begin(kinds, i, true);
        continue;
      }
      const both = pending?.kinds.filter((kind) => kinds.includes(kind)) ?? [];
      if (pending !== undefined && both.length > 0) {
        done.push(current);
        current = { ...pending, kinds: both, marked: i, last: i, marks: pending.marks + 1 };
        pending = undefined;
        continue;
      }
      if (pending !== undefined) {
        done.push(current);
        current = pending;
      }
      pending = begin(kinds, i, blank > current.last);
    }
    if (current !== undefined) done.push(current);
    if (pending !== undefined && !(isLog(current!) && STAMP.test(lines[pending.first]!))) done.push(pending);
    return done;
  }

  const isLog = ({ kinds }: Growing): boolean => kinds.every((kind) => parsers[kind]!.log === true);

  /** Whether one marked line between two of `around` is quoted by them. `blank`: the last blank line seen. */
  function isQuote(inner: Growing, blank: number, around: Growing): boolean {
    const blankAfter = blank > inner.last;
    return isLog(around) ? !(inner.blankBefore && blankAfter) : !(inner.blankBefore || blankAfter);
  }

  /** Where a span begins, given the one above it. */
  function opening(lines: readonly string[], span: Growing, above: Growing): number {
    const opens = (line: string): boolean => span.kinds.some((kind) => markers[kind]!(line) || shared[kind]!(line));
    let top = span.first;
    while (top - 1 > above.first && !isBlank(lines[top - 1]!) && opens(lines[top - 1]!)) top -= 1;
    // A block that fits as a whole goes as a whole; of a block that the span above has part of, only what is not its mark.
    if (isBlank(lines[top - 1]!)) return top;
    for (let i = span.first - 1; i > above.marked; i -= 1) if (isBlank(lines[i]!)) return i + 1;
    return Math.max(top, above.marked + 1);
  }

  return {
    kindsOf,
    spans(lines, start, end) {
      const grown = grow(lines, start, end);
      const starts = grown.map((span, i) => (i === 0 ? start : opening(lines, span, grown[i - 1]!)));
      return grown.map(({ kinds, first, marked, marks }, i) => ({
        kinds,
        first,
        last: marked,
        marks,
        start: starts[i]!,
        end: starts[i + 1] ?? end,
      }));
    },
  };
}

const begin = (kinds: readonly number[], at: number, blankBefore: boolean): Growing => ({
  kinds,
  first: at,
  marked: at,
  last: at,
  marks: 1,
  blankBefore,
});

/**
 * V8 first interprets an expression and compiles it when it is used again; for the large ones here both together take five
 * times as long as compiling, which it does at once when the text is long. Elsewhere this is one test in vain.
 */
const LONG = '\u0001'.repeat(1024);

/** One test for many expressions. Anchored ones are kept apart, because V8 gives up on them at once where they fail. */
function combine(expressions: readonly RegExp[]): (line: string) => boolean {
  const tests: RegExp[] = [];
  for (const flags of new Set(expressions.map((expression) => expression.flags))) {
    for (const anchored of [true, false]) {
      const sources = expressions
        .filter((expression) => expression.flags === flags && isAnchored(expression) === anchored)
        .map((expression) => `(?:${withoutNames(expression)})`);
      if (sources.length > 0) tests.push(new RegExp(sources.join('|'), flags));
    }
  }
  let compiled = false;
  return (line) => {
    if (!compiled) {
      compiled = true;
      for (const test of tests) test.test(LONG);
    }
    for (const test of tests) if (test.test(line)) return true;
    return false;
  };
}

const isAnchored = ({ source }: RegExp): boolean => source.startsWith('^');

/** Named groups may repeat between expressions; they mean nothing here. */
const withoutNames = ({ source }: RegExp): string => source.replace(/\(\?<[A-Za-z_$][\w$]*>/g, '(?:');
