import { createHash } from 'node:crypto';

const MAX = 60;

/**
 * Names of files and anchors for texts: small letters, digits, dots and dashes, no two alike, and the same as long as
 * the texts are. What lost too much on the way carries a piece of the hash of its text.
 */
export function slugsOf(texts: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...new Set(texts)];
  const plain = new Map(all.map((text) => [text, plainSlug(text)]));
  const uses = new Map<string, number>();
  for (const slug of plain.values()) uses.set(slug, (uses.get(slug) ?? 0) + 1);
  return new Map(
    all.map((text) => {
      const slug = plain.get(text)!;
      const clear = slug !== '' && slug.length <= MAX && uses.get(slug) === 1;
      return [text, clear ? slug : [slug.slice(0, MAX), hashOf(text)].filter(Boolean).join('-')];
    }),
  );
}

const plainSlug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
