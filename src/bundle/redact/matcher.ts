import { boundaryHolds, type Form } from './forms.ts';

/** Takes a place where a known value stands. `end` is exclusive. */
export type OnMatch<T> = (start: number, end: number, form: Form, payload: T) => void;

export interface Matcher<T> {
  /** forms of fewer than 4 characters are not taken */
  add(form: Form, payload: T): void;
  /** All matches that begin in a range, from the left, the longest at each place, none overlapping. */
  find(text: string, from: number, to: number, onMatch: OnMatch<T>): void;
  readonly size: number;
}

/** Forms that begin with the same so many characters share a bucket. */
const GRAM = 4;
/** Characters at the end of the window that tell how far it can move. */
const BLOCK = 3;
/** The window is as long as the shortest form, but not longer than this. */
const LONGEST_WINDOW = 8;

const FOLD = new Uint8Array(256);
for (let code = 0; code < 256; code += 1)
  FOLD[code] = code < 128 ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code;

interface Entry<T> {
  form: Form;
  payload: T;
}

interface Bucket<T> {
  /** longest first */
  entries: Entry<T>[];
  /** lengths of the forms, longest first */
  lengths: number[];
  /** by folded text; several forms may fold to the same. Filled when there are many. */
  byText: Map<string, Entry<T>[]> | undefined;
}

/** Of so many forms that begin alike each is compared; more are looked up by length. */
const FEW = 8;

/**
 * Finds many strings in one pass, whatever their number, as Wu and Manber do it (A Fast Algorithm for Multi-Pattern
 * Searching, 1994): the last three characters of a window tell how far it can move without missing anything; where it
 * cannot, the forms that begin with the window's first characters are compared, many of them by length through a map.
 * The time per character depends on the number of different lengths only, also when thousands of values begin alike.
 */
export function createMatcher<T>(): Matcher<T> {
  const buckets = new Map<number, Bucket<T>>();
  let size = 0;
  let window = LONGEST_WINDOW;
  /** by hash of a block: how far the window can move when it ends with that */
  const shifts = new Uint8Array(1 << 16).fill(window - BLOCK + 1);
  let bits = 14;
  /** by hash of a gram: whether some form may begin with that */
  let begins = new Uint8Array(1 << bits);

  const slot = (key: number): number => Math.imul(key, 0x9e3779b1) >>> (32 - bits);
  const learnShifts = ({ text }: Form): void => {
    for (let end = BLOCK; end <= window; end += 1) {
      const hash = blockAt(text, end - 1);
      shifts[hash] = Math.min(shifts[hash]!, window - end);
    }
  };
  const narrow = (length: number): void => {
    window = length;
    shifts.fill(window - BLOCK + 1);
    for (const { entries, byText } of buckets.values()) {
      for (const { form } of entries) learnShifts(form);
      for (const same of byText?.values() ?? []) for (const { form } of same) learnShifts(form);
    }
  };

  return {
    get size() {
      return size;
    },
    add(form, payload) {
      if (form.text.length < GRAM) return;
      if (form.text.length < window) narrow(form.text.length);
      const key = gramAt(form.text, 0);
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = { entries: [], lengths: [], byText: undefined };
        buckets.set(key, bucket);
        if (buckets.size << 4 > begins.length && bits < 22) {
          bits += 2;
          begins = new Uint8Array(1 << bits);
          for (const known of buckets.keys()) begins[slot(known)] = 1;
        }
        begins[slot(key)] = 1;
      }
      if (!insert(bucket, { form, payload })) return;
      learnShifts(form);
      size += 1;
    },

    find(text, from, to, onMatch) {
      if (size === 0) return;
      const limit = Math.min(text.length, to + window - 1);
      let last = from + window - 1;
      while (last < limit) {
        const shift = shifts[blockAt(text, last)]!;
        if (shift !== 0) {
          last += shift;
          continue;
        }
        const start = last - window + 1;
        const key = gramAt(text, start);
        const bucket = begins[slot(key)] === 0 ? undefined : buckets.get(key);
        const found = bucket === undefined ? undefined : entryAt(bucket, text, start);
        if (found === undefined) {
          last += 1;
          continue;
        }
        const end = start + found.form.text.length;
        onMatch(start, end, found.form, found.payload);
        last = end + window - 1;
      }
    },
  };
}

/** Hash of the block whose last character stands at an offset. */
const blockAt = (text: string, last: number): number =>
  ((FOLD[text.charCodeAt(last - 2) & 255]! << 10) ^
    (FOLD[text.charCodeAt(last - 1) & 255]! << 5) ^
    FOLD[text.charCodeAt(last) & 255]!) &
  0xffff;

/** The first four characters from an offset on, folded, as one number. */
const gramAt = (text: string, at: number): number => {
  let key = 0;
  for (let i = at; i < at + GRAM; i += 1) key = (key << 8) | FOLD[text.charCodeAt(i) & 255]!;
  return key;
};

/** False when the form is there already. */
function insert<T>(bucket: Bucket<T>, entry: Entry<T>): boolean {
  const { text } = entry.form;
  if (bucket.byText === undefined) {
    if (bucket.entries.some(({ form }) => form.text === text)) return false;
    bucket.entries.push(entry);
    bucket.entries.sort((a, b) => b.form.text.length - a.form.text.length);
    if (bucket.entries.length <= FEW) return true;
    bucket.byText = new Map();
    for (const known of bucket.entries.splice(0)) insertInMap(bucket, bucket.byText, known);
    return true;
  }
  return insertInMap(bucket, bucket.byText, entry);
}

function insertInMap<T>({ lengths }: Bucket<T>, byText: Map<string, Entry<T>[]>, entry: Entry<T>): boolean {
  const { text } = entry.form;
  const same = byText.get(text.toLowerCase());
  if (same?.some(({ form }) => form.text === text)) return false;
  if (same === undefined) byText.set(text.toLowerCase(), [entry]);
  else same.push(entry);
  if (!lengths.includes(text.length)) {
    lengths.push(text.length);
    lengths.sort((a, b) => b - a);
  }
  return true;
}

/** The longest form of the bucket that stands at an offset. */
function entryAt<T>({ entries, lengths, byText }: Bucket<T>, text: string, start: number): Entry<T> | undefined {
  if (byText === undefined) {
    return entries.find(({ form }) => {
      const end = start + form.text.length;
      return standsAt(text, start, form) && boundaryHolds(text, start, end, form.boundary);
    });
  }
  for (const length of lengths) {
    const end = start + length;
    if (end > text.length) continue;
    const written = text.slice(start, end);
    const found = byText
      .get(written.toLowerCase())
      ?.find(({ form }) => (!form.exact || form.text === written) && boundaryHolds(text, start, end, form.boundary));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Compares without making a string, because a log may name its host on every line. */
function standsAt(text: string, start: number, { text: wanted, exact }: Form): boolean {
  if (start + wanted.length > text.length) return false;
  for (let i = 0; i < wanted.length; i += 1) {
    const here = text.charCodeAt(start + i);
    const there = wanted.charCodeAt(i);
    if (here === there) continue;
    if (exact || here > 127 || there > 127 || FOLD[here] !== FOLD[there]) return false;
  }
  return true;
}
