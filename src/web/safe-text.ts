import { type Content, html } from './html.ts';

/** What would change or hide what stands around it; tabs and line breaks are seen as they are. */
const HIDDEN = /([^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}])/gu;

/**
 * Text as it stands in a log, with every character that is not seen shown by its number: a line must not look like
 * another one because of a bidirectional override or a zero-width space in it.
 */
export const visible = (text: string): Content =>
  text
    .split(HIDDEN)
    .map((part, i) =>
      i % 2 === 0 ? part : html`<span class="unseen" title="a character that is not seen">${nameOf(part)}</span>`,
    );

/** `U+202E` */
const nameOf = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
