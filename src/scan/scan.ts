import type { LogPattern } from '../model/pattern.ts';

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

export interface ScanOptions {
  /** joins wrapped messages; without it every line is a record */
  join?: JoinRecord;
  /** bytes looked at in one go: large enough to amortise calls, small enough to stay in cache */
  chunk?: number;
}

/** A longer line is cut: no message that a rule wants is longer, and a hostile one must not cost time. */
const MAX_LINE = 8192;
/** Lines on each side that may belong to one record. */
const WINDOW = 12;
const NEWLINE = 10;

const singleLine: JoinRecord = (lines, index) => ({ first: index, last: index, text: lines[index]! });

/**
 * A scanner that looks for all literals with one combined expression over large chunks of whole lines and runs the patterns
 * only on the records of lines that hold one.
 */
export function createScanner(
  patterns: readonly NamedPattern[],
  { join = singleLine, chunk: size = 1 << 20 }: ScanOptions = {},
): Scanner {
  const anyLiteral = combine(patterns.flatMap((pattern) => pattern.literals));

  return {
    scan(bytes, onHit) {
      if (anyLiteral === undefined) return;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      /** record start lines already reported, by pattern, so that a wrapped record is one hit */
      const seen = new Map<NamedPattern, number>();
      let line = 1;
      for (let start = 0; start < buffer.length;) {
        const { end, next } = wholeLines(buffer, start, size);
        // Latin-1 keeps one character a byte, so that places in the text are places in the bytes.
        const chunk = buffer.toString('latin1', start, end);
        let counted = 0;
        anyLiteral.lastIndex = 0;
        for (let match = anyLiteral.exec(chunk); match !== null; match = anyLiteral.exec(chunk)) {
          for (let i = chunk.indexOf('\n', counted); i !== -1 && i < match.index; i = chunk.indexOf('\n', counted)) {
            line += 1;
            counted = i + 1;
          }
          examine(buffer, start + counted, line, seen, onHit);
          const lineEnd = chunk.indexOf('\n', match.index);
          anyLiteral.lastIndex = lineEnd === -1 ? chunk.length : lineEnd;
        }
        for (let i = chunk.indexOf('\n', counted); i !== -1; i = chunk.indexOf('\n', i + 1)) line += 1;
        // The rest of a line longer than the chunk was skipped, its newline with it.
        if (next > end) line += 1;
        start = next;
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

/** One expression for all literals. One that holds another finds no more lines than that one does. */
function combine(literals: readonly string[]): RegExp | undefined {
  const needed = [...new Set(literals)].filter(
    (literal, _, all) => !all.some((other) => other !== literal && literal.includes(other)),
  );
  if (needed.length === 0) return undefined;
  return new RegExp(needed.map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
}

/**
 * Up to `size` bytes from `start` on that end with a newline, and where to go on. Of a longer line what is looked at: its
 * beginning.
 */
function wholeLines(buffer: Buffer, start: number, size: number): { end: number; next: number } {
  const limit = start + size;
  if (limit >= buffer.length) return { end: buffer.length, next: buffer.length };
  const last = buffer.lastIndexOf(NEWLINE, limit - 1);
  if (last >= start) return { end: last + 1, next: last + 1 };
  const newline = buffer.indexOf(NEWLINE, limit);
  const lineEnd = newline === -1 ? buffer.length : newline;
  const end = Math.min(lineEnd, Math.max(limit, start + MAX_LINE));
  return { end, next: newline === -1 ? buffer.length : newline + 1 };
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
