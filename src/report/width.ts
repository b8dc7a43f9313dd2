/**
 * Columns that text takes on a terminal, and cutting text to columns. Wide are the characters that Unicode's
 * EastAsianWidth.txt marks W or F, and emoji that are drawn as pictures by default; combining marks take no column.
 */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2fb}\u{1f200}-\u{1f251}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const MARK = /\p{M}/u;
const ONLY_ASCII = /^[\x20-\x7e]*$/;

function columnsOf(character: string): number {
  if (character <= '\u02ff') return 1;
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function displayWidth(text: string): number {
  if (ONLY_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

export const padTo = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)));

/** The longest beginning that takes at most `width` columns, but at least one character. */
function head(text: string, width: number): string {
  let taken = 0;
  let end = 0;
  for (const character of text) {
    taken += columnsOf(character);
    if (taken > width && end > 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The text, or its beginning followed by the ellipsis. */
export const cutEnd = (text: string, width: number, ellipsis: string): string =>
  displayWidth(text) <= width ? text : head(text, width - displayWidth(ellipsis)).trimEnd() + ellipsis;

/** The text, or its end preceded by the ellipsis: the end of a path tells more than its beginning. */
export function cutStart(text: string, width: number, ellipsis: string): string {
  if (displayWidth(text) <= width) return text;
  const reversed = [...text].reverse().join('');
  return ellipsis + [...head(reversed, width - displayWidth(ellipsis))].reverse().join('');
}

/** Words, and commands between backticks as one word each together with what touches them. */
const WORDS = /(?:`[^`]*`|\S)+/g;

/**
 * Breaks text between words into lines of at most `width` columns. A command between backticks stays on one line if it
 * fits on one; what is longer than a line is broken where it must be.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let taken = 0;
  for (const [word] of text.matchAll(WORDS)) {
    for (const piece of pieces(word, width)) {
      const columns = displayWidth(piece);
      if (line !== '' && taken + 1 + columns <= width) {
        line += ` ${piece}`;
        taken += 1 + columns;
      } else {
        if (line !== '') lines.push(line);
        line = piece;
        taken = columns;
      }
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

function pieces(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  return word.split(' ').flatMap((part) => {
    const chopped: string[] = [];
    for (let rest = part; rest !== '';) {
      const piece = head(rest, width);
      chopped.push(piece);
      rest = rest.slice(piece.length);
    }
    return chopped;
  });
}
