import { breaksOf, type Counts, type SecretClass, unwrapped } from './classes.ts';
import { detect } from './detect.ts';
import type { Encoding } from './forms.ts';
import { createRecorder, POLICY, type RedactionLog, type Writing } from './log.ts';
import { createSecretStore, type Secret } from './secrets.ts';
import { crosses, forEachSeam } from './seams.ts';
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

/** A stretch to replace. */
interface Replacement {
  start: number;
  end: number;
  secret: Secret;
  rule: string;
  writing: Writing;
}

/** Leaks that are reported; one is enough to fail. */
const MAX_LEAKS = 100;
export const KNOWN_VALUE = 'known-value';

export function createRedactor({ known = [] }: RedactorOptions = {}): Redactor {
  const store = createSecretStore();
  const recorder = createRecorder();
  for (const { class: secret, value } of known) if (value !== '') store.learn(secret, value);

  /** What the rules find, also across seams. Learns it. */
  const learnFrom = (text: string): Replacement[] => {
    const found: Replacement[] = [];
    const take = (start: number, end: number, secretClass: SecretClass, rule: string, writing: Writing): void => {
      const written = text.slice(start, end);
      const pieces = store.learn(secretClass, unwrapped(written));
      const wrapped = written.includes('\n');
      for (const piece of pieces) {
        // Pieces of a wrapped value cannot be told apart by offset: the whole stretch is replaced.
        const at = wrapped ? { start, end } : { start: start + piece.start, end: start + piece.end };
        found.push({ ...at, secret: piece.secret, rule, writing });
      }
    };
    detect(text, (span) => take(span.start, span.end, span.class, span.rule, text.slice(span.start, span.end).includes('\n') ? 'wrapped' : 'plain'));
    const ends = new Set(found.map(({ end }) => end));
    forEachSeam(text, (seam) => {
      // What ends with its line is whole; the next line is not its continuation.
      if (ends.has(seam.offset(seam.joint, true))) return;
      detect(seam.text, (span) => {
        if (crosses(seam, span.start, span.end)) take(seam.offset(span.start), seam.offset(span.end, true), span.class, span.rule, 'wrapped');
      });
    });
    return found;
  };

  /** Where known values stand, also across seams. */
  const findKnown = (text: string, onFound: (found: Replacement) => void): void => {
    if (store.matcher.size === 0) return;
    store.matcher.find(text, ({ start, end, form, payload }) => {
      onFound({ start, end, secret: payload, rule: KNOWN_VALUE, writing: form.encoding });
    });
    forEachSeam(text, (seam) => {
      store.matcher.find(seam.text, ({ start, end, form, payload }) => {
        if (!crosses(seam, start, end)) return;
        const writing = form.encoding === 'plain' ? 'wrapped' : form.encoding;
        onFound({ start: seam.offset(start), end: seam.offset(end, true), secret: payload, rule: KNOWN_VALUE, writing });
      });
    });
  };

  const replaceIn = (text: string, path: string, rule?: string): Redacted => {
    const replacements = learnFrom(text);
    findKnown(text, (found) => replacements.push(found));
    const counts: Counts = {};
    const parts: string[] = [];
    let done = 0;
    let line = 1;
    for (const replacement of disjoint(replacements)) {
      const { start, end, secret, writing } = replacement;
      parts.push(text.slice(done, start));
      line += countNewlines(text, done, start);
      parts.push(tokenIn(text, replacement, store.numberOf(secret)));
      recorder.record({ path, rule: rule ?? replacement.rule, class: secret.class, writing }, line);
      line += countNewlines(text, start, end);
      counts[secret.class] = (counts[secret.class] ?? 0) + 1;
      done = end;
    }
    if (done === 0) return { text, counts };
    parts.push(text.slice(done));
    return { text: parts.join(''), counts };
  };

  const leaksIn = (text: string, onLeak: (at: number, secret: Secret, writing: Writing) => void): void => {
    findKnown(text, ({ start, secret, writing }) => onLeak(start, secret, writing));
    // Values that are too common to be searched for everywhere are looked for where rules find them.
    const check = (value: string, secretClass: SecretClass, at: number, writing: Writing): void => {
      const secret = store.known(secretClass, value);
      if (secret !== undefined) onLeak(at, secret, writing);
    };
    detect(text, ({ start, end, class: secretClass }) => check(unwrapped(text.slice(start, end)), secretClass, start, 'plain'));
  };

  return {
    learn: (text) => void learnFrom(text),
    redact: (text, { path }) => replaceIn(text, path),
    redactPath: (path) => replaceIn(path, path === '' ? '' : replaceInPath(path), 'file-name').text,
    secrets() {
      const byClass = new Map<SecretClass, string[]>();
      for (const { class: secretClass, value } of store.all()) {
        byClass.set(secretClass, [...(byClass.get(secretClass) ?? []), value]);
      }
      return byClass;
    },
    leaks(texts) {
      const leaks: Leak[] = [];
      for (const { path, text } of texts) {
        leaksIn(path, (_, secret, writing) => leaks.push({ path, line: 0, class: secret.class, writing }));
        leaksIn(text, (at, secret, writing) => {
          if (leaks.length < MAX_LEAKS) leaks.push({ path, line: 1 + countNewlines(text, 0, at), class: secret.class, writing });
        });
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
