import { html, type Html } from '../web/html.ts';
import type { Change, ChangeLog } from './change-log.ts';
import type { FramedPage } from './frame.ts';

export const KIND_WORDS: Record<Change['kind'], string> = {
  added: 'New report',
  changed: 'Changed report',
  withdrawn: 'Withdrawn report',
  removed: 'Removed report',
  verdict: 'Changed verdict',
};

/** What is new, the latest first. `has` tells which pages there are. */
export const changesPage = ({ changes }: ChangeLog, has: (page: string) => boolean): FramedPage => ({
  title: 'Changes',
  description: 'New reports and changed verdicts in the matrix of graphics cards in FreeBSD bhyve.',
  root: '',
  path: 'changes.html',
  lead: html`<p class="lead">New reports and changed verdicts, the latest first. The <a href="feed.xml" type="application/atom+xml">feed</a> tells them to a feed reader. Reports that were here from the beginning stand at the date of their source.</p>`,
  main: html`<ol class="changes">${changes.map((change) => item(change, has))}</ol>`,
});

const item = ({ date, kind, title, text, page }: Change, has: (page: string) => boolean): Html =>
  html`<li><time datetime="${date}">${date}</time><div><p><span class="chip ${kind === 'verdict' ? 'warn' : 'none'}">${KIND_WORDS[kind]}</span> ${
    has(page) ? html`<a href="${page}">${title}</a>` : html`<b>${title}</b>`
  }</p><p class="faint">${text}</p></div></li>\n`;
