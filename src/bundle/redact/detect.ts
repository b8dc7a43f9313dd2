import type { Span } from './classes.ts';
import { REDACTION_RULES } from './rules/index.ts';
import { classOfGroup, type RedactionRule } from './rules/rule.ts';
import { isVocabulary } from './vocabulary.ts';
import { createWalker, type Place } from './words.ts';

const walker = createWalker(REDACTION_RULES.map((rule) => ({ on: rule.on, payload: rule })));

/** An expression that begins with its line is not tried for triggers farther right than this. */
const MAX_COLUMN = 512;
/** Inside a longer secret (a key) nothing else is looked for. */
const OPAQUE = 64;

/**
 * All that the rules call a secret in a range of a text that begins and ends with a line, in the order of the triggers.
 * Stretches may overlap, and may lie beyond the range when a heading in it explains them.
 */
export function detect(text: string, from: number, to: number, onSpan: (span: Span) => void): void {
  let opaqueUntil = 0;
  const emit = (rule: RedactionRule, span: Omit<Span, 'rule'>): void => {
    if (rule.notWords && isVocabulary(text.slice(span.start, span.end).toLowerCase())) return;
    if (span.end - span.start >= OPAQUE) opaqueUntil = Math.max(opaqueUntil, span.end);
    onSpan({ ...span, rule: rule.id });
  };
  walker.walk(text, from, to, (rule, place) => {
    if (place.word < opaqueUntil) return;
    if ('find' in rule) rule.find(text, place, (span) => emit(rule, span));
    else for (const span of matchesOf(rule, text, place)) emit(rule, span);
  });
}

function* matchesOf(
  rule: Extract<RedactionRule, { pattern: RegExp }>,
  text: string,
  { word, line }: Place,
): Generator<Omit<Span, 'rule'>> {
  if (rule.at === 'line' && word - line > MAX_COLUMN) return;
  rule.pattern.lastIndex = rule.at === 'line' ? line : word;
  const match = rule.pattern.exec(text);
  if (match === null || (rule.accept !== undefined && !rule.accept(text, match))) return;
  for (const [group, range] of Object.entries(match.indices!.groups!)) {
    if (range !== undefined) yield { start: range[0], end: range[1], class: classOfGroup(group) };
  }
}
