import type { SecretClass } from './classes.ts';
import { REDACTION_RULES } from './rules/index.ts';
import { classOfGroup, type Emit, type PatternRule, type RedactionRule } from './rules/rule.ts';
import { isVocabulary } from './vocabulary.ts';
import { createWalker, type Walker } from './words.ts';

const walkerOf = (rules: readonly RedactionRule[]): Walker<RedactionRule> =>
  createWalker(rules.map((rule) => ({ on: rule.on, payload: rule })));

const all = walkerOf(REDACTION_RULES);
const wrapping = walkerOf(REDACTION_RULES.filter(({ wraps }) => wraps));

/** An expression that begins with its line is not tried for triggers farther right than this. */
const MAX_COLUMN = 512;
/** Inside a longer secret (a key) nothing else is looked for. */
const OPAQUE = 64;

/** Takes a stretch of the text that a rule calls a secret; `end` is exclusive. */
export type OnSpan = (start: number, end: number, secret: SecretClass, rule: string) => void;

/**
 * All that the rules call a secret in a range of a text that begins and ends with a line, in the order of the triggers.
 * Stretches may overlap, and may lie beyond the range when a heading in it explains them.
 */
export function detect(text: string, from: number, to: number, onSpan: OnSpan): void {
  run(all, text, from, to, onSpan);
}

/** The same for a word that was wrapped: only what can be told by its form. */
export function detectInWord(word: string, onSpan: OnSpan): void {
  run(wrapping, word, 0, word.length, onSpan);
}

function run(walker: Walker<RedactionRule>, text: string, from: number, to: number, onSpan: OnSpan): void {
  let opaqueUntil = 0;
  const seenUntil = new Map<RedactionRule, number>();
  let rule: RedactionRule;
  const emit: Emit = (start, end, secret) => {
    if (rule.notWords && isVocabulary(text.slice(start, end).toLowerCase())) return;
    if (end - start >= OPAQUE) opaqueUntil = Math.max(opaqueUntil, end);
    onSpan(start, end, secret, rule.id);
  };
  walker.walk(text, from, to, (triggered, word, line) => {
    if (word < opaqueUntil) return;
    rule = triggered;
    if ('find' in triggered) {
      if (word < (seenUntil.get(triggered) ?? 0)) return;
      const seen = triggered.find(text, word, line, emit);
      if (seen !== undefined) seenUntil.set(triggered, seen);
    } else tryPattern(triggered, text, word, line, emit);
  });
}

function tryPattern(rule: PatternRule, text: string, word: number, line: number, emit: Emit): void {
  if (rule.at === 'line' && word - line > MAX_COLUMN) return;
  rule.pattern.lastIndex = rule.at === 'line' ? line : word;
  const match = rule.pattern.exec(text);
  if (match === null || (rule.accept !== undefined && !rule.accept(text, match))) return;
  for (const [group, range] of Object.entries(match.indices!.groups!)) {
    if (range !== undefined) emit(range[0], range[1], classOfGroup(group));
  }
}
