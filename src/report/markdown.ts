import type { Report } from '../model/report.ts';
import { documentOf } from './content/document.ts';
import type {
  Block,
  ListBlock,
  ParagraphBlock,
  ReportDocument,
  Section,
  StageMark,
  StagesBlock,
  TableBlock,
} from './document.ts';
import { fenced, following, inline } from './markdown-escape.ts';

export interface MarkdownOptions {
  /** everything: all findings, all inputs */
  verbose?: boolean;
}

const STAGE_WORDS: Record<StageMark, string> = {
  passed: 'Passed',
  'at-risk': 'At risk',
  failed: 'Failed',
  unknown: 'Not shown',
  'not-reached': 'Not reached',
};

/** The report for a forum or a bug tracker: no HTML, and nothing of the evidence is read as markup. */
export const renderMarkdown = (report: Report, { verbose = false }: MarkdownOptions = {}): string =>
  drawMarkdown(documentOf(report, verbose));

export function drawMarkdown(document: ReportDocument): string {
  const parts = [
    [`# ${inline(document.title)}`],
    blocks(document.verdict),
    block(document.identity),
    block(document.stages),
    ...document.sections.map((section) => drawSection(section, '##')),
    ['## Details'],
    ...document.details.map((section) => drawSection(section, '###')),
    [inline(document.footer)],
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const drawSection = ({ title, blocks: items }: Section, level: string): string[] => [
  `${level} ${inline(title)}`,
  '',
  ...blocks(items),
];

/** Blocks as they stand in a document of somebody else's making. */
export const drawBlocks = (items: readonly Block[]): string => blocks(items).join('\n');

/** Blocks with an empty line between them. */
const blocks = (items: readonly Block[]): string[] =>
  items.flatMap((item, i) => (i === 0 ? block(item) : ['', ...block(item)]));

function block(item: Block): string[] {
  switch (item.type) {
    case 'paragraph':
      return [paragraph(item)];
    case 'fields':
      return item.fields.map(({ label, text }) => `- **${following(label)}:** ${following(text)}`);
    case 'stages':
      return stages(item);
    case 'quotes':
      return fenced(
        item.quotes.map(({ artifact, line, quote }) => `${artifact}:${line}: ${quote}`),
        'text',
      );
    case 'links':
      return [`**${inline(item.lead)}** ${item.addresses.map(link).join(', ')}`];
    case 'code':
      return fenced(item.lines, item.language);
    case 'list':
      return list(item);
    case 'table':
      return table(item);
  }
}

function paragraph({ lead, text, tone }: ParagraphBlock): string {
  const body = following(text);
  if (lead !== undefined) return `**${following(lead)}**${body === '' ? '' : ` ${body}`}`;
  return tone === 'strong' && body !== '' ? `**${body}**` : inline(text);
}

function stages({ stages: marks, names: called, words }: StagesBlock): string[] {
  const groups = (Object.keys(STAGE_WORDS) as StageMark[]).map((mark) => ({
    mark,
    names: marks.filter((stage) => stage.mark === mark).map(({ name }) => name),
  }));
  return [
    inline(words),
    '',
    ...groups
      .filter(({ names }) => names.length > 0)
      .map(({ mark, names }) => `- ${called?.[mark] ?? STAGE_WORDS[mark]}: ${names.join(', ')}`),
  ];
}

/** Only plain web addresses become links. */
const link = (address: string): string =>
  /^https:\/\/[\w./?=&%#~+:-]+$/.test(address) ? `<${address}>` : inline(address);

/** Items of several blocks stand apart; single lines stay together. */
function list({ ordered, items }: ListBlock): string[] {
  const apart = items.some((item) => item.length > 1);
  return items.flatMap((item, i) => {
    const marker = ordered ? `${i + 1}. ` : '- ';
    const [first = '', ...rest] = blocks(item);
    const lines = [marker + first, ...rest.map((line) => (line === '' ? '' : ' '.repeat(marker.length) + line))];
    return apart && i > 0 ? ['', ...lines] : lines;
  });
}

function table({ columns, rows }: TableBlock): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => inline(cell, true)).join(' | ')} |`;
  return [
    row(columns.map(({ head }) => head)),
    `| ${columns.map(({ align }) => (align === 'right' ? '--:' : '---')).join(' | ')} |`,
    ...rows.map(row),
  ];
}
