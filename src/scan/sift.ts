/**
 * Keeps of a log that is too long to be read whole what tells: its beginning, its end, and of what lies between the lines
 * that a rule or the story of the log may want. Memory does not depend on the length of the log.
 */
import { createLiteralSearch, fastEngine, type LiteralSearch, PIECE_BYTES } from './literals.ts';
import { WANTED } from './wanted.ts';

export interface SiftBounds {
  /** kept from the beginning, and before the end, as whole lines */
  headBytes: number;
  tailBytes: number;
  /** lines kept from between for each wanted string: the first, and the last */
  first: number;
  last: number;
  /** of all first ones, and of all last ones */
  middleBytes: number;
}

const BOUNDS: SiftBounds = {
  headBytes: 1 << 20,
  tailBytes: 2 << 20,
  first: 200,
  last: 100,
  middleBytes: 2 << 20,
};

/** What was kept. */
export interface Sifted {
  bytes: Uint8Array;
  /** for each kept line its number in the log, from 1 */
  lineNumbers: Uint32Array;
  totalBytes: number;
  totalLines: number;
}

export interface Sifter {
  push(chunk: Uint8Array): void;
  finish(): Sifted;
}

const NEWLINE = 10;
/** A longer line is cut: no message that a rule wants is longer. */
const MAX_LINE = 8192;
/** Of a wanted line between head and tail so much is kept. */
const MAX_WANTED = 2048;
/** A message may go on on the lines after the one that holds its string. */
const LINES_AFTER = 2;

/** Some lines in a row. */
interface Stretch {
  bytes: Buffer;
  /** number of the first line */
  line: number;
  /** number of lines */
  count: number;
  /** wanted lines: where they begin in `bytes`, their numbers and the strings they hold */
  wanted: { start: number; line: number; literals: number[] }[];
}

export function createSifter(bounds: SiftBounds = BOUNDS): Sifter {
  const search = createLiteralSearch(WANTED, fastEngine);
  const head: Stretch[] = [];
  const tail: Stretch[] = [];
  const middle = createMiddle(bounds);
  let headBytes = 0;
  let tailBytes = 0;
  let filled = 0;
  let line = 1;
  let totalBytes = 0;
  /** inside a line whose beginning was cut off and taken */
  let skipping = false;

  const take = (length: number): void => {
    if (length === 0) return;
    const stretch = readStretch(search, length, line);
    line += stretch.count;
    if (headBytes < bounds.headBytes) {
      head.push(stretch);
      headBytes += length;
      return;
    }
    tail.push(stretch);
    tailBytes += length;
    while (tail.length > 1 && tailBytes - tail[0]!.bytes.length >= bounds.tailBytes) {
      const left = tail.shift()!;
      tailBytes -= left.bytes.length;
      middle.push(left);
    }
  };

  /** Takes the whole lines out of the memory; a line that fills it is cut. */
  const empty = (): void => {
    const end = search.memory.subarray(0, filled).lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      take(end);
      search.memory.copyWithin(0, end, filled);
      filled -= end;
      return;
    }
    search.memory[MAX_LINE] = NEWLINE;
    take(MAX_LINE + 1);
    filled = 0;
    skipping = true;
  };

  return {
    push(chunk) {
      totalBytes += chunk.length;
      for (let at = 0; at < chunk.length;) {
        if (skipping) {
          const newline = chunk.indexOf(NEWLINE, at);
          if (newline === -1) return;
          at = newline + 1;
          skipping = false;
        }
        const part = chunk.subarray(at, at + PIECE_BYTES - filled);
        search.memory.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === PIECE_BYTES) empty();
      }
    },
    finish() {
      if (filled > 0 && search.memory[filled - 1] !== NEWLINE) search.memory[filled++] = NEWLINE;
      take(filled);
      filled = 0;
      const lines = middle.lines();
      const kept = [
        ...head.map(({ bytes }) => bytes),
        ...lines.map(({ bytes }) => bytes),
        ...tail.map(({ bytes }) => bytes),
      ];
      const numbers = [...head.flatMap(numbersOf), ...lines.map((wanted) => wanted.line), ...tail.flatMap(numbersOf)];
      return { bytes: Buffer.concat(kept), lineNumbers: Uint32Array.from(numbers), totalBytes, totalLines: line - 1 };
    },
  };
}

const numbersOf = ({ line, count }: Stretch): number[] => Array.from({ length: count }, (_, i) => line + i);

/** Copies what lies in the search's memory, with the places of its wanted lines. */
function readStretch(search: LiteralSearch, length: number, line: number): Stretch {
  const { memory } = search;
  const wanted: Stretch['wanted'] = [];
  let end = 0;
  let counted = 0;
  let number = line;
  search.search(0, length, (literal, at) => {
    const last = wanted.at(-1);
    if (last !== undefined && at < end) {
      if (!last.literals.includes(literal)) last.literals.push(literal);
      return;
    }
    const start = memory.lastIndexOf(NEWLINE, at) + 1;
    end = memory.indexOf(NEWLINE, at);
    number += search.countLines(counted, start);
    counted = start;
    wanted.push({ start, line: number, literals: [literal] });
  });
  const count = number - line + search.countLines(counted, length);
  return { bytes: Buffer.from(memory.subarray(0, length)), line, count, wanted };
}

interface KeptLine {
  line: number;
  bytes: Buffer;
}

/** Wanted lines from between head and tail: of each string the first and the last ones. */
function createMiddle({ first, last, middleBytes }: SiftBounds) {
  const counts = new Map<number, number>();
  const firsts = new Map<number, KeptLine>();
  const lasts = new Map<number, KeptLine[]>();
  let bytes = 0;
  let lastBytes = 0;

  /** Of every string the older half goes. */
  const thin = (): void => {
    lastBytes = 0;
    for (const ring of lasts.values()) {
      ring.splice(0, Math.ceil(ring.length / 2));
      for (const kept of ring) lastBytes += kept.bytes.length;
    }
  };

  /** The line and those after it, which may belong to its message. */
  const linesFrom = ({ bytes: all }: Stretch, start: number, line: number): KeptLine[] => {
    const lines: KeptLine[] = [];
    for (let at = start; at < all.length && lines.length <= LINES_AFTER;) {
      const newline = all.indexOf(NEWLINE, at);
      const end = newline + 1;
      const own = all.subarray(at, Math.min(end, at + MAX_WANTED));
      // A copy: the stretch it lies in is large and goes.
      lines.push({
        line: line + lines.length,
        bytes: Buffer.concat([own, Buffer.from(own.at(-1) === NEWLINE ? '' : '\n')]),
      });
      at = end;
    }
    return lines;
  };

  return {
    push(stretch: Stretch): void {
      for (const { start, line, literals } of stretch.wanted) {
        const isEarly = literals.some((literal) => (counts.get(literal) ?? 0) < first);
        for (const literal of literals) counts.set(literal, (counts.get(literal) ?? 0) + 1);
        const lines = linesFrom(stretch, start, line);
        if (isEarly && bytes < middleBytes) {
          for (const kept of lines) {
            firsts.set(kept.line, kept);
            bytes += kept.bytes.length;
          }
          continue;
        }
        // The rarest of its strings stands for the line: the common ones have lines enough.
        const rarest = literals.reduce((a, b) => (counts.get(b)! < counts.get(a)! ? b : a));
        const ring = lasts.get(rarest) ?? [];
        ring.push(...lines);
        const room = last * (1 + LINES_AFTER);
        if (ring.length > 2 * room) ring.splice(0, ring.length - room);
        lasts.set(rarest, ring);
        for (const kept of lines) lastBytes += kept.bytes.length;
        if (lastBytes > middleBytes) thin();
      }
    },
    /** in their order, each once */
    lines(): KeptLine[] {
      const all = new Map(firsts);
      for (const ring of lasts.values()) for (const kept of ring) all.set(kept.line, kept);
      return [...all.values()].sort((a, b) => a.line - b.line);
    },
  };
}
