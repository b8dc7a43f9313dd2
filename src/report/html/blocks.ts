import type { Ref } from '../../model/source.ts';
import { clean, shorten } from '../../model/text.ts';
import { type Content, html, type Html, join, link } from '../../web/html.ts';
import {
  type Block,
  type ListBlock,
  MAX_PROSE,
  type ParagraphBlock,
  type QuotesBlock,
  type StagesBlock,
  type TableBlock,
} from '../document.ts';
import { ladder } from './ladder.ts';

export interface DrawingOptions {
  /** where on the page a line of the evidence stands; undefined when it does not */
  anchorOf: (place: Ref) => string | undefined;
  /** where on the page a finding is told in full */
  anchorOfCode: (code: string) => string | undefined;
}

export interface Drawing {
  blocks: (items: readonly Block[]) => Content;
  prose: (text: string) => Content;
  /** `file:12`, leading to that line in its context */
  place: (place: Ref) => Html;
}

const COMMAND = /`([^`]+)`/;
/** What may be the code of a finding. */
const CODE = /([a-z][a-z0-9]*(?:-[a-z0-9]+)+)/;

/** Draws blocks as elements. What stands in them is text: the templates escape it. */
export function createDrawing({ anchorOf, anchorOfCode }: DrawingOptions): Drawing {
  const block = (item: Block): Content => {
    switch (item.type) {
      case 'paragraph':
        return paragraph(item);
      case 'fields':
        return html`<dl class="fields">${item.fields.map(
          ({ label, text }) => html`<div><dt>${label}</dt><dd>${prose(text)}</dd></div>`,
        )}</dl>`;
      case 'stages':
        return stages(item);
      case 'quotes':
        return quotes(item);
      case 'links':
        return html`<p><b>${item.lead}</b> ${join(
          item.addresses.map((address) => link(address, prose(address))),
          ', ',
        )}</p>`;
      case 'code':
        return html`<pre><code>${clean(item.lines[0] ?? '')}${item.lines.slice(1).map((line) => `\n${clean(line)}`)}</code></pre>`;
      case 'list':
        return list(item);
      case 'table':
        return table(item);
    }
  };
  const blocks = (items: readonly Block[]): Content => items.map((item) => html`${block(item)}\n`);

  /** Text in one line: commands between backticks become code, codes of findings lead to them. */
  const prose = (text: string): Content =>
    shorten(clean(text), MAX_PROSE)
      .split(COMMAND)
      .map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : linked(part)));

  const linked = (text: string): Content =>
    text.split(CODE).map((part, i) => {
      const anchor = i % 2 === 1 ? anchorOfCode(part) : undefined;
      return anchor === undefined ? part : html`<a class="code" href="#${anchor}">${part}</a>`;
    });

  function paragraph({ lead, text, tone }: ParagraphBlock): Html {
    const body = lead === undefined ? prose(text) : html`<b>${prose(lead)}</b> ${prose(text)}`;
    return tone === undefined || tone === 'plain' ? html`<p>${body}</p>` : html`<p class="${tone}">${body}</p>`;
  }

  const stages = ({ stages: marks, names, words }: StagesBlock): Html =>
    html`${ladder(marks, names)}<p>${prose(words)}</p>`;

  const place = (ref: Ref): Html => {
    const name = `${clean(ref.artifact)}:${ref.line}`;
    const anchor = anchorOf(ref);
    return anchor === undefined
      ? html`<span class="place">${name}</span>`
      : html`<a class="place" href="#${anchor}">${name}</a>`;
  };

  const quotes = ({ quotes: lines }: QuotesBlock): Html =>
    html`<ul class="quotes">${lines.map(
      ({ artifact, line, quote }) => html`<li>${place({ artifact, line })} <code>${clean(quote).trim()}</code></li>`,
    )}</ul>`;

  function list({ ordered, items }: ListBlock): Html {
    const entries = items.map((item) => html`<li>${item.length === 1 ? inline(item[0]!) : blocks(item)}</li>\n`);
    return ordered ? html`<ol>${entries}</ol>` : html`<ul>${entries}</ul>`;
  }

  /** A single sentence needs no paragraph in its list entry. */
  const inline = (item: Block): Content =>
    item.type === 'paragraph' && item.lead === undefined ? prose(item.text) : block(item);

  function table({ columns, rows }: TableBlock): Html {
    const cell = (text: string, i: number): Html =>
      columns[i]?.align === 'right' ? html`<td class="right">${prose(text)}</td>` : html`<td>${prose(text)}</td>`;
    return html`<div class="scroll" tabindex="0" role="group" aria-label="${columns.map(({ head }) => head).join(', ')}"><table><thead><tr>${columns.map(
      ({ head, align }) => html`<th scope="col"${align && html` class="right"`}>${head}</th>`,
    )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
  }

  return { blocks, prose, place };
}
