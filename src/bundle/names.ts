/** Control characters, line separators, bidi overrides and other invisible characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A file name that is safe to show and still tells which file is meant: `a<ESC>[31m` becomes `a\x1b[31m`. */
export const printable = (name: string): string =>
  name.replace(UNSAFE, (char) => {
    const code = char.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });

/** A path that stays inside the folder or archive it is written to, whatever an archive called it. */
export const inside = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/') || 'unnamed';

/** The path itself, or with a number behind it when it is taken; takes it. */
export function uniquePath(path: string, taken: Set<string>): string {
  let unique = path;
  for (let i = 2; taken.has(unique); i += 1) unique = `${path} (${i})`;
  taken.add(unique);
  return unique;
}
