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
const QUOTED = /^ ?>/;
const QUOTE_MARGIN = /^(?: ?>){1,4} ?/;

/** Longest line whose end is searched for a closing tag. */
const MAX_TAGGED = 4096;

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
    if (QUOTED.test(line) && (quotedAt(lines, i - 1) || quotedAt(lines, i + 1))) {
      line = line.replace(QUOTE_MARGIN, '');
      change(i, line);
    }
    if (line.length > MAX_TAGGED) continue;
    if (FENCE.test(line) || CODE_HEAD.test(line)) {
      change(i, '');
      boundaries.push(i + 1);
      continue;
    }
    if (!line.includes('[')) continue;
    const inner = line.replace(OPEN_TAG, '');
    const bare = inner.includes('[/') ? inner.replace(CLOSE_TAG, '') : inner;
    if (bare === line) continue;
    change(i, bare);
    if (inner !== line && boundaries.at(-1) !== i) boundaries.push(i);
    if (bare !== inner) boundaries.push(i + 1);
  }
  return { lines: out ?? lines, boundaries };
}

/** A margin is there on neighbouring lines too; a single `>` may be a prompt. */
const quotedAt = (lines: readonly string[], index: number): boolean => QUOTED.test(lines[index] ?? '');
