import { createHash } from 'node:crypto';
import { html, type Html, raw } from './html.ts';
import { THEME } from './theme.ts';

export interface Page {
  title: string;
  /** one sentence for search engines and previews */
  description?: string;
  /** what stands in `<body>`: a header, one `<main id="main">`, a footer */
  body: Html;
  /** style sheets after the theme. Styles in attributes do not work under the policy: use classes */
  styles?: readonly string[];
  /** run at the end of the page; it must be readable without them. Handlers in attributes do not work */
  scripts?: readonly string[];
  /** an Atom feed that tells what is new here */
  feed?: { title: string; href: string };
}

/**
 * A page in one file that asks for nothing: no request of any kind, no script or style but its own, which the policy
 * names by their hashes. It works from a disk as from a server.
 */
export function renderPage({ title, description, body, styles = [], scripts = [], feed }: Page): string {
  const sheets = [THEME, ...styles].map(tidy);
  const programs = scripts.map((script) => script.trim());
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(sheets, programs)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${description !== undefined && html`<meta name="description" content="${description}">\n`}<link rel="icon" href="data:,">
${feed !== undefined && html`<link rel="alternate" type="application/atom+xml" title="${feed.title}" href="${feed.href}">\n`}<title>${title}</title>
${sheets.map((sheet) => html`<style>${inElement(sheet, 'style')}</style>\n`)}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${body}
${programs.map((program) => html`<script>${inElement(program, 'script')}</script>\n`)}</body>
</html>
`.toString();
}

/** The icon is the one picture: an empty one, so that browsers do not ask a server for theirs. */
const policyOf = (sheets: readonly string[], programs: readonly string[]): string =>
  [
    "default-src 'none'",
    `style-src ${hashes(sheets)}`,
    `script-src ${hashes(programs)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const hashes = (texts: readonly string[]): string =>
  texts.length === 0
    ? "'none'"
    : texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');

/** Style sheets are written to be read; in the page they need not be. */
const tidy = (sheet: string): string =>
  sheet
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .trim();

/** Nothing is escaped inside these elements, so what ends them must not stand in them. */
function inElement(text: string, element: 'style' | 'script'): Html {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) throw new Error(`a ${element} holds what ends it`);
  return raw(text);
}
