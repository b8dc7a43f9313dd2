/** What a secret is. These are the keys of redaction counts in manifests and in `redaction.json`. */
export type SecretClass =
  | 'host'
  | 'domain'
  | 'user'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'email'
  | 'serial'
  | 'uuid'
  | 'key'
  | 'token'
  | 'password'
  | 'ssid'
  | 'licence'
  | 'name';

/** Numbers by class; classes that do not occur are left out. */
export type Counts = Partial<Record<SecretClass, number>>;

/** Line breaks inside a secret, with the indentation or quoting margin of the next line. */
const BREAKS = /\n[ \t>|]*/g;

/** A secret as it would read on one line. */
export const unwrapped = (written: string): string => (written.includes('\n') ? written.replace(BREAKS, '') : written);

/** The line breaks of a wrapped secret, so that what replaces it has as many lines. */
export const breaksOf = (written: string): string => (written.includes('\n') ? written.match(BREAKS)!.join('') : '');

/**
 * The form in which two writings of one value are the same: letter case, the separators of MAC addresses and UUIDs.
 */
export function canonical(secret: SecretClass, value: string): string {
  const folded = value.toLowerCase();
  return secret === 'mac' || secret === 'uuid' ? folded.replace(/[-:.]/g, '') : folded;
}
