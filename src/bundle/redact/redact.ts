import { breaksOf, type Counts, type SecretClass, unwrapped } from './classes.ts';
import { detect, detectInWord } from './detect.ts';
import { endsEscape, isWordAt } from './forms.ts';
import { createRecorder, POLICY, type RedactionLog, type Writing } from './log.ts';
import { TABLE_COLUMN } from './rules/tables.ts';
import { createSecretStore, type Piece, type Secret } from './secrets.ts';
import { crosses, forEachSeam, isWrapped, type Seam } from './seams.ts';
import { tokenFor } from './tokens.ts';

export type { Counts, SecretClass } from './classes.ts';
export type { LogEntry, RedactionLog } from './log.ts';

export interface RedactorOptions {
  /** names known beforehand, each with its class: the machine's own host name, accounts, what a user wants hidden */
  known?: readonly { class: SecretClass; value: string }[];
}

/** The text a redactor is given: where it stands in the bundle, and its kind when that is known. */
export interface RedactedArtifact {
  path: string;
  kind?: string | undefined;
}

export interface Redacted {
  text: string;
  /** replacements by class */
  counts: Record<string, number>;
}

/** A secret that still stands somewhere. Never holds the value. */
export interface Leak {
  path: string;
  /** counted from 1; 0 for the path itself */
  line: number;
  class: SecretClass;
  writing: Writing;
}

/**
 * Replaces secrets by tokens of the same form. One redactor serves one bundle: the same value gets the same token in all
 * its texts, numbered in the order in which values are first replaced, so that the same texts in the same order give the
 * same result.
 */
export interface Redactor {
  /**
   * Finds the secrets of a text without replacing anything. Called for all texts before the first is redacted, it makes
   * names known that only one of them gives away.
   */
  learn: (text: string) => void;
  /** Replaces every secret known so far or found in this text. The number of lines stays. */
  redact: (text: string, artifact: RedactedArtifact) => Redacted;
  /** The same for the path of a file inside a bundle. */
  redactPath: (path: string) => string;
  /** All values found, by class. */
  secrets: () => ReadonlyMap<SecretClass, readonly string[]>;
  /** Searches texts for every value found, in every form (see forms.ts), wrapped, and in paths. [] means none is left. */
  leaks: (texts: Iterable<{ path: string; text: string }>) => Leak[];
  /** What was replaced where and by which rule. */
  log: () => RedactionLog;
}

/** What a rule calls a secret. */
interface Found {
  start: number;
  end: number;
  class: SecretClass;
  rule: string;
}

/** A stretch to replace. */
interface Replacement {
  start: number;
  end: number;
  secret: Secret;
  rule: string;
  writing: Writing;
}

/** Name in the log for values that stand where no rule would have found them. */
const KNOWN_VALUE = 'known-value';
/** Leaks that are reported; one is enough to fail. */
const MAX_LEAKS = 100;
/** Characters that are worked on at a time, so that memory does not grow with the number of replacements in a text. */
const CHUNK = 1 << 20;
const NEWLINE = 10;
/** Spans that are remembered between learning and redacting. */
const MAX_REMEMBERED = 1_000_000;
/** Values glued together in a row are laid bare one after the other. */
const MAX_PASSES = 8;

export function createRedactor({ known = [] }: RedactorOptions = {}): Redactor {
  const store = createSecretStore();
  const recorder = createRecorder();
  for (const { class: secret, value } of known) if (value !== '') store.learn(secret, value);

  /** What the rules find in a range, also across the ends of its lines. */
  const search = (text: string, from: number, to: number): Found[] => {
    const found: Found[] = [];
    /** where something ends with its line: it is whole, the next line does not continue it */
    const ends = new Set<number>();
    detect(text, from, to, (start, end, secret, rule) => {
      if (text.charCodeAt(end) === NEWLINE) ends.add(end);
      found.push({ start, end, class: secret, rule });
    });
    forEachSeam(text, from, to, (seam) => {
      if (ends.has(seam.newline) || !isWrapped(text, seam)) return;
      detectInWord(seam.text, (start, end, secret, rule) => {
        if (!crosses(seam, start, end)) return;
        found.push({ start: seam.offset(start), end: seam.offset(end, true), class: secret, rule });
      });
    });
    return found;
  };

  /** What `learn` found, for `redact`, which is mostly asked for the same texts; forgotten when it grows large. */
  const remembered = new Map<string, Found[][]>();
  let rememberedSpans = 0;
  const remember = (text: string, found: Found[][]): void => {
    rememberedSpans += sizeOf(found);
    if (rememberedSpans <= MAX_REMEMBERED) remembered.set(text, found);
    else {
      remembered.clear();
      rememberedSpans = 0;
    }
  };
  const recall = (text: string): Found[][] | undefined => {
    const found = remembered.get(text);
    if (found === undefined) return undefined;
    remembered.delete(text);
    rememberedSpans -= sizeOf(found);
    return found;
  };

  /** The pieces of what was found that are secrets. Learns them. */
  const take = (text: string, found: readonly Found[]): Replacement[] => {
    const taken: Replacement[] = [];
    // A log names its host on every line: the last value is kept at hand.
    let last: { class: SecretClass; value: string; pieces: readonly Piece[] } | undefined;
    for (const { start, end, class: secretClass, rule } of found) {
      let isWrapped = false;
      if (last?.class !== secretClass || last.value.length !== end - start || !text.startsWith(last.value, start)) {
        const value = unwrapped(text.slice(start, end));
        isWrapped = value.length !== end - start;
        last = { class: secretClass, value, pieces: store.learn(secretClass, value) };
      }
      for (const piece of last.pieces) {
        taken.push({
          // Pieces of a wrapped value cannot be told apart by offset: the whole stretch is replaced.
          start: isWrapped ? start : start + piece.start,
          end: isWrapped ? end : start + piece.end,
          secret: piece.secret,
          rule,
          writing: isWrapped ? 'wrapped' : 'plain',
        });
      }
    }
    return taken;
  };

  /**
   * Finds known values in a range, also across the ends of its lines.
   * @param covered stretches that will be replaced anyway, sorted; what stands inside one is left out
   */
  const findKnown = (text: string, from: number, to: number, covered: readonly Replacement[] = []): Replacement[] => {
    const found: Replacement[] = [];
    if (store.matcher.size === 0) return found;
    let next = 0;
    store.matcher.find(text, from, to, (start, end, form, secret) => {
      while (next < covered.length && covered[next]!.end < end) next += 1;
      if (next < covered.length && covered[next]!.start <= start) return;
      found.push({ start, end, secret, rule: KNOWN_VALUE, writing: form.encoding });
    });
    const isWhole = new Set<number>();
    for (const { start, end, secret } of covered) {
      if (secret.class !== 'ipv4' && secret.class !== 'ipv6') continue;
      if (text.charCodeAt(end) === NEWLINE) isWhole.add(end);
      isWhole.add(start);
    }
    const findAtSeam = (seam: Seam): void => {
      store.matcher.find(seam.text, 0, seam.text.length, (start, end, form, secret) => {
        if (!crosses(seam, start, end)) return;
        // `10.0.0.1` at the end of a line and `10.0.0.2` below it are no `10.0.0.110`.
        if (
          (secret.class === 'ipv4' || secret.class === 'ipv6') &&
          (isWhole.has(seam.newline) || isWhole.has(seam.second))
        )
          return;
        const writing = form.encoding === 'plain' ? 'wrapped' : form.encoding;
        found.push({ start: seam.offset(start), end: seam.offset(end, true), secret, rule: KNOWN_VALUE, writing });
      });
    };
    forEachSeam(text, from, to, findAtSeam);
    if (store.hasBlanks()) forEachSeam(text, from, to, findAtSeam, true);
    return found;
  };

  type OnReplaced = (replacement: Replacement, line: number) => void;

  /** Replaces until nothing is left: what stands in place of one value can lay bare another that was glued to it. */
  const replaceIn = (text: string, onReplaced: OnReplaced): string => {
    let result = text;
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      const replaced = replaceOnce(result, onReplaced);
      if (replaced === result || leftIn(replaced).next().done) return replaced;
      result = replaced;
    }
    return result;
  };

  const replaceOnce = (text: string, onReplaced: OnReplaced): string => {
    const parts: string[] = [];
    let done = 0;
    let line = 1;
    let newline = text.indexOf('\n');
    const lineOf = (offset: number): number => {
      for (; newline !== -1 && newline < offset; newline = text.indexOf('\n', newline + 1)) line += 1;
      return line;
    };
    /** found by a rule in an earlier chunk */
    let ahead: Replacement[] = [];
    const found = recall(text);
    for (const { from, to, index } of chunks(text)) {
      const byRules = disjoint([...ahead, ...take(text, found?.[index] ?? search(text, from, to))]);
      const beyond = byRules.findIndex(({ start }) => start >= to);
      ahead = beyond === -1 ? [] : byRules.splice(beyond);
      const byValue = findKnown(text, from, to, byRules);
      for (const replacement of byValue.length === 0 ? byRules : disjoint([...byRules, ...byValue])) {
        const start = Math.max(replacement.start, done);
        const { end, secret } = replacement;
        if (start >= end) continue;
        replacement.start = start;
        const token = tokenIn(text, replacement, store.numberOf(secret));
        parts.push(text.slice(done, start), token);
        onReplaced(replacement, lineOf(start));
        done = end;
      }
    }
    if (done === 0) return text;
    parts.push(text.slice(done));
    return parts.join('');
  };

  /** Where secrets still stand, chunk by chunk. */
  function* leftIn(text: string): Generator<{ start: number; secret: Secret; writing: Writing }, void> {
    for (const { from, to } of chunks(text)) {
      yield* findKnown(text, from, to);
      if (!store.hasOthers()) continue;
      // Values that are too common to be searched for everywhere are looked for where a rule would find them.
      const others: { start: number; secret: Secret; writing: Writing }[] = [];
      detect(text, from, to, (start, end, secretClass, rule) => {
        // Tokens are longer or shorter than what they replaced: columns are no longer where their headings are.
        const secret = rule === TABLE_COLUMN ? undefined : store.known(secretClass, unwrapped(text.slice(start, end)));
        if (secret !== undefined) others.push({ start, secret, writing: 'plain' });
      });
      yield* others;
    }
  }

  return {
    learn(text) {
      const found: Found[][] = [];
      for (const { from, to } of chunks(text)) {
        const spans = search(text, from, to);
        take(text, spans);
        found.push(spans);
      }
      remember(text, found);
    },
    redact(text, artifact) {
      const path = replaceIn(artifact.path, () => undefined);
      const counts: Counts = {};
      const redacted = replaceIn(text, ({ secret, rule, writing }, line) => {
        counts[secret.class] = (counts[secret.class] ?? 0) + 1;
        recorder.record(path, rule, secret.class, writing, line);
      });
      return { text: redacted, counts };
    },
    redactPath: (path) => replaceIn(path, () => undefined),
    secrets() {
      const byClass = new Map<SecretClass, string[]>();
      for (const { class: secretClass, value } of store.all()) {
        const values = byClass.get(secretClass);
        if (values === undefined) byClass.set(secretClass, [value]);
        else values.push(value);
      }
      return byClass;
    },
    leaks(texts) {
      const leaks: Leak[] = [];
      for (const { path, text } of texts) {
        for (const { secret, writing } of leftIn(path)) leaks.push({ path, line: 0, class: secret.class, writing });
        for (const { start, secret, writing } of leftIn(text)) {
          if (leaks.length >= MAX_LEAKS) break;
          leaks.push({ path, line: 1 + countNewlines(text, start), class: secret.class, writing });
        }
        if (leaks.length >= MAX_LEAKS) break;
      }
      return leaks;
    },
    log() {
      const values: Counts = {};
      for (const { class: secretClass } of store.all()) values[secretClass] = (values[secretClass] ?? 0) + 1;
      return { policy: POLICY, values, replacements: recorder.replacements(), entries: recorder.entries() };
    },
  };
}

const sizeOf = (found: readonly Found[][]): number => found.reduce((sum, { length }) => sum + length, 1);

/** Ranges of whole lines that make up a text; a longer line is a range of its own. */
function* chunks(text: string): Generator<{ from: number; to: number; index: number }> {
  for (let from = 0, index = 0; from < text.length; index += 1) {
    const newline = from + CHUNK < text.length ? text.indexOf('\n', from + CHUNK) : -1;
    const to = newline === -1 ? text.length : newline + 1;
    yield { from, to, index };
    from = to;
  }
}

/** Sorts, and joins what overlaps into the one that begins first (of these, the longest). Changes what it is given. */
function disjoint(replacements: Replacement[]): Replacement[] {
  replacements.sort((a, b) => a.start - b.start || b.end - a.end);
  const joined: Replacement[] = [];
  for (const replacement of replacements) {
    const last = joined.at(-1);
    if (last === undefined || replacement.start >= last.end) joined.push(replacement);
    else last.end = Math.max(last.end, replacement.end);
  }
  return joined;
}

/** Classes whose tokens are words: a neighbouring letter or digit is set off by a dash. */
const WORD_TOKENS: ReadonlySet<SecretClass> = new Set<SecretClass>([
  'host',
  'user',
  'password',
  'token',
  'ssid',
  'licence',
  'name',
  'key',
]);

function tokenIn(text: string, { start, end, secret, writing }: Replacement, number: number): string {
  const written = text.slice(start, end);
  const token = tokenFor(secret.class, number, unwrapped(written));
  const breaks = breaksOf(written);
  if (writing === 'hex') return Buffer.from(token, 'utf8').toString('hex') + breaks;
  if (writing === 'base64') return Buffer.from(token, 'utf8').toString('base64').replace(/=+$/, '') + breaks;
  if (!WORD_TOKENS.has(secret.class)) return token + breaks;
  const before = isWordAt(text, start - 1) && !endsEscape(text, start) ? '-' : '';
  const after = isWordAt(text, end) ? '-' : '';
  return `${before}${token}${after}${breaks}`;
}

/** Line breaks before an offset. */
function countNewlines(text: string, before: number): number {
  let count = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < before; i = text.indexOf('\n', i + 1)) count += 1;
  return count;
}
