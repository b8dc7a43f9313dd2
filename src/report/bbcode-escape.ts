/**
 * Text as XenForo's BBCode that shows exactly that text. It has no escape sign: a word that would be read as a tag, a
 * mention, an address or a smiley is put into inline code, where none of these is looked for, and a closing tag of code
 * inside code gets a space behind its bracket.
 */
import { clean, shorten } from '../model/text.ts';
import { MAX_PROSE } from './document.ts';

/** Tags, mentions, hash tags, addresses (they unfold to a preview), mail, smilies, emoji short names. */
const SPECIAL = /[[\]]|@\S|#\w|:\/\/|www\.|mailto:|[:;]['-]?[()DPpo|\\/*](?!\w)|:[a-z]\w*:|\([yn]\)|o_O/i;
/** What stands between spaces; a command between backticks counts as one with what touches it. */
const UNITS = /(?:`[^`]*`|\S)+/g;
const COMMAND = /^([^`]*)`([^`]+)`([^`]*)$/;

/** Prose in one line; commands between backticks become code. */
export function inlineBbcode(text: string): string {
  const units = shorten(clean(text), MAX_PROSE).match(UNITS) ?? [];
  return units.map(unitText).join(' ');
}

function unitText(unit: string): string {
  const [, before = '', command = '', after = ''] = COMMAND.exec(unit) ?? [];
  if (command !== '' && !SPECIAL.test(before) && !SPECIAL.test(after)) return before + icode(command) + after;
  return SPECIAL.test(unit) ? icode(unit) : unit;
}

const icode = (text: string): string => `[ICODE]${closed(text)}[/ICODE]`;

/** Lines as a block that nothing in them can close. */
export const codeBlock = (lines: readonly string[]): string[] => [
  '[CODE]',
  ...lines.map((line) => closed(clean(line))),
  '[/CODE]',
];

const closed = (text: string): string => text.replace(/\[(?=\s*\/)/g, '[ ');
