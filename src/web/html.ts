/**
 * Markup as values. `html` is a template tag: what is written in the template is markup, what is put into it is text,
 * unless it is markup itself. So nothing that stood in a log can become an element, an attribute or a script.
 */

/** A piece of markup that is safe where elements may stand. Only this module makes one, so data can never pass for it. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template takes. What is missing or false leaves nothing behind; lists are put one after the other. */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

/**
 * What a page must not show unseen (see src/model/text.ts), but for tabs and line breaks: a page may want those. A
 * place where the loss of such a character matters shows it by `visible` (safe-text.ts) instead.
 */
const UNSAFE = /[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for element content and for quoted attribute values alike. */
const escape = (text: string): string => text.replace(UNSAFE, ' ').replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);

/** An attribute without quotes ends at the first space: text could add attributes of its own. */
const UNQUOTED = /=\s*$/;

/** @throws Error when a value is put where an attribute has no quotes: that is a bug in the template. */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Html {
  let markup = template[0]!;
  for (const [i, value] of values.entries()) {
    if (UNQUOTED.test(template[i]!)) throw new Error(`the attribute before value ${i + 1} has no quotes`);
    markup += render(value) + template[i + 1]!;
  }
  return new Html(markup);
}

function render(value: Content): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(render).join('');
  return escape(String(value));
}

/** Markup that the program itself wrote: a style sheet, a script, a drawing. Never anything from an input. */
export const raw = (markup: string): Html => new Html(markup);

/** Content between which something stands: `join(names, ', ')`. */
export const join = (items: readonly Content[], between: Content): Content =>
  items.flatMap((item, i) => (i === 0 ? [item] : [between, item]));

/** Nothing but plain web addresses: no other scheme, no spaces, no quotes. */
const PLAIN_ADDRESS = /^https:\/\/[\w./?=&%#~+:@,-]+$/;

/** A link that tells its target nothing of this page; text alone when the address is not a plain one. */
export const link = (address: string, text: Content = address): Html =>
  PLAIN_ADDRESS.test(address) ? html`<a href="${address}" rel="noreferrer">${text}</a>` : html`${text}`;
