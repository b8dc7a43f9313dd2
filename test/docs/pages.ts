/** The Markdown pages of the repository, taken apart: what a reader types, what links lead to. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from '../../scripts/outputs.ts';
import { globSync, ROOT } from '../support/files.ts';

/** Pages written by hand, as paths in the repository. */
export const PAGES: readonly string[] = [
  ...new Set([
    ...documents(),
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    ...['matrix-data', 'packaging', 'recipes'].flatMap((folder) => globSync(folder, '.md')),
  ]),
];

export const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

export interface Block {
  /** of its opening fence, from 1 */
  line: number;
  /** what stands behind the opening fence: `sh`, `console`, '' */
  language: string;
  text: string;
  /** it lies between `<!-- output: … -->` and `<!-- /output -->`, so its content is what the program prints */
  generated: boolean;
}

const FENCE = /^(?<indent> *)(?<ticks>`{3,})(?<language>\w*)$/;

/** The fenced blocks of a page. Throws where one is left open, for then the rest of the page is code to a reader. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { ticks: string; indent: number; block: Block } | undefined;
  let generated = false;
  for (const [i, line] of markdown.split('\n').entries()) {
    const fence = FENCE.exec(line)?.groups;
    if (open !== undefined) {
      if (fence?.['ticks'] === open.ticks && fence['language'] === '') {
        blocks.push(open.block);
        open = undefined;
      } else open.block.text += `${line.slice(open.indent)}\n`;
    } else if (fence !== undefined) {
      const { ticks = '', indent = '', language = '' } = fence;
      open = { ticks, indent: indent.length, block: { line: i + 1, language, text: '', generated } };
    } else if (line.startsWith('<!-- output: ')) generated = true;
    else if (line === '<!-- /output -->') generated = false;
  }
  if (open !== undefined) throw new Error(`the block of line ${open.block.line} has no end`);
  return blocks;
}

export interface Typed {
  line: number;
  command: string;
}

/** What is typed in a block for a shell: one command a line, or several lines that end in a backslash; no remarks. */
export function commandsIn({ line, text }: Block): Typed[] {
  const commands: Typed[] = [];
  let begun: Typed | undefined;
  for (const [i, each] of text.split('\n').entries()) {
    if (begun === undefined && /^\s*(?:#.*)?$/.test(each)) continue;
    begun =
      begun === undefined ? { line: line + 1 + i, command: each } : { ...begun, command: `${begun.command}\n${each}` };
    if (each.endsWith('\\')) continue;
    commands.push(begun);
    begun = undefined;
  }
  if (begun !== undefined) throw new Error(`line ${begun.line}: ends in a backslash`);
  return commands;
}

/** A page without its blocks, so that what stands in code is taken for neither link nor heading. */
const proseOf = (markdown: string): string => {
  const lines = markdown.split('\n');
  for (const { line, text } of blocksOf(markdown)) lines.fill('', line - 1, line + text.split('\n').length);
  return lines.join('\n');
};

/** Pieces of code in the text of a page: `gpudiag analyze -`. In a table a bar is written `\|`. */
export const inlineCodeOf = (markdown: string): string[] =>
  [...proseOf(markdown).matchAll(/(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)/g)].map(([, code]) =>
    code!.replaceAll('\\|', '|').replaceAll(/\n\s*/g, ' '),
  );

/** Where the links of a page lead, without those to other sites. */
export const linksOf = (markdown: string): string[] =>
  [
    ...proseOf(markdown)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g),
  ].map(([, target]) => target!);

/** Names of the headings of a page, as GitHub makes them: small letters, no punctuation, dashes for blanks. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(markdown).matchAll(/^#{1,6} (.+)$/gm)) {
    const name = heading!
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let unique = name;
    for (let i = 1; anchors.has(unique); i += 1) unique = `${name}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Why a link of a page leads nowhere; undefined when it leads somewhere. */
export function deadBecause(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const there = path === '' ? page : join(page, '..', path).replaceAll('\\', '/');
  if (there.startsWith('..') || !existsSync(join(ROOT, there))) return `${there} is not there`;
  if (anchor === undefined || !there.endsWith('.md')) return undefined;
  return anchorsOf(textOf(there)).has(anchor) ? undefined : `${there} has no heading #${anchor}`;
}
