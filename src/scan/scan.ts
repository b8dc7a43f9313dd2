import type { LogPattern } from '../model/pattern.ts';
import { createLiteralFinder } from './literals.ts';

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
/** Lines on each side that may belong to one record. */
const WINDOW = 12;
/** So much of a literal is looked for in the bytes: it tells nearly as well as the whole, in half the memory. */
const BEGINNING = 16;
const NEWLINE = 10;

const singleLine: JoinRecord = (lines, index) => ({ first: index, last: index, text: lines[index]! });

/**
 * A scanner that looks for all literals in one pass over the bytes and runs the patterns only on the records of lines that
 * hold one.
 */
export function createScanner(patterns: readonly NamedPattern[], join: JoinRecord = singleLine): Scanner {
  const beginnings = patterns.flatMap((pattern) => pattern.literals.map((literal) => literal.slice(0, BEGINNING)));
  const finder = createLiteralFinder([...new Set(beginnings)]);

  return {
    scan(bytes, onHit) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      /** record start lines already reported, by pattern, so that a wrapped record is one hit */
      const seen = new Map<NamedPattern, number>();
      /** the line that was counted up to, and the offset at which it begins */
      let line = 1;
      let start = 0;
      for (let at = finder.find(buffer, 0, buffer.length); at !== -1;) {
        for (
          let newline = buffer.indexOf(NEWLINE, start);
          newline !== -1 && newline < at;
          newline = buffer.indexOf(NEWLINE, start)
        ) {
          line += 1;
          start = newline + 1;
        }
        examine(buffer, start, line, seen, onHit);
        const end = buffer.indexOf(NEWLINE, at);
        at = end === -1 ? -1 : finder.find(buffer, end, buffer.length);
      }
    },
  };

  /** Runs the patterns on the record around the line that begins at `offset`. */
  function examine(
    buffer: Buffer,
    offset: number,
    line: number,
    seen: Map<NamedPattern, number>,
    onHit: (hit: ScanHit) => void,
  ): void {
    const { lines, index } = linesAround(buffer, offset);
    const here = lines[index]!;
    const record = join(lines, index);
    const first = line - (index - record.first);
    for (const pattern of patterns) {
      if (seen.get(pattern) === first) continue;
      if (!pattern.literals.some((literal) => here.includes(literal))) continue;
      const match = pattern.regex.exec(record.text.length > MAX_LINE ? record.text.slice(0, MAX_LINE) : record.text);
      if (match === null) continue;
      seen.set(pattern, first);
      const groups: Record<string, string> = {};
      for (const [name, value] of Object.entries(match.groups ?? {})) if (value !== undefined) groups[name] = value;
      onHit({ pattern, line, text: record.text, groups });
    }
  }
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
