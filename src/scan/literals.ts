/** Finds any of many strings in bytes, in one pass whose time does not depend on their number (Aho and Corasick, 1975). */
export interface LiteralFinder {
  /** the offset at which the first string that lies between `from` and `end` is complete; -1 when there is none */
  find(bytes: Uint8Array, from: number, end: number): number;
}

/** Stands in the table for "a string is complete". */
const FOUND = -1;

/** @param literals ASCII strings that are not empty; without any, nothing is ever found */
export function createLiteralFinder(literals: readonly string[]): LiteralFinder {
  const { classOf, classes } = classify(literals);
  const table = createTable(literals, classOf, classes);
  return {
    find(bytes, from, end) {
      let state = 0;
      for (let i = from; i < end; i += 1) {
        state = table[state + classOf[bytes[i]!]!]!;
        if (state === FOUND) return i;
      }
      return -1;
    },
  };
}

/** Bytes that stand in no literal are alike: class 0. */
function classify(literals: readonly string[]): { classOf: Uint8Array; classes: number } {
  const classOf = new Uint8Array(256);
  let classes = 1;
  for (const byte of new Set(Buffer.from(literals.join(''), 'latin1'))) classOf[byte] = classes++;
  return { classOf, classes };
}

/**
 * Where each class of byte leads from each state. A state is the offset of its row; 0, the first, is "nothing seen yet". All
 * that begins a string has a state; a byte that does not go on with it leads to the state of the longest end of what was
 * seen that begins a string too.
 */
function createTable(literals: readonly string[], classOf: Uint8Array, classes: number): Int32Array {
  const most = literals.reduce((sum, { length }) => sum + length, 1);
  const table = new Int32Array(most * classes);
  let used = classes;
  for (const literal of literals) {
    let state = 0;
    for (let i = 0; i < literal.length && state !== FOUND; i += 1) {
      const entry = state + classOf[literal.charCodeAt(i)]!;
      const last = i === literal.length - 1;
      // A string that begins with a shorter one is found with that one.
      if (last) table[entry] = FOUND;
      else if (table[entry] === 0) {
        table[entry] = used;
        used += classes;
      }
      state = table[entry]!;
    }
  }
  // Shorter beginnings first: a state is completed from the state of a shorter end of the same text, which is complete then.
  const shorter = new Int32Array(most);
  const queue = [0];
  for (const state of queue) {
    const other = shorter[state / classes]!;
    for (let cls = 0; cls < classes; cls += 1) {
      const next = table[state + cls]!;
      const fallback = state === 0 ? 0 : table[other + cls]!;
      if (next === 0 || fallback === FOUND) table[state + cls] = fallback;
      else if (next !== FOUND) {
        shorter[next / classes] = fallback;
        queue.push(next);
      }
    }
  }
  return table;
}
