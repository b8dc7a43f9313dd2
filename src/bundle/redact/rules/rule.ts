import type { SecretClass } from '../classes.ts';

/** What all rules have. */
interface Trigger {
  /** kebab-case; the word used in redaction logs */
  id: string;
  /** lower-case words of at most 24 letters and digits, and SHAPES */
  on: readonly string[];
  /** values that are words of the language are none here, because the context is not sure enough */
  notWords?: true;
  /** the form alone shows where the secret ends, so that it can also be told when a terminal wrapped it */
  wraps?: true;
}

/**
 * One way in which a secret is written. Rules are data: what triggers them (see words.ts) and a sticky expression that
 * is tried where the trigger stands. Every named group of the expression that takes part is a secret of the class it is
 * called after; a number at the end (`serial_2`) tells groups of one class apart.
 */
export interface PatternRule extends Trigger {
  /** sticky, with indices; every quantifier bounded, so that one try costs a bounded time */
  pattern: RegExp;
  /** where the expression begins: at the triggering word, or at the beginning of its line */
  at?: 'line';
  /** looks at what an expression cannot tell; false drops the match */
  accept?: (text: string, match: RegExpExecArray) => boolean;
}

/** Takes a stretch of the text that is a secret; `end` is exclusive. */
export type Emit = (start: number, end: number, secret: SecretClass) => void;

/** For what no single expression can describe (blocks, tables), and what stands on every line of a log. */
export interface BlockRule extends Trigger {
  /**
   * @param word offset of the triggering word
   * @param line offset of its line
   * @returns where to begin looking again when everything before that was seen
   */
  find: (text: string, word: number, line: number, emit: Emit) => number | void;
}

export type RedactionRule = PatternRule | BlockRule;

/** Joins pieces of an expression; all are sticky and know where their groups stand. */
export const sticky = (source: string, flags = ''): RegExp => new RegExp(source, `yd${flags}`);

/** Class of a named group. */
export const classOfGroup = (group: string): SecretClass => group.replace(/_\d+$/, '') as SecretClass;

/** Account names of Unix and Windows, also with letters beyond ASCII. */
export const USER = String.raw`[A-Za-z_\u00c0-\u024f][\w.\u00c0-\u024f-]{0,62}\$?`;
/** Host names with or without a domain. */
export const HOST = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?`;

/** What stands between a key and its value in settings, JSON (also escaped), XML and URLs. */
export const SEPARATOR = String.raw`(?:\\{0,3}["'])?\)?[ \t]{0,60}(?:=>|:=|[:=>]|%3[AaDd])[ \t]{0,60}`;
/** A key whose value stands alone on the next, indented line. */
const NEXT_LINE = String.raw`(?:\n[ \t]{1,40}(?=\S{1,200}[ \t]{0,40}(?:\n|$)))?`;

/**
 * A value behind a separator: in quotes (also escaped ones, also wrapped over two lines) or bare up to a blank, a quote, a
 * bracket, or a comma, semicolon or ampersand that another setting follows.
 * @param brackets whether a bare value may hold some; ids do not, passwords do
 */
export const valueOf = (
  secret: SecretClass,
  shortest = 1,
  brackets: 'brackets' | 'no brackets' = 'brackets',
): string => {
  const not = brackets === 'brackets' ? '' : '(){}[\\]';
  const more = shortest - 1;
  return [
    `${NEXT_LINE}(?:`,
    String.raw`"(?<${secret}>(?:[^"\\\n]|\\[^\n]){${shortest},200})"`,
    String.raw`|'(?<${secret}_2>[^'\n]{${shortest},200})'`,
    String.raw`|\\{1,3}["'](?<${secret}_3>[^"'\\\n]{${shortest},200})`,
    String.raw`|"(?<${secret}_4>[^"\n]{1,200}\n[ \t>|]{0,12}[^"\s=]{1,100})"`,
    String.raw`|<!\[CDATA\[(?<${secret}_5>[^\]\n]{${shortest},200})`,
    String.raw`|(?<${secret}_6>[^\s"'<>,;&\\${not}](?:[^\s"'<>,;&${not}]|[,;&](?![\w.-]{0,40}(?:[=\s,;"']|$))){${more},199})`,
    ')',
  ].join('');
};
