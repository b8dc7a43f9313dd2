import type { Located } from '../../src/model/source.ts';

/**
 * Reader of `NAME=value` files. Three programs read such lines by three different rules, and most configuration
 * mistakes live in the difference: the boot loader (`loaderValue`), sh (`shellValue`) and vm-bhyve (`vmBhyveValue`).
 */

/** A line of the form `NAME=…` or `NAME+=…`, its right-hand side still as written. */
export interface AssignmentLine extends Located {
  name: string;
  operator: '=' | '+=';
  /** everything after the operator, leading blanks removed */
  rest: string;
  /** columns before the name or the comment sign */
  indent: number;
  /** blanks around the operator */
  spaced: boolean;
  /** the line is commented out */
  commented: boolean;
  /** path that grep(1) put before the line */
  file?: string;
}

/** A right-hand side as one program understands it. */
export interface ConfValue {
  value: string;
  /** the value as written, quotes included, comment not */
  raw: string;
  quoted: boolean;
  comment?: string;
  /** why the program reads something else than the writer meant, or nothing at all */
  problem?: string;
}

// Margin of a quotation, path and line number of grep, comment sign, export, name, operator, rest.
const ASSIGNMENT =
  /^([ \t>|]*)(?:(\/[^\s:="'#]+):(?:\d{1,6}:)?)?(#[# \t]*)?(?:export[ \t]+)?([A-Za-z_][\w.%-]*)([ \t]*)(\+?=)(?!=)([ \t]*)(.*)$/;

/** What may stand before the name in the source of a marker: margin, grep's path, comment sign. */
export const BEFORE_NAME = String.raw`^[ \t>|]*(?:\/[^\s:="'#]+:(?:\d{1,6}:)?)?(?:#[# \t]*)?(?:export[ \t]+)?`;

/** A line that is a comment, whatever stands in it: what configuration files have in common (`shared` of a parser). */
export const COMMENT_LINE = /^\s*#/;

/** Settings of one file that are kept; real files have tens. */
export const MAX_SETTINGS = 5000;

/** A longer line is no configuration. */
const MAX_LINE = 16_384;

/** Undefined when the line is no assignment. `line` counts from 1. */
export function assignmentLine(text: string, line: number): AssignmentLine | undefined {
  if (text.length > MAX_LINE) return undefined;
  const match = ASSIGNMENT.exec(text);
  if (!match) return undefined;
  const assignment: AssignmentLine = {
    line,
    name: match[4]!,
    operator: match[6] === '+=' ? '+=' : '=',
    rest: match[8]!,
    indent: match[1]!.length,
    spaced: match[5] !== '' || match[7] !== '',
    commented: match[3] !== undefined,
  };
  if (match[2] !== undefined) assignment.file = match[2];
  return assignment;
}

const TYPOGRAPHIC_QUOTE = /^[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u2033]/;

/** The value a writer meant although the program does not read it so: quotes of any kind and a comment taken off. */
function meant(rest: string): { value: string; raw: string } {
  const quoted =
    /^["'`\u2018-\u201e\u00ab\u2033]+([^"'`\u2018-\u201e\u00bb\u2033]*)["'`\u2018-\u201e\u00bb\u2033]/.exec(rest);
  if (quoted) return { value: quoted[1]!, raw: quoted[0] };
  const raw = rest.replace(/(?:^|[ \t])#.*$/, '').trim();
  return { value: raw.replace(/^["'`\u2018-\u201e\u00ab\u2033]+/, ''), raw };
}

/**
 * A right-hand side by the rule of the boot loader (stand/lua/config.lua): text in double quotes up to the LAST double
 * quote of the line, or one word of letters, digits, `-`, `_` and `.`; then nothing but a comment. Every other line is
 * "malformed" and skipped as a whole.
 */
export function loaderValue(rest: string): ConfValue {
  const malformed = (problem: string): ConfValue => ({ ...meant(rest), quoted: rest.startsWith('"'), problem });
  if (rest.startsWith('"')) {
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
    if (!quoted) return malformed('the double quote is not closed');
    const tail = rest.slice(quoted[0].length).trim();
    if (tail !== '' && !tail.startsWith('#')) return malformed('text follows the value');
    const result: ConfValue = { value: quoted[1]!.replace(/\\(.)/g, '$1'), raw: quoted[0], quoted: true };
    if (tail !== '') result.comment = tail;
    if (tail.includes('"')) result.problem = 'a double quote in the comment is taken for the end of the value';
    return result;
  }
  const word = /^[-\w][-\w.]*/.exec(rest)?.[0];
  const tail = rest.slice(word?.length ?? 0).trim();
  if (word !== undefined && (tail === '' || tail.startsWith('#'))) {
    return { value: word, raw: word, quoted: false, ...(tail === '' ? {} : { comment: tail }) };
  }
  if (rest === '' || rest.startsWith('#')) return malformed('the value is missing');
  if (TYPOGRAPHIC_QUOTE.test(rest)) return malformed('typographic quotes instead of plain double quotes');
  if (rest.startsWith("'")) return malformed('single quotes instead of double quotes');
  return malformed('a value with such characters needs double quotes');
}

/** Lines a quoted value may run over before it counts as not closed. */
const MAX_VALUE_LINES = 50;

/**
 * A right-hand side by the rule of sh(1): words in quotes of both kinds, backslashes, values over several lines.
 * `index` is the 0-based index of the line in `lines`, `rest` its text after the operator. `lastIndex` is the line on
 * which the value ends.
 */
export function shellValue(lines: readonly string[], index: number, rest: string): ConfValue & { lastIndex: number } {
  let value = '';
  let raw = '';
  let quoted = false;
  let quote = '';
  for (let at = index; at < lines.length && at < index + MAX_VALUE_LINES; at += 1) {
    const text = at === index ? rest : lines[at]!;
    if (text.length > MAX_LINE) break;
    if (at > index && quote !== '' && assignmentLine(text, 1)) break;
    let position = 0;
    let joined = false;
    for (; position < text.length; position += 1) {
      const char = text[position]!;
      const next = text[position + 1];
      if (char === '\\' && quote !== "'") {
        if (next === undefined) joined = true;
        else value += quote === '"' && !'"\\$`'.includes(next) ? char + next : next;
        position += 1;
      } else if (quote !== '') {
        if (char === quote) quote = '';
        else value += char;
      } else if (char === '"' || char === "'") {
        quote = char;
        quoted = true;
      } else if (char === ' ' || char === '\t' || char === ';') break;
      else value += char;
    }
    raw += text.slice(0, position);
    if (joined || quote !== '') {
      raw += '\n';
      if (!joined) value += '\n';
      continue;
    }
    const comment = text.slice(position).trim();
    const result: ConfValue & { lastIndex: number } = { value, raw, quoted, lastIndex: at };
    if (comment.startsWith('#')) result.comment = comment;
    if (TYPOGRAPHIC_QUOTE.test(raw)) {
      return { ...result, ...meant(rest), problem: 'typographic quotes instead of plain quotes' };
    }
    return result;
  }
  if (quote === '') return { value, raw, quoted, lastIndex: index };
  return { ...meant(rest), quoted: true, lastIndex: index, problem: 'the quote is not closed' };
}

/**
 * A right-hand side by the rule of vm-bhyve (lib/vm-config, config::load): everything after `#` is dropped, also inside
 * quotes, then trailing blanks, then every double quote. Single quotes stay part of the value.
 */
export function vmBhyveValue(rest: string): ConfValue {
  const hash = rest.indexOf('#');
  const raw = (hash < 0 ? rest : rest.slice(0, hash)).trimEnd();
  const result: ConfValue = { value: raw.replaceAll('"', ''), raw, quoted: raw.startsWith('"') };
  if (hash >= 0) result.comment = rest.slice(hash);
  if (hash >= 0 && raw.split('"').length % 2 === 0) result.problem = '# begins a comment also inside quotes';
  else if (raw.startsWith("'")) result.problem = 'single quotes stay part of the value';
  else if (TYPOGRAPHIC_QUOTE.test(raw)) result.problem = 'typographic quotes stay part of the value';
  if (result.problem !== undefined) result.value = meant(rest).value;
  return result;
}

/** `yes`, `on`, `true`, `1` in any case, as rc(8), vm-bhyve and bhyve read switches */
export const isYes = (value: string): boolean => /^(?:yes|on|true|1)$/i.test(value.trim());
