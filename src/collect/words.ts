/** Words of a command line, for people and for --around. Nothing here is ever given to a shell. */

const PLAIN = /^[\w@%+=:,./-]+$/;

/** A command as one would type it: `vm info 'a b'`. */
export const quoteArgv = (argv: readonly string[]): string =>
  argv.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ');

/**
 * Splits a command line into words: blanks separate, quotes and backslashes keep together. What only a shell could do
 * (pipes, redirections, variables, several commands) is refused, because it would silently mean something else.
 */
export function splitCommand(text: string): { argv: string[] } | { problem: string } {
  const argv: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'") {
      at += 1;
      if (at === text.length) return { problem: 'ends with a backslash' };
      word = (word ?? '') + text[at]!;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else if (quote === '"' && (char === '$' || char === '`'))
        return { problem: `holds ${char}, which only a shell understands` };
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) argv.push(word);
      word = undefined;
    } else if (/[|&;<>()$`*?~]/.test(char)) {
      return { problem: `holds ${char}, which only a shell understands` };
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return { problem: `has a ${quote} without an end` };
  if (word !== undefined) argv.push(word);
  return argv.length === 0 ? { problem: 'is empty' } : { argv };
}
