import type { Artifact } from '../../model/artifact.ts';
import type { Ref } from '../../model/source.ts';
import { shorten } from '../../model/text.ts';
import { type Content, html, type Html } from '../../web/html.ts';
import { visible } from '../../web/safe-text.ts';

/** Lines shown before and after one that is quoted; fewer when so much is quoted that the page would grow heavy. */
const AROUND = [3, 2, 1, 0];
/** Characters of all lines together. */
const BUDGET = 64_000;
/** Characters of a line that is quoted, and of one beside it. */
const MAX_QUOTED = 1000;
const MAX_BESIDE = 240;

interface Line {
  number: number;
  text: string;
  quoted: boolean;
}

interface Excerpt {
  artifact: string;
  /** stretches of lines, in order, with lines left out between them */
  stretches: Line[][];
}

/** The quoted lines as they stand in their artifacts, and where on the page each is. */
export interface Excerpts {
  /** fragment of the page, without `#`; undefined for a line that is not shown */
  anchorOf: (place: Ref) => string | undefined;
  section: Content;
}

/**
 * @param artifacts texts of the input; a file that holds several outputs is several artifacts of one path
 * @param cited the quoted lines, the most important first: those at the end go first when there are too many
 */
export function excerptsOf(artifacts: readonly Artifact[], cited: readonly Ref[]): Excerpts {
  const excerpts = withinBudget(artifacts, cited);
  const anchors = new Map<string, string>();
  for (const [i, { artifact, stretches }] of excerpts.entries()) {
    for (const { number, quoted } of stretches.flat())
      if (quoted) anchors.set(keyOf(artifact, number), `e${i}-${number}`);
  }
  const anchorOf = ({ artifact, line }: Ref): string | undefined => anchors.get(keyOf(artifact, line));
  return { anchorOf, section: excerpts.length === 0 ? undefined : sectionOf(excerpts, anchorOf) };
}

const keyOf = (artifact: string, line: number): string => `${line} ${artifact}`;

function withinBudget(artifacts: readonly Artifact[], cited: readonly Ref[]): Excerpt[] {
  let lines = [...new Map(cited.map((ref) => [keyOf(ref.artifact, ref.line), ref])).values()];
  for (;;) {
    for (const around of AROUND) {
      const excerpts = cut(artifacts, lines, around);
      if (weightOf(excerpts) <= BUDGET) return excerpts;
    }
    lines = lines.slice(0, Math.floor(lines.length / 2));
  }
}

const weightOf = (excerpts: readonly Excerpt[]): number =>
  excerpts.flatMap(({ stretches }) => stretches.flat()).reduce((sum, { text }) => sum + text.length, 0);

function cut(artifacts: readonly Artifact[], cited: readonly Ref[], around: number): Excerpt[] {
  const byFile = new Map<string, Set<number>>();
  for (const { artifact, line } of cited) byFile.set(artifact, (byFile.get(artifact) ?? new Set()).add(line));
  return [...byFile].flatMap(([artifact, quoted]) => {
    const lines = artifacts
      .filter(({ path }) => path === artifact)
      .flatMap((part) => linesAround(part, quoted, around))
      .sort((a, b) => a.number - b.number);
    return lines.length === 0 ? [] : [{ artifact, stretches: stretchesOf(lines) }];
  });
}

/** The lines of an artifact within `around` of a quoted one. A log may be huge: it is walked through, not taken apart. */
function linesAround({ text, firstLine }: Artifact, quoted: ReadonlySet<number>, around: number): Line[] {
  const wanted = new Set([...quoted].flatMap((line) => neighbours(line, around)));
  const last = Math.max(...wanted);
  const lines: Line[] = [];
  for (let number = firstLine, start = 0; number <= last && start < text.length; number += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (wanted.has(number)) {
      const isQuoted = quoted.has(number);
      const max = isQuoted ? MAX_QUOTED : MAX_BESIDE;
      lines.push({ number, text: shorten(text.slice(start, Math.min(end, start + max + 1)), max), quoted: isQuoted });
    }
    start = end + 1;
  }
  return lines;
}

const neighbours = (line: number, around: number): number[] =>
  Array.from({ length: 2 * around + 1 }, (_, i) => line - around + i);

function stretchesOf(lines: readonly Line[]): Line[][] {
  const stretches: Line[][] = [];
  for (const line of lines) {
    const current = stretches.at(-1);
    if (current?.at(-1)?.number === line.number - 1) current.push(line);
    else stretches.push([line]);
  }
  return stretches;
}

const sectionOf = (excerpts: readonly Excerpt[], anchorOf: Excerpts['anchorOf']): Html =>
  html`<section class="sources" aria-labelledby="sources"><h2 id="sources">Evidence in context</h2>
<p class="faint">The lines quoted above, marked, with what stands around them in the evidence.</p>
${excerpts.map(
  ({ artifact, stretches }) => html`<h3 class="file">${visible(artifact)}</h3>
${stretches.map((lines) => html`<pre class="lines">${lines.map((line) => lineOf(artifact, line, anchorOf))}</pre>\n`)}`,
)}</section>`;

/** Every line is an element of its own, so that the marks of hidden characters and long lines stay in it. */
function lineOf(artifact: string, { number, text, quoted }: Line, anchorOf: Excerpts['anchorOf']): Html {
  const content = html`<span class="n">${number}</span><span>${visible(text)}</span>`;
  return quoted
    ? html`<span class="line quoted" id="${anchorOf({ artifact, line: number })}">${content}\n</span>`
    : html`<span class="line">${content}\n</span>`;
}
