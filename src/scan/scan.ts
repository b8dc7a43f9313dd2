import type { LogPattern } from '../model/pattern.ts';
import { createLiteralSearch, fastEngine, type LiteralSearch, PIECE_BYTES, plainEngine } from './literals.ts';

/** A pattern with the name its owner knows it by. */
export interface NamedPattern extends LogPattern {
  name: string;
}

/** A match in the scanned bytes. `line` counts from 1; `text` is the joined record. */
export interface ScanHit {
  pattern: NamedPattern;
  line: number;
  text: string;
  groups: Record<string, string>;
}

/**
 * Joins a message that was wrapped over several lines: given some lines and the index of one of them, the record it
 * belongs to. Lines outside the window are not seen.
 */
export type JoinRecord = (lines: readonly string[], index: number) => { first: number; last: number; text: string };

export interface Scanner {
  /**
   * Finds all hits in one pass, in order of their lines. A record gives at most one hit per pattern.
   * @param bytes UTF-8, or any encoding that keeps ASCII as it is
   */
  scan(bytes: Uint8Array, onHit: (hit: ScanHit) => void): void;
}

/** A longer line is cut: no message that a rule wants is longer, and a hostile one must not cost time. */
const MAX_LINE = 8192;
/** From so many bytes on, in one text or in several, the fast engine wins back what it takes to make. */
const WORTH_THE_FAST_ENGINE = 4 << 20;
/** Lines on each side that may belong to one record. */
const WINDOW = 12;
const NEWLINE = 10;

const singleLine: JoinRecord = (lines, index) => ({ first: index, last: index, text: lines[index]! });

/** What is known of one string that is looked for. */
interface Literal {
  text: string;
  /** numbers of the patterns that want it */
  owners: number[];
}

/**
 * A scanner that looks for all literals in one pass over the bytes and runs on the records of lines that hold one the
 * patterns that it belongs to.
 */
export function createScanner(patterns: readonly NamedPattern[], join: JoinRecord = singleLine): Scanner {
  const literals = literalsOf(patterns);
  const texts = literals.map(({ text }) => text);
  let scanned = 0;
  let plain: LiteralSearch | undefined;
  let fast: LiteralSearch | undefined;

  return {
    scan(bytes, onHit) {
      scanned += bytes.length;
      const search =
        scanned < WORTH_THE_FAST_ENGINE
          ? (plain ??= createLiteralSearch(texts, plainEngine))
          : (fast ??= createLiteralSearch(texts, fastEngine));
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      /** record start lines already reported, by pattern, so that a wrapped record is one hit */
      const seen = new Map<NamedPattern, number>();
      for (const candidate of candidateLines(buffer, search, literals)) examine(buffer, candidate, seen, onHit);
    },
  };

  /** Runs the patterns on the record around a line. */
  function examine(
    buffer: Buffer,
    { offset, line, owners }: Candidate,
    seen: Map<NamedPattern, number>,
    onHit: (hit: ScanHit) => void,
  ): void {
    const { lines, index } = linesAround(buffer, offset);
    const record = join(lines, index);
    const first = line - (index - record.first);
    for (const owner of owners) {
      const pattern = patterns[owner]!;
      if (seen.get(pattern) === first) continue;
      const match = pattern.regex.exec(record.text.length > MAX_LINE ? record.text.slice(0, MAX_LINE) : record.text);
      if (match === null) continue;
      seen.set(pattern, first);
      const groups: Record<string, string> = {};
      for (const [name, value] of Object.entries(match.groups ?? {})) if (value !== undefined) groups[name] = value;
      onHit({ pattern, line, text: record.text, groups });
    }
  }
}

function literalsOf(patterns: readonly NamedPattern[]): Literal[] {
  const byText = new Map<string, Literal>();
  for (const [owner, pattern] of patterns.entries()) {
    for (const text of new Set(pattern.literals)) {
      const literal = byText.get(text) ?? { text, owners: [] };
      literal.owners.push(owner);
      byText.set(text, literal);
    }
  }
  return [...byText.values()];
}

/** A line that holds literals. */
interface Candidate {
  /** at which it begins */
  offset: number;
  /** counted from 1 */
  line: number;
  /** numbers of the patterns that want one of them, ascending */
  owners: number[];
}

/** Goes through the bytes in pieces of whole lines. */
function* candidateLines(buffer: Buffer, search: LiteralSearch, literals: readonly Literal[]): Generator<Candidate> {
  let line = 1;
  for (let from = 0; from < buffer.length;) {
    const { end, next } = pieceAt(buffer, from);
    search.memory.set(buffer.subarray(from, end));
    const length = end - from;
    /** where the line number was counted up to */
    let counted = 0;
    for (const { start, owners } of linesWith(search, length, literals)) {
      line += search.countLines(counted, start);
      counted = start;
      yield { offset: from + start, line, owners };
    }
    line += search.countLines(counted, length);
    // Of a line longer than a piece the beginning was searched; the rest is beyond what a pattern sees.
    if (next > end) line += 1;
    from = next;
  }
}

/** A piece that ends with a line, as long as fits; of a line that does not fit, its beginning. */
function pieceAt(buffer: Buffer, from: number): { end: number; next: number } {
  if (buffer.length - from <= PIECE_BYTES) return { end: buffer.length, next: buffer.length };
  const newline = buffer.lastIndexOf(NEWLINE, from + PIECE_BYTES - 1);
  if (newline >= from) return { end: newline + 1, next: newline + 1 };
  const after = buffer.indexOf(NEWLINE, from + PIECE_BYTES);
  return { end: from + PIECE_BYTES, next: after === -1 ? buffer.length : after + 1 };
}

/** The lines of a piece that hold literals within their first MAX_LINE bytes, in order. */
function linesWith(
  search: LiteralSearch,
  length: number,
  literals: readonly Literal[],
): { start: number; owners: number[] }[] {
  const { memory } = search;
  const lines: { start: number; end: number; owners: Set<number> }[] = [];
  let current: (typeof lines)[number] | undefined;
  search.search(0, length, (literal, at) => {
    if (current === undefined || at >= current.end) {
      const start = memory.lastIndexOf(NEWLINE, at) + 1;
      const newline = memory.indexOf(NEWLINE, at);
      current = { start, end: newline === -1 || newline > length ? length : newline, owners: new Set() };
      lines.push(current);
    }
    const { text, owners } = literals[literal]!;
    if (at + text.length - current.start <= MAX_LINE) for (const owner of owners) current.owners.add(owner);
  });
  return lines.map(({ start, owners }) => ({ start, owners: [...owners].sort((a, b) => a - b) }));
}

/** The line that begins at `offset` with up to WINDOW lines on each side, each cut at MAX_LINE. */
function linesAround(buffer: Buffer, offset: number): { lines: string[]; index: number } {
  const before: string[] = [];
  for (let end = offset - 1; end >= 0 && before.length < WINDOW;) {
    const start = end === 0 ? 0 : buffer.lastIndexOf(NEWLINE, end - 1) + 1;
    before.unshift(buffer.toString('utf8', start, Math.min(end, start + MAX_LINE)));
    end = start - 1;
  }
  const lines = before;
  const index = before.length;
  for (let start = offset; start < buffer.length && lines.length <= index + WINDOW;) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline === -1 ? buffer.length : newline;
    lines.push(buffer.toString('utf8', start, Math.min(end, start + MAX_LINE)));
    start = end + 1;
  }
  return { lines, index };
}
