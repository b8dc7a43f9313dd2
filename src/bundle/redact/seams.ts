/**
 * Terminals and mail programs wrap long lines, also in the middle of a word. A seam is such a place: the last word of one
 * line and the first of the next, joined, with the way back to where each character stands.
 */
export interface Seam {
  /** the joined word */
  text: string;
  /** index in the joined word of the first character of the second line */
  joint: number;
  /** offset of the line break, and of the first character of the second line behind its margin */
  newline: number;
  second: number;
  /** offset in the text of a position in the joined word; as an end, one at the joint belongs to the first line */
  offset: (index: number, asEnd?: boolean) => number;
}

/** Characters of each line that take part. */
const REACH = 96;
/** Indentation and quoting margin of the second line. */
const MARGIN = 12;
/** A shorter joined word holds no secret that could be told. */
const SHORTEST = 5;

const NEWLINE = 10;
const BLANK = 32;
/** Characters next to the seam that can be part of a secret: letters, digits, `% & + - . / : = @ _ ~` and beyond ASCII. */
const PART = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%&+-./:=@_~')
  PART[char.charCodeAt(0)] = 1;
const isPart = (code: number): boolean => code >= 128 || PART[code] === 1;
const isMargin = (code: number): boolean => code === BLANK || code === 9 || code === 62 || code === 124;

/**
 * Calls back for every pair of lines, the first of which ends in a range, that may hold a word wrapped between them.
 * @param blanks for values with blanks in them: joins not words but what stands within reach, once as it is and once with
 *   a blank in place of the line break
 */
export function forEachSeam(
  text: string,
  from: number,
  to: number,
  onSeam: (seam: Seam) => void,
  blanks = false,
): void {
  const lowest = blanks ? 0 : BLANK;
  for (
    let newline = text.indexOf('\n', from);
    newline !== -1 && newline < to;
    newline = text.indexOf('\n', newline + 1)
  ) {
    if (newline === 0 || !isPart(text.charCodeAt(newline - 1))) continue;
    let second = newline + 1;
    const limit = Math.min(text.length, second + MARGIN);
    while (second < limit && isMargin(text.charCodeAt(second))) second += 1;
    if (second >= text.length || !isPart(text.charCodeAt(second)) || isStamped(text, second)) continue;

    let start = newline - 1;
    const leftmost = Math.max(0, newline - REACH);
    while (start > leftmost && isInside(text.charCodeAt(start - 1), lowest)) start -= 1;
    let end = second + 1;
    const rightmost = Math.min(text.length, second + REACH);
    while (end < rightmost && isInside(text.charCodeAt(end), lowest)) end += 1;
    if (end - second + newline - start < SHORTEST) continue;
    const [left, right] = [text.slice(start, newline), text.slice(second, end)];
    for (const between of blanks ? ['', ' '] : ['']) {
      const joint = newline - start + between.length;
      onSeam({
        text: left + between + right,
        joint,
        newline,
        second,
        offset: (index, asEnd = false) =>
          index < joint || (asEnd && index === joint) ? Math.min(start + index, newline) : second + index - joint,
      });
    }
  }
}

const isInside = (code: number, lowest: number): boolean => code > lowest && code !== NEWLINE;

/** True for a stretch of the joined word that stands on both lines. */
export const crosses = (seam: Seam, start: number, end: number): boolean => start < seam.joint && end > seam.joint;

/** The time at the beginning of a log line; `[12.345]` and `<6>` do not look like a part of a word in the first place. */
const STAMP = /[A-Z][a-z]{2} {1,2}\d{1,2} |\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d/y;

function isStamped(text: string, line: number): boolean {
  STAMP.lastIndex = line;
  return STAMP.test(text);
}

/** A terminal is hardly narrower. */
const NARROWEST = 60;

/**
 * True when the second line looks like the rest of the first: the first is as long as a terminal is wide, the second is
 * no longer, and has a quoting margin or none. Known values are looked for at every seam; what only rules know, at these.
 */
export function isWrapped(text: string, { newline, second }: Seam): boolean {
  const first = text.lastIndexOf('\n', newline - 1) + 1;
  if (newline - first < NARROWEST) return false;
  if (second > newline + 1 && !/[>|]/.test(text.slice(newline + 1, second))) return false;
  const end = text.indexOf('\n', second);
  return (end === -1 ? text.length : end) - newline - 1 <= newline - first + MARGIN;
}
