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

/** What literals begin with, as a tree: every beginning is a node, numbered from 1; 0 is the empty one. */
interface Tree {
  /** the class of the byte that leads to a node */
  cls: Uint8Array;
  /** first child and next sibling of a node; 0 is none */
  child: Int32Array;
  sibling: Int32Array;
  /** 1 where a literal is complete; nothing hangs below */
  complete: Uint8Array;
  size: number;
}

function plant(literals: readonly string[], classOf: Uint8Array): Tree {
  const most = literals.reduce((sum, { length }) => sum + length, 1);
  const [cls, complete] = [new Uint8Array(most), new Uint8Array(most)];
  const [child, sibling] = [new Int32Array(most), new Int32Array(most)];
  let size = 1;
  for (const literal of literals) {
    let node = 0;
    // A literal that begins with a shorter one is found with that one.
    for (let i = 0; i < literal.length && complete[node] === 0; i += 1) {
      const wanted = classOf[literal.charCodeAt(i)]!;
      let next = child[node]!;
      while (next !== 0 && cls[next] !== wanted) next = sibling[next]!;
      if (next === 0) {
        next = size++;
        cls[next] = wanted;
        sibling[next] = child[node]!;
        child[node] = next;
      }
      node = next;
    }
    complete[node] = 1;
    child[node] = 0;
  }
  return { cls, child, sibling, complete, size };
}

/**
 * Where each class of byte leads from each state. A state is a node's row, given as its offset. A byte with which no literal
 * goes on leads to the state of the longest end of what was seen that begins a literal too.
 */
function createTable(literals: readonly string[], classOf: Uint8Array, classes: number): Int32Array {
  const { cls, child, sibling, complete, size } = plant(literals, classOf);
  const table = new Int32Array(size * classes);
  const shorter = new Int32Array(size);
  // Shorter beginnings first: the row of a node begins as a copy of the row of a shorter one, which is whole by then.
  const queue = [0];
  for (const node of queue) {
    const row = node * classes;
    if (node !== 0) table.copyWithin(row, shorter[node]!, shorter[node]! + classes);
    for (let next = child[node]!; next !== 0; next = sibling[next]!) {
      const entry = row + cls[next]!;
      const fallback = table[entry]!;
      if (fallback === FOUND) continue;
      table[entry] = complete[next] === 1 ? FOUND : next * classes;
      if (complete[next] === 1) continue;
      shorter[next] = fallback;
      queue.push(next);
    }
  }
  return table;
}
