import type { Truncation } from '../bundle/manifest.ts';
import type { Keep } from './probe.ts';
import { WANTED } from '../scan/wanted.ts';

const NEWLINE = 0x0a;
/** A line longer than this is taken in pieces, so that one without an end needs no more memory than this. */
const MAX_LINE = 64 * 1024;

/** What was kept of a text that may have been longer than memory. */
export interface Kept {
  bytes: Buffer;
  /** bytes that were seen, kept or not; without those that a filter of lines took out */
  seenBytes: number;
  truncation?: Truncation;
}

/** Takes a text in chunks and keeps a bounded part of it. */
export interface Keeper {
  push(chunk: Buffer): void;
  finish(): Kept;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const wanted = new RegExp(WANTED.map(escape).join('|'));

/**
 * Keeps whole lines: the longest run from the beginning that fits into `headBytes`, the longest run before the end that
 * fits into `tailBytes`, and of what lies between the lines that hold a wanted string, while they fit into `wantedBytes`.
 * A text that fits into head and tail is kept as it is. Where something was left out, a line before the tail says so.
 */
export function createKeeper(keep: Keep, onlyLinesWith?: readonly string[]): Keeper {
  const head: Buffer[] = [];
  const middle: Buffer[] = [];
  const tail = createQueue();
  let headBytes = 0;
  let headOpen = true;
  let middleBytes = 0;
  let seenBytes = 0;
  let droppedBytes = 0;
  let droppedLines = 0;
  let rest: Buffer = Buffer.alloc(0);

  const leave = (line: Buffer): void => {
    if (middleBytes + line.length <= keep.wantedBytes && wanted.test(line.toString('latin1'))) {
      // A copy: the line is a window into a chunk that could be freed otherwise.
      middle.push(Buffer.from(line));
      middleBytes += line.length;
    } else {
      droppedBytes += line.length;
      droppedLines += 1;
    }
  };
  const take = (line: Buffer): void => {
    if (onlyLinesWith !== undefined && !holdsOne(line, onlyLinesWith)) return;
    seenBytes += line.length;
    if (headOpen && headBytes + line.length <= keep.headBytes) {
      head.push(line);
      headBytes += line.length;
      return;
    }
    headOpen = false;
    tail.push(line);
    while (tail.bytes > keep.tailBytes) leave(tail.shift());
  };

  return {
    push(chunk) {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      while (start < text.length) {
        const newline = text.indexOf(NEWLINE, start);
        const end = newline === -1 ? text.length : newline + 1;
        if (newline === -1 && end - start < MAX_LINE) break;
        for (let at = start; at < end; at += MAX_LINE) take(text.subarray(at, Math.min(at + MAX_LINE, end)));
        start = end;
      }
      rest = Buffer.from(text.subarray(start));
    },
    finish() {
      if (rest.length > 0) take(rest);
      rest = Buffer.alloc(0);
      const marker =
        droppedLines === 0
          ? []
          : [
              Buffer.from(
                `[gpudiag left out ${droppedLines} lines (${droppedBytes} bytes) before this one; lines that its rules look for were kept]\n`,
              ),
            ];
      const bytes = Buffer.concat([...head, ...middle, ...marker, ...tail.all()]);
      if (droppedLines === 0) return { bytes, seenBytes };
      return { bytes, seenBytes, truncation: { keptBytes: seenBytes - droppedBytes, droppedBytes, droppedLines } };
    },
  };
}

const holdsOne = (line: Buffer, strings: readonly string[]): boolean => {
  const text = line.toString('latin1');
  return strings.some((string) => text.includes(string));
};

/** First in, first out, in constant time; counts bytes. */
function createQueue() {
  let items: Buffer[] = [];
  let first = 0;
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    push(item: Buffer): void {
      items.push(item);
      bytes += item.length;
    },
    shift(): Buffer {
      const item = items[first]!;
      first += 1;
      bytes -= item.length;
      if (first > 4096 && first * 2 > items.length) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
    all: (): Buffer[] => items.slice(first),
  };
}
