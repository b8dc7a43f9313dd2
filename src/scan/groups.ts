/** Shares windows out among the groups that the fast engine can tell apart, so that the masks let little ordinary text pass. */
import { ORDINARY } from './ordinary.ts';
import { shapeAt, type Window } from './windows.ts';

/** Bits of a byte. */
const GROUPS = 8;
/** The window and what follows it in its string. */
const MASK_BYTES = 6;
/** For each byte sixteen entries by its low half, then sixteen by its high half. */
const HALVES = 32;

/** What a group lets pass: for each byte and half 1 where a window may have it. */
type Mask = Uint8Array;

/**
 * The engine's masks: for each of MASK_BYTES bytes sixteen bytes by low half, then sixteen by high half; bit b is set when
 * a window of group b may have a byte with that half there.
 */
export function masksOf(windows: readonly Window[], literals: readonly Uint8Array[]): Uint8Array {
  const byShape = new Map<number, Mask>();
  for (const window of windows) {
    const shape = shapeAt(window.bytes, 0);
    const mask = byShape.get(shape) ?? new Uint8Array(MASK_BYTES * HALVES);
    addWindow(mask, window, literals);
    byShape.set(shape, mask);
  }
  const masks = new Uint8Array(MASK_BYTES * HALVES);
  for (const [group, mask] of groupsOf([...byShape.values()]).entries()) {
    for (let i = 0; i < mask.length; i += 1) if (mask[i] === 1) masks[i]! |= 1 << group;
  }
  return masks;
}

function addWindow(mask: Mask, { of }: Window, literals: readonly Uint8Array[]): void {
  for (const { literal, offset } of of) {
    for (let place = 0; place < MASK_BYTES; place += 1) {
      const byte = literals[literal]![offset + place];
      // Behind the string anything may stand.
      if (byte === undefined) mask.fill(1, place * HALVES, (place + 1) * HALVES);
      else {
        mask[place * HALVES + (byte & 15)] = 1;
        mask[place * HALVES + 16 + (byte >> 4)] = 1;
      }
    }
  }
}

/** Joins masks, always the two that together let least pass beyond what they let pass apart, until a group is left for each. */
function groupsOf(masks: readonly Mask[]): Mask[] {
  const groups = masks.map((mask) => ({ mask, passes: passesOf(mask) }));
  const costs = new Map<string, { mask: Mask; passes: number }>();
  const ids = new Map(groups.map((group, id) => [group, id]));
  const joined = (a: (typeof groups)[number], b: (typeof groups)[number]): { mask: Mask; passes: number } => {
    const key = `${ids.get(a)!} ${ids.get(b)!}`;
    let known = costs.get(key);
    if (known === undefined) {
      const mask = a.mask.map((bit, i) => bit | b.mask[i]!);
      costs.set(key, (known = { mask, passes: passesOf(mask) }));
    }
    return known;
  };
  while (groups.length > GROUPS) {
    let best: { a: number; b: number; extra: number } | undefined;
    for (let a = 0; a < groups.length; a += 1) {
      for (let b = a + 1; b < groups.length; b += 1) {
        const extra = joined(groups[a]!, groups[b]!).passes - groups[a]!.passes - groups[b]!.passes;
        if (best === undefined || extra < best.extra) best = { a, b, extra };
      }
    }
    const { a, b } = best!;
    const group = joined(groups[a]!, groups[b]!);
    ids.set(group, ids.size);
    groups.splice(b, 1);
    groups.splice(a, 1, group);
  }
  return groups.map(({ mask }) => mask);
}

const sample = Buffer.from(ORDINARY, 'latin1');

/** Places of ordinary text that a mask lets pass. */
function passesOf(mask: Mask): number {
  let passes = 0;
  for (let at = 0; at + MASK_BYTES <= sample.length; at += 1) {
    let place = 0;
    for (; place < MASK_BYTES; place += 1) {
      const byte = sample[at + place]!;
      if ((mask[place * HALVES + (byte & 15)]! & mask[place * HALVES + 16 + (byte >> 4)]!) === 0) break;
    }
    if (place === MASK_BYTES) passes += 1;
  }
  return passes;
}
