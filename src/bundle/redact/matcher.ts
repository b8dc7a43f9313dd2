import { boundaryHolds, type Form } from './forms.ts';

/** A place where a known value stands. `end` is exclusive. */
export interface Match<T> {
  start: number;
  end: number;
  form: Form;
  payload: T;
}

export interface Matcher<T> {
  /** forms of fewer than 4 characters are not taken */
  add(form: Form, payload: T): void;
  /** All matches that begin in a range, from the left, the longest at each place, none overlapping. */
  find(text: string, from: number, to: number, onMatch: (match: Match<T>) => void): void;
  readonly size: number;
}

/** Every form is looked up by its first four characters. */
const GRAM = 4;

const FOLD = new Uint8Array(256);
for (let code = 0; code < 256; code += 1)
  FOLD[code] = code < 128 ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code;

interface Bucket<T> {
  /** lengths of the forms, longest first */
  lengths: number[];
  /** by folded text; several forms may fold to the same */
  forms: Map<string, { form: Form; payload: T }[]>;
}

/**
 * Finds many strings in one pass, whatever their number: a rolling hash of four characters leads to the forms that begin
 * with them, and those are compared by length through a map. The time per character depends on the number of different
 * lengths only, also when thousands of values begin alike.
 */
export function createMatcher<T>(): Matcher<T> {
  const buckets = new Map<number, Bucket<T>>();
  let bits = 14;
  let table = new Uint8Array(1 << bits);
  let size = 0;

  const slot = (key: number): number => Math.imul(key, 0x9e3779b1) >>> (32 - bits);
  const keyOf = (text: string): number => {
    let key = 0;
    for (let i = 0; i < GRAM; i += 1) key = (key << 8) | FOLD[text.charCodeAt(i) & 255]!;
    return key;
  };

  return {
    get size() {
      return size;
    },
    add(form, payload) {
      if (form.text.length < GRAM) return;
      const key = keyOf(form.text);
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = { lengths: [], forms: new Map() };
        buckets.set(key, bucket);
        if (buckets.size << 4 > table.length && bits < 22) {
          bits += 2;
          table = new Uint8Array(1 << bits);
          for (const known of buckets.keys()) table[slot(known)] = 1;
        }
        table[slot(key)] = 1;
      }
      const folded = form.text.toLowerCase();
      const same = bucket.forms.get(folded);
      if (same === undefined) {
        bucket.forms.set(folded, [{ form, payload }]);
        if (!bucket.lengths.includes(form.text.length)) {
          bucket.lengths.push(form.text.length);
          bucket.lengths.sort((a, b) => b - a);
        }
      } else if (!same.some((other) => other.form.text === form.text)) same.push({ form, payload });
      else return;
      size += 1;
    },

    find(text, from, to, onMatch) {
      if (size === 0) return;
      const shift = 32 - bits;
      const limit = Math.min(text.length, to + GRAM - 1);
      let key = 0;
      for (let i = from; i < limit; i += 1) {
        key = (key << 8) | FOLD[text.charCodeAt(i) & 255]!;
        if (table[Math.imul(key, 0x9e3779b1) >>> shift] === 0) continue;
        const start = i - GRAM + 1;
        if (start < from) continue;
        const match = matchAt(text, start, key);
        if (match === undefined) continue;
        onMatch(match);
        i = match.end - 1;
        key = 0;
      }
    },
  };

  function matchAt(text: string, start: number, key: number): Match<T> | undefined {
    const bucket = buckets.get(key);
    if (bucket === undefined) return undefined;
    for (const length of bucket.lengths) {
      const end = start + length;
      if (end > text.length) continue;
      const written = text.slice(start, end);
      const found = bucket.forms
        .get(written.toLowerCase())
        ?.find(({ form }) => (!form.exact || form.text === written) && boundaryHolds(text, start, end, form.boundary));
      if (found !== undefined) return { start, end, ...found };
    }
    return undefined;
  }
}
