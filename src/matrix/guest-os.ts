/** Families of guest systems: drivers and their needs differ between them, not within. */
export type GuestFamily = 'windows' | 'linux' | 'freebsd';

const FAMILIES: { family: GuestFamily; words: RegExp }[] = [
  { family: 'windows', words: /\bwindows\b/i },
  {
    family: 'linux',
    words:
      /\b(?:linux|ubuntu|debian|fedora|centos|rhel|red hat|rocky|alma|suse|opensuse|arch|mint|gentoo|nixos|kali)\b/i,
  },
  { family: 'freebsd', words: /\b(?:freebsd|ghostbsd|nomadbsd|pfsense|opnsense)\b/i },
];

/** The families a text names: one for `Ubuntu 24.04`, several for `Windows, Linux, FreeBSD`, none for `Unix`. */
export const guestFamilies = (text: string): GuestFamily[] =>
  FAMILIES.filter(({ words }) => words.test(text)).map(({ family }) => family);

/** As written for people. */
export const GUEST_NAMES: Record<GuestFamily, string> = { windows: 'Windows', linux: 'Linux', freebsd: 'FreeBSD' };
