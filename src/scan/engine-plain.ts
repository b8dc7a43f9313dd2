import { ENGINE_BYTES, type Engine } from './engine.ts';
import { type Window, WINDOW_BYTES } from './windows.ts';

const NEWLINE = 10;
/** Stretches that are searched side by side: while one waits for memory, another goes on. */
const STREAMS = 4;
/** Set in a table entry where a window is complete. */
const COMPLETE = 1 << 30;

/**
 * Aho and Corasick (1975): one table step per byte, whatever the number of windows, in plain JavaScript. The stand-in where
 * there is no WebAssembly, and what the fast engine is compared with.
 */
export function createPlainEngine(windows: readonly Window[]): Engine {
  const memory = Buffer.alloc(ENGINE_BYTES);
  const { classOf, table } = createTable(windows);
  const places = new Uint32Array(ENGINE_BYTES);

  /** Ends of the windows that end between `from` and `to`, seen from three bytes before, as if they were places. */
  const searchOne = (from: number, to: number, count: number): number => {
    let found = count;
    let state = 0;
    for (let i = from; i < to; i += 1) {
      state = table[(state & ~COMPLETE) + classOf[memory[i]!]!]!;
      if (state >= COMPLETE) places[found++] = i - WINDOW_BYTES + 1;
    }
    return found;
  };

  return {
    memory,
    search(from, end) {
      const stretch = Math.floor((end - from - WINDOW_BYTES) / STREAMS);
      if (stretch < 64) return places.subarray(0, searchOne(from, end, 0));
      const [b, c, d] = [from + stretch, from + 2 * stretch, from + 3 * stretch];
      const found: number[][] = [[], [], [], []];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      // Each stretch reads on into the next one, so far that no window between them is missed.
      const overlap = WINDOW_BYTES - 1;
      for (let i = 0; i < stretch + overlap; i += 1) {
        s0 = table[(s0 & ~COMPLETE) + classOf[memory[from + i]!]!]!;
        s1 = table[(s1 & ~COMPLETE) + classOf[memory[b + i]!]!]!;
        s2 = table[(s2 & ~COMPLETE) + classOf[memory[c + i]!]!]!;
        s3 = table[(s3 & ~COMPLETE) + classOf[memory[d + i]!]!]!;
        if ((s0 | s1 | s2 | s3) < COMPLETE) continue;
        if (s0 >= COMPLETE) found[0]!.push(from + i - overlap);
        if (s1 >= COMPLETE) found[1]!.push(b + i - overlap);
        if (s2 >= COMPLETE) found[2]!.push(c + i - overlap);
        if (s3 >= COMPLETE) found[3]!.push(d + i - overlap);
      }
      let count = 0;
      for (const list of found) for (const place of list) places[count++] = place;
      return places.subarray(0, searchOne(d + stretch, end, count));
    },
    countLines(from, end) {
      let count = 0;
      for (let at = memory.indexOf(NEWLINE, from); at !== -1 && at < end; at = memory.indexOf(NEWLINE, at + 1))
        count += 1;
      return count;
    },
  };
}

/**
 * Where each class of byte leads from each state; a state is the offset of its row. All windows are equally long, so none
 * lies inside another and a complete one is a state of its own.
 */
function createTable(windows: readonly Window[]): { classOf: Uint8Array; table: Int32Array } {
  const classOf = new Uint8Array(256);
  let classes = 1;
  for (const { bytes } of windows) for (const byte of bytes) if (classOf[byte] === 0) classOf[byte] = classes++;

  /** beginnings of windows: the state each class leads to */
  const children = [new Map<number, number>()];
  const depth = [0];
  for (const { bytes } of windows) {
    let state = 0;
    for (const byte of bytes) {
      let next = children[state]!.get(classOf[byte]!);
      if (next === undefined) {
        next = children.push(new Map<number, number>()) - 1;
        depth.push(depth[state]! + 1);
        children[state]!.set(classOf[byte]!, next);
      }
      state = next;
    }
  }

  const table = new Int32Array(children.length * classes);
  const shorter = new Int32Array(children.length);
  // Shorter beginnings first: a row begins as a copy of the row of the longest proper end that begins a window too.
  const queue = [0];
  for (const state of queue) {
    const row = state * classes;
    if (state !== 0) table.copyWithin(row, shorter[state]! * classes, (shorter[state]! + 1) * classes);
    for (const [cls, next] of children[state]!) {
      const fallback = table[row + cls]! & ~COMPLETE;
      table[row + cls] = next * classes + (depth[next] === WINDOW_BYTES ? COMPLETE : 0);
      shorter[next] = state === 0 ? 0 : fallback / classes;
      queue.push(next);
    }
  }
  return { classOf, table };
}
