/**
 * What the search engines look for: of every string four bytes in a row, chosen so that few ordinary lines hold them. Where
 * the four are found, the rest of the string is compared.
 */

import { ORDINARY } from './ordinary.ts';

/** Length of a window in bytes. */
export const WINDOW_BYTES = 4;

/** A window and the strings it was chosen for. */
export interface Window {
  bytes: Uint8Array;
  /** the window as a little-endian number of 32 bits */
  key: number;
  of: { literal: number; offset: number }[];
}

/** Of a byte what the engine's masks tell best: `2` blanks and signs, `3` digits, `4` `5` capitals, `6` `7` small letters. */
export const shapeAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! >> 4) << 12) | ((bytes[at + 1]! >> 4) << 8) | ((bytes[at + 2]! >> 4) << 4) | (bytes[at + 3]! >> 4);

interface Commonness {
  shapes: Map<number, number>;
  windows: Set<number>;
  /** how often two bytes follow one another; the first is the high half of the index */
  pairs: Uint16Array;
}

function learnOrdinary(): Commonness {
  const bytes = Buffer.from(ORDINARY, 'latin1');
  const common: Commonness = { shapes: new Map(), windows: new Set(), pairs: new Uint16Array(1 << 16) };
  for (let at = 0; at + WINDOW_BYTES <= bytes.length; at += 1) {
    const shape = shapeAt(bytes, at);
    common.shapes.set(shape, (common.shapes.get(shape) ?? 0) + 1);
    common.windows.add(keyOf(bytes, at));
    common.pairs[(bytes[at]! << 8) | bytes[at + 1]!]! += 1;
  }
  return common;
}

const keyOf = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

/**
 * Chooses the window of every string: one that is not ordinary, of a shape that is rare in ordinary text, with as few shapes
 * as will do for all strings together, because each shape lets its share of all text pass.
 * @throws RangeError for a string shorter than a window
 */
export function chooseWindows(literals: readonly Uint8Array[]): Window[] {
  const common = learnOrdinary();
  const candidates = literals.map((bytes) => candidatesOf(bytes, common));
  const shapes = new Set(chooseShapes(candidates, common));
  return windowsAt(literals, (bytes, literal) =>
    leastCommon(
      bytes,
      candidates[literal]!.filter(({ shape }) => shapes.has(shape)).map(({ offset }) => offset),
      common,
    ),
  );
}

/**
 * Chooses by rareness alone: in a tenth of the time, for an engine that does not care for shapes.
 * @throws RangeError for a string shorter than a window
 */
export function chooseWindowsQuickly(literals: readonly Uint8Array[]): Window[] {
  const common = learnOrdinary();
  return windowsAt(literals, (bytes) => leastCommon(bytes, offsetsIn(bytes), common));
}

/** The windows at the offsets that `choose` answers for each string; equal ones are one. */
function windowsAt(literals: readonly Uint8Array[], choose: (bytes: Uint8Array, literal: number) => number): Window[] {
  const windows = new Map<number, Window>();
  for (const [literal, bytes] of literals.entries()) {
    const offset = choose(bytes, literal);
    const key = keyOf(bytes, offset);
    const window = windows.get(key) ?? { bytes: bytes.subarray(offset, offset + WINDOW_BYTES), key, of: [] };
    window.of.push({ literal, offset });
    windows.set(key, window);
  }
  return [...windows.values()];
}

interface Candidate {
  offset: number;
  shape: number;
}

/** Of the offsets the one whose pairs of bytes are least ordinary. */
function leastCommon(bytes: Uint8Array, offsets: readonly number[], { pairs }: Commonness): number {
  let least = { offset: 0, sum: Infinity };
  for (const offset of offsets) {
    let sum = 0;
    for (let i = offset; i < offset + WINDOW_BYTES - 1; i += 1) sum += pairs[(bytes[i]! << 8) | bytes[i + 1]!]!;
    if (sum < least.sum) least = { offset, sum };
  }
  return least.offset;
}

function offsetsIn(bytes: Uint8Array): number[] {
  if (bytes.length < WINDOW_BYTES) throw new RangeError(`a string to search for is shorter than ${WINDOW_BYTES} bytes`);
  return Array.from({ length: bytes.length - WINDOW_BYTES + 1 }, (_, offset) => offset);
}

/** The windows of a string that ordinary text does not hold; all of them when it holds every one. */
function candidatesOf(bytes: Uint8Array, { windows }: Commonness): Candidate[] {
  const all = offsetsIn(bytes).map((offset) => ({ offset, shape: shapeAt(bytes, offset) }));
  const rare = all.filter(({ offset }) => !windows.has(keyOf(bytes, offset)));
  return rare.length > 0 ? rare : all;
}

/** What a shape costs beside what it lets pass: a group of the engine can hold few of them well. */
const PER_SHAPE = 5;

/** Covers all strings with shapes, always taking the shape that covers most for what it lets pass. */
function chooseShapes(candidates: readonly Candidate[][], { shapes: counts }: Commonness): number[] {
  const chosen: number[] = [];
  const covers = new Int32Array(1 << 16);
  let open = candidates.map((of) => [...new Set(of.map(({ shape }) => shape))]);
  for (const shapes of open) for (const shape of shapes) covers[shape]! += 1;
  const known = [...new Set(open.flat())];
  while (open.length > 0) {
    let best = { shape: 0, gain: 0 };
    for (const shape of known) {
      const gain = covers[shape]! / (PER_SHAPE + (counts.get(shape) ?? 0));
      if (gain > best.gain) best = { shape, gain };
    }
    chosen.push(best.shape);
    open = open.filter((shapes) => {
      const isCovered = shapes.includes(best.shape);
      if (isCovered) for (const shape of shapes) covers[shape]! -= 1;
      return !isCovered;
    });
  }
  return chosen;
}
