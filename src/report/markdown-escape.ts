/**
 * Text as Markdown that shows exactly that text: GitHub's dialect and what forums make of it. A mention, an issue
 * number or an address works on the rendered page whatever is escaped in its source, so words that hold one become
 * code, where nothing is read as markup.
 */
import { clean, shorten } from '../model/text.ts';
import { MAX_PROSE } from './document.ts';

const LINKING = /@\S|#\w|:\/\/|www\.|mailto:|GH-\d/i;
/** What stands between spaces; a command between backticks counts as one with what touches it. */
const UNITS = /(?:`[^`]*`|\S)+/g;
const COMMAND = /^([^`]*)`([^`]+)`([^`]*)$/;

/** Prose in one line; commands between backticks become code. @param inTable also keeps pipes from ending a cell */
export const inline = (text: string, inTable = false): string =>
  inTable ? following(text, true) : atLineStart(following(text));

/** The same for prose that stands behind something else in its line. */
export const following = (text: string, inTable = false): string =>
  (shorten(clean(text), MAX_PROSE).match(UNITS) ?? []).map((unit) => unitText(unit, inTable)).join(' ');

/** Code only ever stands alone between spaces and punctuation: two spans that touch would be read as one. */
function unitText(unit: string, inTable: boolean): string {
  const [, before = '', command = '', after = ''] = COMMAND.exec(unit) ?? [];
  if (command !== '' && !LINKING.test(before) && !LINKING.test(after)) {
    return escape(before) + codeSpan(command, inTable) + escape(after);
  }
  return LINKING.test(unit) || unit.includes('`') ? codeSpan(unit, inTable) : escape(unit);
}

/** An underscore between letters or digits means nothing and is left alone. */
const escape = (word: string): string =>
  word
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/\|/g, '&#124;')
    .replace(/[\\*[~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&');

/** What would open a heading, a list, a quote, a rule or an underline at the start of a line. */
const atLineStart = (text: string): string => text.replace(/^(?=[-+#=>])/, '\\').replace(/^(\d+)(?=[.)])/, '$1\\');

/**
 * Backticks one longer than any run inside; a space on both sides where the text begins or ends with one. A table
 * splits its cells before it looks for code, so there a pipe takes a backslash, and must not already have one.
 */
function codeSpan(text: string, inTable: boolean): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const pad = /^`|`$/.test(text) ? ' ' : '';
  const shown = inTable ? text.replace(/\\(?=\|)/g, '\\ ').replace(/\|/g, '\\|') : text;
  return `${ticks}${pad}${shown}${pad}${ticks}`;
}

/** Lines as a fenced block that nothing in them can close. */
export function fenced(lines: readonly string[], language: string): string[] {
  const shown = lines.map(clean);
  const fence = '`'.repeat(Math.max(3, longestRun(shown.join('\n')) + 1));
  return [fence + language, ...shown, fence];
}

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
