import type { SecretClass } from './classes.ts';

/**
 * What stands in place of a secret. Every token has the form of what it replaces, so that parsers read on: a host name
 * stays a host name, an address an address (of the ranges kept for documentation), a hexadecimal serial number keeps
 * its digits' places. Numbers count from 1 in the order in which the values were found.
 */

const WORDS: Partial<Record<SecretClass, string>> = {
  host: 'host-',
  user: 'user-',
  key: 'key-',
  token: 'token-',
  password: 'secret-',
  ssid: 'ssid-',
  licence: 'licence-',
  name: 'name-',
};

/** @param written the secret as it stands in the text, on one line */
export function tokenFor(secret: SecretClass, number: number, written: string): string {
  switch (secret) {
    case 'domain':
      return `domain-${number}.example`;
    case 'email':
      return `mail-${number}@example.org`;
    case 'ipv4':
      return ipv4Token(number);
    case 'ipv6':
      return number <= 9999 ? `2001:db8::${number}` : `2001:db8::${Math.trunc(number / 10_000)}:${number % 10_000}`;
    case 'mac':
      return fill(written, `02${String(number).padStart(10, '0')}`);
    case 'serial':
    case 'uuid':
      return idToken(secret, number, written);
    default:
      return `${WORDS[secret] ?? `${secret}-`}${number}`;
  }
}

/** RFC 5737 has three networks for examples; RFC 2544 has 198.18.0.0/15 for benchmarks. Then numbers repeat. */
function ipv4Token(number: number): string {
  const nth = number - 1;
  const network = ['198.51.100', '203.0.113', '192.0.2'][Math.trunc(nth / 254)];
  if (network !== undefined) return `${network}.${(nth % 254) + 1}`;
  const rest = (nth - 762) % 0x1_fffe;
  return `198.${18 + (rest >>> 16)}.${(rest >>> 8) & 255}.${rest & 255}`;
}

function idToken(secret: 'serial' | 'uuid', number: number, written: string): string {
  const prefix = /^(?:0x|GPU-|MIG-GPU-|MIG-)/i.exec(written)?.[0] ?? '';
  const body = written.slice(prefix.length);
  const digits = String(number);
  // A leading 9 keeps a decimal number one, also where JSON forbids leading zeros.
  if (/^\d+$/.test(body) && prefix === '') return `9${digits.padStart(Math.max(body.length, 4) - 1, '0')}`;
  const places = body.replace(/[^0-9a-f]/gi, '').length;
  if (
    places >= Math.max(8, digits.length) &&
    (prefix !== '' || (/^[0-9a-f:-]+$/i.test(body) && /[a-f:-]/i.test(body)))
  ) {
    return prefix + fill(body, digits.padStart(places, '0'));
  }
  return `${secret === 'uuid' ? 'ID' : 'SERIAL'}${number}`;
}

/** Puts digits in place of the hexadecimal digits of `written`, right-aligned; separators stay. */
function fill(written: string, digits: string): string {
  const places = written.replace(/[^0-9a-f]/gi, '').length;
  const padded = digits.length >= places ? digits.slice(-places) : digits.padStart(places, '0');
  let next = 0;
  return written.replace(/[0-9a-f]/gi, () => padded[next++]!);
}

const TOKENS: { secret: SecretClass; form: RegExp }[] = [
  ...Object.entries(WORDS).map(([secret, word]) => ({
    secret: secret as SecretClass,
    form: new RegExp(`^${word}(\\d{1,7})$`, 'i'),
  })),
  { secret: 'domain', form: /^domain-(\d{1,7})\.example$/i },
  { secret: 'email', form: /^mail-(\d{1,7})@example\.org$/i },
  { secret: 'ipv6', form: /^2001:0?db8:/i },
  { secret: 'ipv4', form: /^198\.51\.100\.(\d{1,3})$/ },
  { secret: 'ipv4', form: /^(?:203\.0\.113|192\.0\.2)\.\d{1,3}$|^198\.1[89]\.\d{1,3}\.\d{1,3}$/ },
  { secret: 'mac', form: /^02([:-])(?:00\1){1,4}(?:\d\d\1){0,2}\d\d$|^0200\.\d{4}\.\d{4}$|^0200\d{8}$/ },
  { secret: 'serial', form: /^SERIAL(\d{1,7})$/i },
  { secret: 'uuid', form: /^ID(\d{1,7})$/i },
  // Decimal numbers, then digits in the places of hexadecimal ones.
  { secret: 'serial', form: /^9000+(\d{1,6})$/ },
  { secret: 'uuid', form: /^(?:0x|GPU-|MIG-GPU-|MIG-)?0{2,8}[:-][0:-]+(\d{1,6})$/i },
  { secret: 'uuid', form: /^0x00+(\d{1,6})$|^0{10,}(\d{1,6})$/i },
];

/** The class and number of a token that an earlier redaction left (0: no number can be told); undefined for anything else. */
export function parseToken(value: string): { secret: SecretClass; number: number } | undefined {
  for (const { secret, form } of TOKENS) {
    const match = form.exec(value);
    if (match !== null) {
      const digits = match[1] ?? match[2] ?? '';
      return { secret, number: /^\d+$/.test(digits) ? Number(digits) : 0 };
    }
  }
  return undefined;
}
