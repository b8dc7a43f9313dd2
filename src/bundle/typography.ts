/**
 * What web pages and word processors make of the characters that a machine printed. No tool and no kernel prints these
 * quotation marks where a straight one belongs, so in a paste they are somebody's typography.
 */
const DOUBLE = /[\u201c\u201d\u201e\u201f]/g;
const SINGLE = /[\u2018\u2019\u201a\u201b]/g;
const ANY = /[\u2018-\u201f]/;

/** A text with straight quotation marks, and the first line that was changed, counted from 1; undefined when none was. */
export function straightenQuotes(text: string): { text: string; line: number } | undefined {
  const first = text.search(ANY);
  if (first === -1) return undefined;
  const line = text.slice(0, first).split('\n').length;
  return { text: text.replace(DOUBLE, '"').replace(SINGLE, "'"), line };
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", '#39': "'", nbsp: ' ' };
const ENTITY = /&(lt|gt|amp|quot|apos|#39|nbsp);/g;

/**
 * A text that was copied from the source of a page, as it was shown. Such a text has no angle bracket left; one that has is
 * XML or HTML itself, and stays.
 */
export const withoutEntities = (text: string): string =>
  text.includes('&') && !text.includes('<') && !text.includes('>')
    ? text.replace(ENTITY, (_, name: string) => ENTITIES[name]!)
    : text;
