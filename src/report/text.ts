import { styleText } from 'node:util';
import type { Report } from '../model/report.ts';
import { clean, shorten } from '../model/text.ts';
import { documentOf } from './content/document.ts';
import {
  MAX_CELL,
  MAX_PROSE,
  type Block,
  type CodeBlock,
  type FieldsBlock,
  type ListBlock,
  type ParagraphBlock,
  type QuotesBlock,
  type ReportDocument,
  type Section,
  type StageMark,
  type StagesBlock,
  type TableBlock,
  type Tone,
} from './document.ts';
import { toAscii } from './ascii.ts';
import { drawTable, fitColumns } from './table.ts';
import { cutEnd, cutStart, displayWidth, padTo, wrap } from './width.ts';

export interface TextOptions {
  /** columns; less than 60 counts as 60 */
  width: number;
  color: boolean;
  /** false: ASCII only */
  unicode: boolean;
  /** everything: all findings, all inputs */
  verbose: boolean;
}

const MIN_WIDTH = 60;
const INDENT = 2;
/** Code stands out by its indentation, so that it can be copied without a mark before it. */
const CODE_INDENT = 4;
/** Lines that one quote of a proof may take. */
const QUOTE_LINES = 3;

type Style = Parameters<typeof styleText>[0];

const TONES: Record<Tone, Style | undefined> = {
  plain: undefined,
  strong: 'bold',
  good: 'green',
  faint: 'dim',
};

interface Glyphs {
  marks: Record<StageMark, string>;
  ellipsis: string;
  rule: string;
}

const GLYPHS: Record<'unicode' | 'ascii', Glyphs> = {
  unicode: {
    marks: { passed: '✓', 'at-risk': '!', failed: '✗', unknown: '?', 'not-reached': '-' },
    ellipsis: '…',
    rule: '─',
  },
  ascii: {
    marks: { passed: '+', 'at-risk': '!', failed: 'X', unknown: '?', 'not-reached': '-' },
    ellipsis: '...',
    rule: '-',
  },
};

const MARK_STYLES: Record<StageMark, Style> = {
  passed: 'green',
  'at-risk': ['yellow', 'bold'],
  failed: ['red', 'bold'],
  unknown: 'yellow',
  'not-reached': 'dim',
};

/** The report for a terminal or a plain text file. Only commands may be longer than the width. */
export const renderText = (report: Report, options: TextOptions): string =>
  drawText(documentOf(report, options.verbose), options);

export function drawText(document: ReportDocument, options: TextOptions): string {
  const width = Math.max(MIN_WIDTH, Math.floor(options.width));
  const draw = createDrawing(options);
  const top = [
    ...draw.block(document.identity, width),
    '',
    ...draw.stages(document.stages, width),
    '',
    ...draw.blocks(document.verdict, width),
  ];
  const sections = [...document.sections, ...document.details].map((section) => draw.section(section, width));
  const footer = draw.block({ type: 'paragraph', text: document.footer, tone: 'faint' }, width);
  return `${[top, ...sections, footer].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Draws blocks as lines; every string of the document passes `safe` here and nowhere else. */
export function createDrawing({ color, unicode }: TextOptions) {
  const glyphs = GLYPHS[unicode ? 'unicode' : 'ascii'];
  const safe = (text: string): string => (unicode ? clean(text) : toAscii(clean(text)));
  const prose = (text: string): string => safe(shorten(text, MAX_PROSE));
  const paint = (style: Style | undefined, text: string): string =>
    color && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const indent = (lines: readonly string[], columns: number): string[] =>
    lines.map((line) => (line === '' ? '' : ' '.repeat(columns) + line));

  function block(item: Block, width: number): string[] {
    switch (item.type) {
      case 'paragraph':
        return paragraph(item, width);
      case 'fields':
        return fields(item, width);
      case 'stages':
        return stages(item, width);
      case 'quotes':
        return quotes(item, width);
      case 'links':
        return paragraph({ type: 'paragraph', lead: item.lead, text: item.addresses.join(', ') }, width);
      case 'code':
        return code(item, width);
      case 'list':
        return list(item, width);
      case 'table':
        return table(item, width);
    }
  }

  const blocks = (items: readonly Block[], width: number): string[] => items.flatMap((item) => block(item, width));

  function section({ title, blocks: items }: Section, width: number): string[] {
    return [paint('bold', safe(title).toUpperCase()), ...indent(blocks(items, width - INDENT), INDENT)];
  }

  function paragraph({ lead, text, tone }: ParagraphBlock, width: number): string[] {
    const style = TONES[tone ?? 'plain'];
    if (lead === undefined) return wrap(prose(text), width).map((line) => paint(style, line));
    const label = prose(lead);
    return wrap(`${label} ${prose(text)}`, width).map((line, i) =>
      i === 0 && line.startsWith(label)
        ? paint('bold', label) + paint(style, line.slice(label.length))
        : paint(style, line),
    );
  }

  function fields({ fields: rows }: FieldsBlock, width: number): string[] {
    const column = Math.max(...rows.map(({ label }) => displayWidth(safe(label)))) + 2;
    return rows.flatMap(({ label, text }) =>
      wrap(prose(text), width - column).map(
        (line, i) => (i === 0 ? paint('bold', padTo(safe(label), column)) : ' '.repeat(column)) + line,
      ),
    );
  }

  /** `✓ boot  ✗ probe`: a mark and its stage are never separated. */
  function stages({ stages: marks, words }: StagesBlock, width: number): string[] {
    const lines: string[] = [];
    let line = '';
    let taken = 0;
    for (const { name, mark } of marks) {
      const entry = `${glyphs.marks[mark]} ${name}`;
      if (taken > 0 && taken + 2 + entry.length > width) {
        lines.push(line);
        line = '';
        taken = 0;
      }
      line += `${taken > 0 ? '  ' : ''}${paint(MARK_STYLES[mark], entry)}`;
      taken += (taken > 0 ? 2 : 0) + entry.length;
    }
    if (line !== '') lines.push(line);
    return [...lines, ...wrap(prose(words), width)];
  }

  /** `file:12  the line`, or the line below its place when both do not fit. */
  function quotes({ quotes: lines, whole }: QuotesBlock, width: number): string[] {
    return lines.flatMap(({ artifact, line, quote }) => {
      const place = cutStart(`${safe(artifact)}:${line}`, width - INDENT, glyphs.ellipsis);
      const text = safe(quote).trim();
      if (displayWidth(place) + 2 + displayWidth(text) <= width - INDENT)
        return indent([`${paint('dim', place)}  ${text}`], INDENT);
      const room = width - 2 * INDENT;
      const rest =
        displayWidth(text) <= room ? text : text.replace(TIMESTAMP, (stamp) => (stamp === '' ? '' : glyphs.ellipsis));
      const wrapped = whole === true ? wrap(rest, room) : [rest];
      const shown = wrapped.slice(0, QUOTE_LINES).map((part) => cutEnd(part, room, glyphs.ellipsis));
      return indent([paint('dim', place), ...indent(shown, INDENT)], INDENT);
    });
  }

  function code({ lines, language }: CodeBlock, width: number): string[] {
    const shown = language === 'sh' ? lines.flatMap((line) => splitCommands(line, width - CODE_INDENT)) : lines;
    return indent(
      shown.map((line) => paint('cyan', safe(line))),
      CODE_INDENT,
    );
  }

  function list({ ordered, items }: ListBlock, width: number): string[] {
    const column = ordered ? `${items.length}. `.length : 2;
    return items.flatMap((item, i) => {
      const [first = '', ...rest] = blocks(item, width - column);
      return [`${(ordered ? `${i + 1}.` : '-').padEnd(column)}${first}`, ...indent(rest, column)];
    });
  }

  function table({ columns, rows }: TableBlock, width: number): string[] {
    const heads = columns.map((column) => ({ ...column, head: safe(column.head) }));
    const cells = rows.map((row) => row.map((cell) => safe(shorten(cell, MAX_CELL))));
    const widths = fitColumns(heads, cells, width);
    if (widths !== undefined)
      return drawTable(heads, cells, widths, { rule: glyphs.rule, head: (text) => paint('bold', text) });
    // Too narrow for columns: a line for each row.
    return cells.flatMap((row) =>
      list(
        {
          type: 'list',
          ordered: false,
          items: [[{ type: 'paragraph', text: row.map((cell, i) => `${heads[i]!.head} ${cell}`).join('; ') }]],
        },
        width,
      ),
    );
  }

  return { block, blocks, section, stages };
}

/**
 * A command line that is too long, broken where a shell reads on or takes a line break for a semicolon. Not where
 * quotes could hold the operator.
 */
function splitCommands(line: string, width: number): string[] {
  return line.length <= width || /["'`\\]/.test(line) ? [line] : line.split(/(?<= (?:&&|\|\|?)) |(?<!;); /);
}

/** Time stamps of kernel logs and syslog: the first to go when a line is too long. */
const TIMESTAMP = /^(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S+ |\d{4}-\d\d-\d\dT\S+ \S+ )?(?:kernel: )?(?:\[ *\d+\.\d+\] )?/;
