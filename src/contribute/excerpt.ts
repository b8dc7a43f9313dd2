/** Lines of one record that are kept at most above and below a cited line. */
const MAX_RECORD = 80;

const isIndented = (line: string | undefined): boolean => line !== undefined && /^[ \t]+\S/.test(line);

/**
 * The cited lines of a text with some around them. A line of an indented record (a device of pciconf or lspci) brings
 * the record along, and the first line always stays, because it is the head of a table. Lines are left out, never changed but
 * for blanks at their ends and empty lines at the end of all, which git and mail take for slips.
 * @param cited line numbers, counted from 1
 * @param context lines kept above and below each; Infinity keeps the text
 */
export function excerpt(text: string, cited: ReadonlySet<number>, context: number): string {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.trimEnd());
  if (context === Infinity) return joined(lines);
  const kept = new Set([0]);
  for (const line of cited) {
    let from = Math.max(line - 1 - context, 0);
    let to = Math.min(line - 1 + context, lines.length - 1);
    for (let i = 0; i < MAX_RECORD && from > 0 && isIndented(lines[from]); i += 1) from -= 1;
    for (let i = 0; i < MAX_RECORD && isIndented(lines[to + 1]); i += 1) to += 1;
    for (let i = from; i <= to; i += 1) kept.add(i);
  }
  return joined(lines.filter((_, i) => kept.has(i)));
}

const joined = (lines: readonly string[]): string => `${lines.join('\n').trimEnd()}\n`;
