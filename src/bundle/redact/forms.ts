import { canonical, type SecretClass } from './classes.ts';

/** What may stand next to a form for it to count as found. */
export type Boundary =
  /** anything */
  | 'none'
  /** no ASCII letter or digit, except those of an escape such as `%2F` or `\n` */
  | 'word'
  /** no digit, and no dot with a digit behind it: an IPv4 address inside a longer row of numbers is none */
  | 'number';

export type Encoding = 'plain' | 'hex' | 'base64' | 'url' | 'json' | 'xml';

/** One way in which a value can be written. */
export interface Form {
  text: string;
  encoding: Encoding;
  boundary: Boundary;
  /** letter case counts */
  exact: boolean;
}

/** Shorter values are looked for in plain form only: their encoded forms are too short to be told from chance. */
const MIN_ENCODED = 5;
/** Longer values are looked for in plain form only: keys are not encoded again, and pieces of them are looked for anyway. */
const MAX_ENCODED = 256;

/**
 * All ways of writing a value that are looked for: plain, with other separators, escaped as in JSON, XML and URLs, and
 * as hexadecimal digits and base64 of the value as found and in lower and upper case.
 * @param encoded false leaves out those of the last kind
 */
export function formsOf(secret: SecretClass, value: string, boundary: Boundary, encoded: boolean): Form[] {
  const forms = new Map<string, Form>();
  const add = (text: string, encoding: Encoding, where: Boundary, exact: boolean): void => {
    const id = exact ? `=${text}` : text.toLowerCase();
    if (text.length >= 4 && !forms.has(id)) forms.set(id, { text, encoding, boundary: where, exact });
  };
  for (const text of [value, ...otherWritings(secret, value)]) {
    add(text, 'plain', boundary, false);
    if (/^[\w.-]*$/.test(text)) continue;
    // Letters beyond ASCII: their two cases are not the same for a comparison of folded ASCII.
    if (/[^\0-\u007f]/.test(text)) {
      add(text.toLowerCase(), 'plain', boundary, false);
      add(text.toUpperCase(), 'plain', boundary, false);
      add(jsonEscaped(text), 'json', boundary, false);
    }
    add(JSON.stringify(text).slice(1, -1), 'json', boundary, false);
    add(xmlEscaped(text), 'xml', boundary, false);
    add(urlEscaped(text), 'url', boundary, false);
  }
  if (!encoded || value.length < MIN_ENCODED || value.length > MAX_ENCODED) return [...forms.values()];
  for (const text of new Set([value, value.toLowerCase(), value.toUpperCase()])) {
    const hex = Buffer.from(text, 'utf8').toString('hex');
    add(hex, 'hex', 'none', false);
    // as hexdump and acpidump print bytes
    add(hex.replace(/..(?=.)/g, '$& '), 'hex', 'none', false);
    add(hex.replace(/../g, '%$&'), 'url', 'none', false);
    for (const core of base64Cores(text)) {
      add(core, 'base64', 'none', true);
      if (/[+/]/.test(core)) add(core.replaceAll('+', '-').replaceAll('/', '_'), 'base64', 'none', true);
    }
  }
  return [...forms.values()];
}

/** Other separators for the same address or id. */
function otherWritings(secret: SecretClass, value: string): string[] {
  const bare = canonical(secret, value);
  if (secret === 'mac' && bare.length === 12) {
    const pairs = bare.match(/../g)!;
    return [pairs.join(':'), pairs.join('-'), bare.match(/..../g)!.join('.'), bare];
  }
  if (secret === 'uuid' && /^[0-9a-f]{32}$/.test(bare)) {
    return [bare.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), bare];
  }
  // `ip-10-20-30-40` is the way in which clouds name hosts.
  if (secret === 'ipv4' && value.length >= 9) return [value.replaceAll('.', '-')];
  return [];
}

/**
 * The characters of base64 that depend on this text alone, for each of the three places at which they can begin inside
 * an encoded text. Edge characters, which share bits with the neighbours, are left out.
 */
function base64Cores(text: string): string[] {
  return ['', '\0', '\0\0'].map((before) => {
    const bytes = Buffer.from(before + text, 'utf8');
    return bytes.toString('base64').slice(Math.ceil((before.length * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/** Letters beyond ASCII as programs write them that keep to ASCII. */
const jsonEscaped = (text: string): string =>
  text.replace(/[^\0-\u007f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const XML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const xmlEscaped = (text: string): string => text.replace(/[&<>"']/g, (char) => XML[char]!);

/** As encodeURIComponent does, also for halves of surrogate pairs, on which that one throws. */
const urlEscaped = (text: string): string => encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isWord = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isHex = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);

/** True where an ASCII letter or digit stands; false beyond the ends of the text. */
export const isWordAt = (text: string, at: number): boolean =>
  at >= 0 && at < text.length && isWord(text.charCodeAt(at));

const PERCENT = 37;
const DOT = 46;
const BACKSLASH = 92;

export function boundaryHolds(text: string, start: number, end: number, boundary: Boundary): boolean {
  if (boundary === 'none') return true;
  const before = start > 0 ? text.charCodeAt(start - 1) : 32;
  const after = end < text.length ? text.charCodeAt(end) : 32;
  if (boundary === 'word') return !isWord(after) && (!isWord(before) || endsEscape(text, start));
  if (isDigit(before) || isDigit(after)) return false;
  return !(before === DOT && start > 1 && isDigit(text.charCodeAt(start - 2)));
}

/** `%2F`, `\n`, `\t`, `\r`, `\u0022` before the offset */
export function endsEscape(text: string, start: number): boolean {
  const back = (count: number): number => (start >= count ? text.charCodeAt(start - count) : 0);
  if (back(3) === PERCENT && isHex(back(2)) && isHex(back(1))) return true;
  if (back(2) === BACKSLASH && 'nrt'.includes(text[start - 1]!)) return true;
  return back(6) === BACKSLASH && text[start - 5] === 'u';
}
