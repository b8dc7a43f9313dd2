/**
 * What must never reach a terminal, a page or a quote: control characters (C0, C1, DEL), invisible format characters
 * (bidi marks and overrides, zero-width characters, tags, byte order marks), line and paragraph separators, and halves
 * of surrogate pairs. Names are Unicode general categories.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** One line of text that is safe to show anywhere: every run of unsafe characters becomes one space. */
export const clean = (text: string): string => text.replace(UNSAFE, ' ').trimEnd();

/** The text, or its beginning with `...` when it is longer than `max` UTF-16 units; never cuts a character in half. */
export const shorten = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max - 3).replace(/[\ud800-\udbff]$/, '')}...` : text;
