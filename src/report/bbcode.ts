import { codeBlock, inlineBbcode as inline } from './bbcode-escape.ts';
import type { Post, PostPart } from './content/post.ts';
import type { Block, ListBlock, ParagraphBlock } from './document.ts';
import { createDrawing } from './text.ts';

/** Tables are drawn as text: a code block scrolls, and its columns stay columns. */
const TABLE_WIDTH = 120;
const TABLES = createDrawing({ width: TABLE_WIDTH, color: false, unicode: true, verbose: false });

/** A post in the BBCode of XenForo. What a reader may skip is folded with `[SPOILER]`. */
export function drawBbcode(post: Post, note: string): string {
  const parts = [
    `[B]${inline(post.title)}[/B]`,
    blocks(post.verdict).join('\n'),
    block(post.identity).join('\n'),
    block(post.stages).join('\n'),
    ...post.parts.map((part) => drawPart(part).join('\n')),
    `${inline(note)} ${inline(post.footer)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function drawPart({ section: { title, blocks: items }, folded }: PostPart): string[] {
  // The title of a spoiler stands in its tag, which has no escape for quotes or brackets: only letters get there.
  return folded
    ? [`[SPOILER="${title.replace(/[^\w ,.-]/g, '')}"]`, ...blocks(items), '[/SPOILER]']
    : [`[B]${inline(title)}[/B]`, ...blocks(items)];
}

const blocks = (items: readonly Block[]): string[] => items.flatMap(block);

function block(item: Block): string[] {
  switch (item.type) {
    case 'paragraph':
      return [paragraph(item)];
    case 'fields':
      return item.fields.map(({ label, text }) => `[B]${inline(label)}:[/B] ${inline(text)}`);
    case 'stages':
      return codeBlock(TABLES.stages(item, TABLE_WIDTH));
    case 'quotes':
      return codeBlock(item.quotes.map(({ artifact, line, quote }) => `${artifact}:${line}: ${quote}`));
    case 'links':
      return [`[B]${inline(item.lead)}[/B] ${item.addresses.map(link).join(', ')}`];
    case 'code':
      return codeBlock(item.lines);
    case 'list':
      return list(item);
    case 'table':
      return codeBlock(TABLES.block(item, TABLE_WIDTH));
  }
}

function paragraph({ lead, text, tone }: ParagraphBlock): string {
  const body = inline(text);
  if (lead !== undefined) return body === '' ? `[B]${inline(lead)}[/B]` : `[B]${inline(lead)}[/B] ${body}`;
  return tone === 'strong' && body !== '' ? `[B]${body}[/B]` : body;
}

/** Only plain web addresses become links. */
const link = (address: string): string =>
  /^https:\/\/[\w./?=&%#~+:-]+$/.test(address) ? `[URL]${address}[/URL]` : inline(address);

const list = ({ ordered, items }: ListBlock): string[] => [
  ordered ? '[LIST=1]' : '[LIST]',
  ...items.flatMap((item) => {
    const [first = '', ...rest] = blocks(item);
    return [`[*]${first}`, ...rest];
  }),
  '[/LIST]',
];
