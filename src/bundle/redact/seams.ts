/**
 * Terminals and mail programs wrap long lines, also in the middle of a word. A seam is such a place: the last word of one
 * line and the first of the next, joined, with the way back to where each character stands.
 */
export interface Seam {
  /** the joined word */
  text: string;
  /** index in the joined word of the first character of the second line */
  joint: number;
  /** offset in the text of a position in the joined word; as an end, one at the joint belongs to the first line */
  offset: (index: number, asEnd?: boolean) => number;
}

/** Characters of each line that take part. */
const REACH = 96;
/** Indentation and quoting margin of the second line. */
const MARGIN = 12;
/** A shorter joined word holds no secret that could be told. */
const SHORTEST = 5;

const BLANK = 32;
/** Characters next to the seam that can be part of a secret: letters, digits, `% & + - . / : = @ _ ~` and beyond ASCII. */
const PART = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%&+-./:=@_~')
  PART[char.charCodeAt(0)] = 1;
const isPart = (code: number): boolean => code >= 128 || PART[code] === 1;
const isMargin = (code: number): boolean => code === BLANK || code === 9 || code === 62 || code === 124;

/** Calls back for every pair of lines, the first of which ends in a range, that may hold a word wrapped between them. */
export function forEachSeam(text: string, from: number, to: number, onSeam: (seam: Seam) => void): void {
  for (
    let newline = text.indexOf('\n', from);
    newline !== -1 && newline < to;
    newline = text.indexOf('\n', newline + 1)
  ) {
    if (newline === 0 || !isPart(text.charCodeAt(newline - 1))) continue;
    let second = newline + 1;
    const limit = Math.min(text.length, second + MARGIN);
    while (second < limit && isMargin(text.charCodeAt(second))) second += 1;
    if (second >= text.length || !isPart(text.charCodeAt(second))) continue;

    let start = newline - 1;
    const leftmost = Math.max(0, newline - REACH);
    while (start > leftmost && text.charCodeAt(start - 1) > BLANK) start -= 1;
    let end = second + 1;
    const rightmost = Math.min(text.length, second + REACH);
    while (end < rightmost && text.charCodeAt(end) > BLANK) end += 1;
    const joint = newline - start;
    if (joint + end - second < SHORTEST) continue;
    onSeam({
      text: text.slice(start, newline) + text.slice(second, end),
      joint,
      offset: (index, asEnd = false) =>
        index < joint || (asEnd && index === joint) ? start + index : second + index - joint,
    });
  }
}

/** True for a stretch of the joined word that stands on both lines. */
export const crosses = (seam: Seam, start: number, end: number): boolean => start < seam.joint && end > seam.joint;
