/** Lines of a text with what mails and forums put around them taken off. */
export interface Paste {
  /** as many lines as the text has; fences are empty lines here */
  lines: readonly string[];
  /** indexes, counted from 0, at which a fence or tag says that something else begins; ascending */
  boundaries: readonly number[];
}

/** Markdown fences: ```sh, ~~~ */
const FENCE = /^\s{0,8}(?:`{3,}|~{3,})\s?[\w+.-]{0,20}\s*$/;
/** What XenForo and phpBB leave of a code box when a page is copied. */
const CODE_HEAD = /^\s{0,8}(?:Code|Bash|Shell|Text|Quote|Spoiler|C): ?(?:Select all)?\s*$/;
const TAG = 'code|quote|pre|spoiler|icode|cmd|file|tt|noparse';
const OPEN_TAG = new RegExp(`^\\s{0,8}(?:\\[(?:${TAG})(?:=[^\\]\\n]{0,80})?\\]\\s{0,4})+`, 'i');
const CLOSE_TAG = new RegExp(`(?:\\s{0,4}\\[/(?:${TAG})\\])+\\s*$`, 'i');
/** A fence that shares its line with the text: `` ```% uname -a `` and, at the end, ``amd64``` ``. */
const FENCE_BEFORE_TEXT = /^\s{0,8}(?:`{3,}|~{3,})\s?(?=[^`\s])/;
const FENCE_AFTER_TEXT = /(?<=[^`])`{3,}\s*$/;
/** A line that is one span of inline code, alone or as an item of a list: how single messages are mostly posted. */
const CODE_SPAN = /^\s{0,8}(?:[-*+] |\d{1,2}[.)] )?(`{1,2})(?!`)\s?([^`]+?)\s?\1[.,;:]?\s*$/;
const QUOTED = /^ ?>/;
const QUOTE_MARGIN = /^(?: ?>){1,4} ?/;

/** What a container runtime makes of the console of its VM: `level=info msg="[    0.123456] text\n" source=agent` */
const CONSOLE = /^.{0,300}?\b(?:msg|vmconsole)="(\[ {0,6}\d{1,6}\.\d{6}\] .*?)(?:\\[nr]){0,2}"(?: [\w-]+=.*)?$/;

/** Longest line that is searched for tags. */
const MAX_TAGGED = 4096;

/** How a line that needs a look begins; most lines do not, and logs have many. */
const WRAPPED = /^\s{0,8}(?:[>`~CBSTQ]|\[[a-z])/i;
/** The signs that wrap a line elsewhere than at its begin. */
const wrappedLater = (line: string): boolean => line.includes('[/') || line.includes('`');

/** Takes quoting margins, fences and BBCode off. The number of lines stays, so that line numbers stay true. */
export function unwrapPaste(lines: readonly string[]): Paste {
  let out: string[] | undefined;
  const boundaries: number[] = [];
  const change = (index: number, line: string): void => {
    out ??= [...lines];
    out[index] = line;
  };
  for (let i = 0; i < lines.length; i += 1) {
    let line = lines[i]!;
    if (line.length > MAX_TAGGED) continue;
    const said = line.includes('="[') ? CONSOLE.exec(line)?.[1] : undefined;
    if (said !== undefined) {
      change(i, said.replaceAll('\\"', '"'));
      continue;
    }
    if (!(WRAPPED.test(line) || wrappedLater(line))) continue;
    if (QUOTED.test(line)) {
      line = line.replace(QUOTE_MARGIN, '');
      change(i, line);
    }
    if (FENCE.test(line) || CODE_HEAD.test(line)) {
      change(i, '');
      boundaries.push(i + 1);
      continue;
    }
    const span = CODE_SPAN.exec(line);
    if (span) {
      change(i, span[2]!);
      continue;
    }
    const inner = line.replace(OPEN_TAG, '').replace(FENCE_BEFORE_TEXT, '');
    const bare = inner.replace(CLOSE_TAG, '').replace(FENCE_AFTER_TEXT, '');
    if (bare === line) continue;
    change(i, bare);
    const opens = inner !== line && bare.trim() !== '';
    if (opens && boundaries.at(-1) !== i) boundaries.push(i);
    if (!opens || bare !== inner) boundaries.push(i + 1);
  }
  return { lines: out ?? lines, boundaries };
}

/** Comment signs and bars that listings are set off with: `# `, `  ## `, `| `. */
const MARGIN = /^\s{0,8}(?:#{1,3}|\|)(?: |$)/;

/**
 * The lines `start` to `end` without a margin that nearly all of them have: a comment sign, a bar or indentation. Undefined
 * when they have none. To be tried on lines that nothing else is known of, because in a configuration file a comment sign
 * says that a setting is off, and in a listing indentation says what belongs to what.
 */
export function withoutMargin(lines: readonly string[], start: number, end: number): string[] | undefined {
  const filled = lines.slice(start, end).filter((line) => line.trim() !== '');
  const marked = filled.filter((line) => MARGIN.test(line)).length;
  if (marked > 0 && marked >= filled.length * 0.8) {
    return lines.map((line, i) => (i >= start && i < end ? line.replace(MARGIN, '') : line));
  }
  const indent = filled.reduce((least, line) => Math.min(least, line.length - line.trimStart().length), Infinity);
  if (!Number.isFinite(indent) || indent === 0) return undefined;
  return lines.map((line, i) => (i >= start && i < end ? line.slice(indent) : line));
}
