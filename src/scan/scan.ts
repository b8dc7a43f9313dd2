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
   * @param bytes any encoding that keeps ASCII as it is; read as Latin-1
   */
  scan(bytes: Uint8Array, onHit: (hit: ScanHit) => void): void;
}

/** Bytes looked at in one go: large enough to amortise calls, small enough to stay in cache. */
const CHUNK = 1 << 20;
/** A longer line is cut: no message that a rule wants is longer, and a hostile one must not cost time. */
const MAX_LINE = 8192;
/** Lines on each side that may belong to one record. */
const WINDOW = 12;
const NEWLINE = 10;

const escape = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const singleLine: JoinRecord = (lines, index) => ({ first: index, last: index, text: lines[index]! });

/**
 * A scanner that looks for all literals with one combined expression over large Latin-1 chunks and runs the patterns
 * only on the records of lines that hold one.
 */
export function createScanner(patterns: readonly NamedPattern[], join: JoinRecord = singleLine): Scanner {
  const literals = [...new Set(patterns.flatMap((pattern) => pattern.literals))];
  // Longer literals first, so that a literal is not hidden behind its own prefix.
  const anyLiteral =
    literals.length === 0
      ? undefined
      : new RegExp(
          literals
            .sort((a, b) => b.length - a.length)
            .map(escape)
            .join('|'),
          'g',
        );

  return {
    scan(bytes, onHit) {
      if (anyLiteral === undefined) return;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      /** record start lines already reported, by pattern, so that a wrapped record is one hit */
      const seen = new Map<NamedPattern, number>();
      let start = 0;
      let lineOfStart = 1;
      while (start < buffer.length) {
        let end = Math.min(start + CHUNK, buffer.length);
        if (end < buffer.length) {
          const newline = buffer.lastIndexOf(NEWLINE, end - 1);
          const next = newline > start ? newline : buffer.indexOf(NEWLINE, end);
          end = next === -1 ? buffer.length : next + 1;
        }
        const chunk = buffer.toString('latin1', start, end);
        let counted = 0;
        let line = lineOfStart;
        anyLiteral.lastIndex = 0;
        for (let match = anyLiteral.exec(chunk); match !== null; match = anyLiteral.exec(chunk)) {
          for (let i = chunk.indexOf('\n', counted); i !== -1 && i < match.index; i = chunk.indexOf('\n', counted)) {
            line += 1;
            counted = i + 1;
          }
          let lineEnd = chunk.indexOf('\n', match.index);
          if (lineEnd === -1) lineEnd = chunk.length;
          examine(buffer, start + counted, line, seen, onHit);
          anyLiteral.lastIndex = lineEnd;
        }
        for (let i = chunk.indexOf('\n', counted); i !== -1; i = chunk.indexOf('\n', i + 1)) line += 1;
        lineOfStart = line;
        start = end;
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
  for (let end = offset - 1; end >= 0 && before.length < WINDOW; ) {
    const start = end === 0 ? 0 : buffer.lastIndexOf(NEWLINE, end - 1) + 1;
    before.unshift(buffer.toString('latin1', start, Math.min(end, start + MAX_LINE)));
    end = start - 1;
  }
  const lines = before;
  const index = before.length;
  for (let start = offset; start < buffer.length && lines.length <= index + WINDOW; ) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline === -1 ? buffer.length : newline;
    lines.push(buffer.toString('latin1', start, Math.min(end, start + MAX_LINE)));
    start = end + 1;
  }
  return { lines, index };
}
