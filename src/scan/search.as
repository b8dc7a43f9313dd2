/**
 * Finds the places at which one of many four-byte windows stands, sixteen places at a time: the shuffle method that the
 * Hyperscan project calls Teddy, over the window and the two bytes behind it. AssemblyScript; `npm run generate` compiles it into search-wasm.ts beside it.
 *
 * Memory, as engine-wasm.ts lays it out:
 * - masks, 192 bytes at 0: for each of the six bytes sixteen bytes by low half, then sixteen by high half; bit b is set
 *   when a window of group b may have a byte with that half there
 * - filter, 8 KiB at 256: one bit for each hash of a window, set for the hashes of windows that are looked for
 */

const MASKS: usize = 0;
const FILTER: usize = 256;

/** Fibonacci hashing of four bytes to sixteen bits. */
// @ts-ignore: decorator
@inline
function isWindow(at: usize): bool {
  const hash = (load<u32>(at) * 0x9e3779b1) >> 16;
  return ((load<u8>(FILTER + (hash >> 3)) >> (hash & 7)) & 1) != 0;
}

/** The groups that may have these bytes at a place of their windows. */
// @ts-ignore: decorator
@inline
function groups(bytes: v128, low: v128, high: v128): v128 {
  return v128.and(
    i8x16.swizzle(low, v128.and(bytes, i8x16.splat(0x0f))),
    i8x16.swizzle(high, i8x16.shr_u(bytes, 4)),
  );
}

/**
 * Writes the places from `from` to before `end` at which a window seems to stand to `out` as u32, in order, and stops
 * when `most` are exceeded. Answers how many were written; behind them stands the place to go on from. 21 bytes from
 * `end` on are read too.
 */
export function search(from: usize, end: usize, out: usize, most: i32): i32 {
  const low0 = v128.load(MASKS), high0 = v128.load(MASKS, 16);
  const low1 = v128.load(MASKS, 32), high1 = v128.load(MASKS, 48);
  const low2 = v128.load(MASKS, 64), high2 = v128.load(MASKS, 80);
  const low3 = v128.load(MASKS, 96), high3 = v128.load(MASKS, 112);
  const low4 = v128.load(MASKS, 128), high4 = v128.load(MASKS, 144);
  const low5 = v128.load(MASKS, 160), high5 = v128.load(MASKS, 176);
  const none = i8x16.splat(0);
  let count = 0;
  let at = from;
  while (at < end && count < most) {
    let m = v128.and(groups(v128.load(at), low0, high0), groups(v128.load(at, 1), low1, high1));
    m = v128.and(m, v128.and(groups(v128.load(at, 2), low2, high2), groups(v128.load(at, 3), low3, high3)));
    m = v128.and(m, v128.and(groups(v128.load(at, 4), low4, high4), groups(v128.load(at, 5), low5, high5)));
    if (v128.any_true(m)) {
      let places = i8x16.bitmask(i8x16.ne(m, none));
      do {
        const place = at + ctz(places);
        if (place < end && isWindow(place)) {
          store<u32>(out + ((<usize>count) << 2), <u32>place);
          count++;
        }
        places &= places - 1;
      } while (places != 0);
    }
    at += 16;
  }
  store<u32>(out + ((<usize>count) << 2), <u32>(at < end ? at : end));
  return count;
}

/** Number of line feeds from `from` to before `end`. */
export function countLines(from: usize, end: usize): i32 {
  const feed = i8x16.splat(10);
  let count = 0;
  let at = from;
  for (; at + 16 <= end; at += 16) count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(at), feed)));
  for (; at < end; at++) count += <i32>(load<u8>(at) == 10);
  return count;
}
