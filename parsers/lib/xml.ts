/**
 * A reader for the plain XML that diagnosis tools print: elements, attributes, text, CDATA. Comments, processing
 * instructions and the document type (with its internal subset) are skipped; no entity is expanded but the five of the
 * XML specification and character references; depth and number of elements are bounded. Never throws: what is cut
 * off or does not nest is named in `problems`, and what was read so far is returned.
 */
import type { Problem } from '../../src/model/artifact.ts';
import type { Located } from '../../src/model/source.ts';

export interface XmlElement extends Located {
  name: string;
  attributes: ReadonlyMap<string, string>;
  /** text directly inside, trimmed */
  text: string;
  children: XmlElement[];
}

export interface XmlDocument {
  /** the root, or the elements an excerpt begins with */
  elements: XmlElement[];
  /** system identifier of the document type: `nvsmi_device_v12.dtd` */
  doctype?: string;
  problems: Problem[];
}

const MAX_DEPTH = 32;
const MAX_ELEMENTS = 60_000;
const MAX_TEXT = 2000;
const MAX_TAG = 4000;
const MAX_NAME = 130;
const MAX_PROBLEMS = 20;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,8}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES.get(name) ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const ATTRIBUTE = /([\w:.-]{1,64})\s{0,8}=\s{0,8}(?:"([^"]{0,500})"|'([^']{0,500})')/g;

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

const attributesOf = (source: string): ReadonlyMap<string, string> =>
  !source.includes('=')
    ? NO_ATTRIBUTES
    : new Map([...source.matchAll(ATTRIBUTE)].map((match) => [match[1]!, decode(match[2] ?? match[3] ?? '')]));

/** Markup that is skipped whole: how it begins and where it ends (index behind it, or -1 when it is cut off). */
const SKIPPED: { start: string; end: (text: string, from: number) => number }[] = [
  { start: '<!--', end: (text, from) => after(text, '-->', from) },
  { start: '<?', end: (text, from) => after(text, '?>', from) },
  { start: '<!', end: doctypeEnd },
];

function after(text: string, token: string, from: number): number {
  const index = text.indexOf(token, from);
  return index < 0 ? -1 : index + token.length;
}

/** The end of a document type declaration is the `>` outside its internal subset `[ ... ]`. */
function doctypeEnd(text: string, from: number): number {
  const end = after(text, '>', from);
  const subset = end < 0 ? -1 : text.slice(from, end).indexOf('[');
  if (subset < 0) return end;
  const subsetEnd = after(text, ']', from + subset);
  return subsetEnd < 0 ? -1 : after(text, '>', subsetEnd);
}

const NEWLINE = 10;
const EXCLAMATION = 33;
const QUESTION = 63;
const TAG_NAME = /^\/?([A-Za-z_][\w:.-]{0,127})/;

export function readXml(text: string): XmlDocument {
  const elements: XmlElement[] = [];
  const problems: Problem[] = [];
  const stack: XmlElement[] = [];
  let doctype: string | undefined;
  let count = 0;
  // positions looked up ahead and kept, so that each character is searched once
  let close = -1;
  let newline = text.indexOf('\n');
  let skippedDepth = 0;
  let line = 1;
  let position = 0;
  const problem = (message: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push({ message, line });
  };
  /** moves on to `to`, counting lines */
  const advance = (to: number): void => {
    for (; newline >= 0 && newline < to; newline = text.indexOf('\n', newline + 1)) line += 1;
    position = to;
  };
  const addText = (raw: string): void => {
    const open = stack.at(-1);
    if (open && skippedDepth === 0 && open.text.length < MAX_TEXT) open.text += raw.slice(0, MAX_TEXT);
  };
  const closeElement = (name: string): void => {
    if (skippedDepth > 0) {
      skippedDepth -= 1;
      return;
    }
    const index = stack.findLastIndex((element) => element.name === name);
    if (index < 0) problem(`</${name.slice(0, 60)}> closes nothing that is open`);
    else if (index < stack.length - 1) problem(`<${stack.at(-1)!.name.slice(0, 60)}> is not closed`);
    if (index >= 0) for (const element of stack.splice(index)) element.text = decode(element.text).trim();
  };
  const openElement = (name: string, source: string, selfClosed: boolean): void => {
    if (skippedDepth > 0 || stack.length >= MAX_DEPTH) {
      if (skippedDepth === 0) problem(`elements nest deeper than ${MAX_DEPTH} and are left out from here`);
      if (!selfClosed) skippedDepth += 1;
      return;
    }
    const element: XmlElement = { line, name, attributes: attributesOf(source), text: '', children: [] };
    (stack.at(-1)?.children ?? elements).push(element);
    if (!selfClosed) stack.push(element);
  };

  while (position < text.length) {
    const tag = text.indexOf('<', position);
    if (tag < 0) break;
    // Between elements there are blanks, which are trimmed in the end: a newline and tabs are not worth keeping.
    if (tag > position && (text.charCodeAt(position) !== NEWLINE || text.slice(position, tag).trim() !== ''))
      addText(text.slice(position, tag));
    advance(tag);
    const mark = text.charCodeAt(tag + 1);
    const isMarkup = mark === EXCLAMATION || mark === QUESTION;
    if (isMarkup && text.startsWith('<![CDATA[', tag)) {
      const end = text.indexOf(']]>', tag);
      if (end < 0) break;
      addText(text.slice(tag + 9, end).replaceAll('&', '&amp;'));
      advance(end + 3);
      continue;
    }
    const skipped = isMarkup && SKIPPED.find(({ start }) => text.startsWith(start, tag));
    if (skipped) {
      const end = skipped.end(text, tag);
      if (end < 0) break;
      doctype ??= /^<!DOCTYPE\s[^>]{0,200}?["']([^"'>]{1,200})["']/.exec(
        text.slice(tag, Math.min(end, tag + 500)),
      )?.[1];
      advance(end);
      continue;
    }
    if (close < tag) close = text.indexOf('>', tag);
    if (close < 0) break;
    const name = TAG_NAME.exec(text.slice(tag + 1, Math.min(close, tag + MAX_NAME)))?.[1];
    const next = text.indexOf('<', tag + 1);
    if (name === undefined || (next >= 0 && next < close)) {
      // a bare `<` in text
      addText('<');
      advance(tag + 1);
      continue;
    }
    count += 1;
    if (count > MAX_ELEMENTS) {
      problem(`more than ${MAX_ELEMENTS} tags: the rest was not read`);
      break;
    }
    const inside = text.slice(tag + 1, Math.min(close, tag + MAX_TAG));
    if (inside.startsWith('/')) closeElement(name);
    else openElement(name, inside.slice(name.length), text[close - 1] === '/');
    advance(close + 1);
  }
  if (stack.length > 0 && count <= MAX_ELEMENTS) {
    line = text.replace(/\n$/, '').split('\n').length;
    problem(`the text ends inside <${stack.at(-1)!.name.slice(0, 60)}>: it was cut off`);
  }
  for (const element of stack) element.text = decode(element.text).trim();
  return { elements, doctype, problems };
}
