/**
 * What a report says, in order, free of how it looks: `content/` turns a Report into one, `text.ts` and `markdown.ts`
 * draw it. Strings are raw: they may hold anything that stood in the evidence, and each renderer makes them safe for
 * where they go, at the one place where it draws them. A command inside a sentence stands between backticks.
 */
export interface ReportDocument {
  title: string;
  /** card, host and guest */
  identity: FieldsBlock;
  stages: StagesBlock;
  verdict: Block[];
  /** what a reader acts on: cause, fix, nearest working combination, candidates, next steps */
  sections: Section[];
  /** what a reader looks up: tables, notices, matrix, inputs */
  details: Section[];
  footer: string;
}

/** Longest piece of prose that is shown, in UTF-16 units; what is longer is no sentence. */
export const MAX_PROSE = 1000;
/** The same for a cell of a table on a terminal: drawing takes time with the square of its lines. */
export const MAX_CELL = 400;

export interface Section {
  title: string;
  blocks: Block[];
}

export type Tone = 'plain' | 'strong' | 'good' | 'faint';

/** Prose. `lead` is a short label set off from it (`Risk:`); with an empty text it stands alone. */
export interface ParagraphBlock {
  type: 'paragraph';
  lead?: string;
  text: string;
  tone?: Tone;
}

export interface FieldsBlock {
  type: 'fields';
  fields: { label: string; text: string }[];
}

export type StageMark = 'passed' | 'at-risk' | 'failed' | 'unknown' | 'not-reached';

export interface StagesBlock {
  type: 'stages';
  /** what the marks are called, where they do not tell of something that has happened */
  names?: Partial<Record<StageMark, string>>;
  stages: { name: string; mark: StageMark }[];
  /** the same in words, one or two sentences */
  words: string;
}

/** Lines of the evidence, each with its place. */
export interface QuotesBlock {
  type: 'quotes';
  quotes: { artifact: string; line: number; quote: string }[];
  /** a quote longer than a line is wrapped, not cut: what proves something may stand at its end */
  whole?: boolean;
}

/** Where to read on. Only addresses that the program itself knows, never one from the evidence. */
export interface LinksBlock {
  type: 'links';
  lead: string;
  addresses: string[];
}

/** Commands or lines of a file, to be copied as they are. */
export interface CodeBlock {
  type: 'code';
  language: 'sh' | 'text';
  lines: string[];
}

export interface ListBlock {
  type: 'list';
  ordered: boolean;
  items: Block[][];
}

export interface Column {
  head: string;
  /** may be narrowed and wrapped when the table is too wide */
  flexible?: boolean;
  align?: 'right';
}

export interface TableBlock {
  type: 'table';
  columns: Column[];
  rows: string[][];
}

export type Block =
  ParagraphBlock | FieldsBlock | StagesBlock | QuotesBlock | LinksBlock | CodeBlock | ListBlock | TableBlock;

export const paragraph = (text: string, tone?: Tone): ParagraphBlock => ({
  type: 'paragraph',
  text,
  ...(tone && { tone }),
});

export const labelled = (lead: string, text = ''): ParagraphBlock => ({ type: 'paragraph', lead, text });

export const bullets = (items: Block[][]): ListBlock => ({ type: 'list', ordered: false, items });

export const numbered = (items: Block[][]): ListBlock => ({ type: 'list', ordered: true, items });

/** Only the language is looked at for highlighting; a command with line breaks becomes several lines. */
export const code = (text: string, language: CodeBlock['language'] = 'sh'): CodeBlock => ({
  type: 'code',
  language,
  lines: text.split('\n'),
});
