import type { Parser } from '../model/parser.ts';

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
  /** cuts a text into runs of one kind each; a text nobody knows is one run without a kind */
  runs(lines: readonly string[], text: string, hint: Hint): Run[];
  /** kinds whose commands match what was typed at a prompt or a heading */
  kindsOfCommand(command: string): string[];
}

/**
 * Tells kinds from content with the parsers' markers. A text whose marked lines nearly all belong to one kind is that
 * kind as a whole; otherwise it is cut where another kind's lines begin.
 */
export function createKindTeller(parsers: readonly Parser[]): KindTeller {
  const marked = parsers
    .filter((parser) => parser.markers.length > 0)
    .map((parser) => ({ kind: parser.kind, log: parser.log === true, any: combine(parser.markers) }));
  const anyMarker = combine(parsers.flatMap((parser) => parser.markers));
  const byKind = new Map(parsers.map((parser) => [parser.kind, parser]));

  /** indexes into `marked` of the kinds a line belongs to */
  const kindsOfLine = (line: string): number[] => {
    if (!anyMarker.test(line)) return [];
    const kinds: number[] = [];
    marked.forEach(({ any }, i) => {
      if (any.test(line)) kinds.push(i);
    });
    return kinds;
  };

  const recogniseWhole = (text: string, hint: Hint): string | undefined => {
    const head = text.slice(0, HEAD);
    const recognised = parsers.filter((parser) => parser.recognise?.(head) === true);
    if (recognised.length <= 1) return recognised[0]?.kind;
    return (recognised.find((parser) => named(parser, hint)) ?? recognised[0])?.kind;
  };

  const kindsOfCommand = (command: string): string[] =>
    parsers.filter((parser) => parser.commands?.some((regex) => regex.test(command))).map((parser) => parser.kind);

  const named = (parser: Parser, hint: Hint): boolean =>
    hint.fileName !== undefined && parser.fileNames?.some((regex) => regex.test(hint.fileName!)) === true;

  return {
    kindsOfCommand,
    runs(lines, text, hint) {
      const whole = (kind: string | undefined): Run[] => [{ kind, start: 0, end: lines.length }];
      const commandKinds = hint.heading === undefined ? [] : kindsOfCommand(hint.heading);
      const marks: { line: number; kinds: number[] }[] = [];
      const counts = new Map<number, number>();
      for (let i = 0; i < lines.length; i += 1) {
        const line = lines[i]!;
        if (line.length > 4096) continue;
        const kinds = kindsOfLine(line);
        if (kinds.length === 0) continue;
        marks.push({ line: i, kinds });
        for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      if (marks.length === 0) {
        const byCommand = commandKinds.find((kind) => parses(byKind.get(kind), text));
        const byContent = byCommand ?? recogniseWhole(text, hint);
        if (byContent !== undefined) return whole(byContent);
        const byName = parsers.find((parser) => named(parser, hint) && parses(parser, text));
        return whole(byName?.kind);
      }
      // The favourite breaks ties between kinds that share a line: what was typed, then the file's name, then numbers.
      const preferred = (kind: number): number => {
        const parser = byKind.get(marked[kind]!.kind)!;
        return (counts.get(kind) ?? 0) + (commandKinds.includes(parser.kind) ? 1e6 : 0) + (named(parser, hint) ? 0.5 : 0);
      };
      const best = [...counts.keys()].sort((a, b) => preferred(b) - preferred(a))[0]!;
      if (counts.get(best)! >= marks.length * 0.97) return whole(marked[best]!.kind);
      return cut(lines, marks, preferred, (kind) => marked[kind]!);
    },
  };
}

const parses = (parser: Parser | undefined, text: string): boolean => parser?.parse(text).facts !== undefined;

const combine = (markers: readonly RegExp[]): RegExp => {
  if (markers.length === 0) return /(?!)/;
  const insensitive = markers.filter((marker) => marker.flags.includes('i'));
  // One expression when the flags agree; a case-insensitive marker widens only itself.
  if (insensitive.length === 0) return new RegExp(markers.map((marker) => `(?:${plain(marker)})`).join('|'));
  return { test: (line: string) => markers.some((marker) => marker.test(line)) } as RegExp;
};

/** Named groups may repeat between markers; they mean nothing here. */
const plain = (marker: RegExp): string => marker.source.replace(/\(\?<[A-Za-z_$][\w$]*>/g, '(?:');

/**
 * Cuts where a line belongs to another kind than the run it stands in. A single foreign line inside a log is a quote,
 * not a new artifact: a run must hold two marked lines, or stand at the beginning or end, to be cut out of a log.
 */
function cut(
  lines: readonly string[],
  marks: { line: number; kinds: number[] }[],
  preferred: (kind: number) => number,
  info: (kind: number) => { kind: string; log: boolean },
): Run[] {
  const groups: { kind: number; first: number; last: number; marks: number }[] = [];
  for (const { line, kinds } of marks) {
    const current = groups.at(-1);
    if (current !== undefined && kinds.includes(current.kind)) {
      current.last = line;
      current.marks += 1;
    } else {
      const kind = kinds.reduce((a, b) => (preferred(b) > preferred(a) ? b : a));
      groups.push({ kind, first: line, last: line, marks: 1 });
    }
  }
  const merged: typeof groups = [];
  groups.forEach((group, i) => {
    const before = merged.at(-1);
    const after = groups[i + 1];
    const quoted =
      group.marks === 1 && before !== undefined && info(before.kind).log && (after === undefined || after.kind === before.kind) && before.marks > 2;
    if (before !== undefined && (quoted || before.kind === group.kind)) {
      before.last = group.last;
      before.marks += quoted ? 0 : group.marks;
    } else merged.push({ ...group });
  });
  return merged.map((group, i) => ({
    kind: info(group.kind).kind,
    start: i === 0 ? 0 : group.first,
    end: merged[i + 1]?.first ?? lines.length,
  }));
}
