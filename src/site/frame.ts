import { plural } from '../report/words.ts';
import { type Content, html, type Html } from '../web/html.ts';
import { renderPage } from '../web/page.ts';
import type { Catalogue } from './cards.ts';
import { STYLE } from './style.ts';

/** The pages that every page leads to. */
const PLACES = [
  { path: 'index.html', title: 'Matrix' },
  { path: 'reports.html', title: 'Reports' },
  { path: 'retest.html', title: 'Retest wanted' },
  { path: 'changes.html', title: 'Changes' },
] as const;

export interface FramedPage {
  title: string;
  description: string;
  /** way back to the first page: empty, or `../` */
  root: '' | '../';
  /** set on the pages that the navigation leads to */
  path?: (typeof PLACES)[number]['path'];
  /** above the title */
  above?: Content;
  /** below the title */
  lead: Content;
  main: Content;
  scripts?: readonly string[];
}

/** Makes pages of one site: the same head and foot around each. */
export function createFrame({ matrix, date }: Catalogue, version: string): (page: FramedPage) => string {
  const foot = `Computed from ${plural(matrix.observations.length, 'report')} by gpudiag ${version}. Support of releases as of ${date}. The data is free for any use (CC0).`;
  return ({ title, description, root, path, above, lead, main, scripts = [] }) => {
    const place = (item: (typeof PLACES)[number]): Html =>
      html`<li><a href="${root}${item.path}"${item.path === path && html` aria-current="page"`}>${item.title}</a></li>`;
    const body = html`<header class="wrap top"><nav class="places" aria-label="Site"><a class="brand" href="${root}index.html">bhyve GPU matrix</a><ul>${PLACES.map(place)}<li><a href="${root}feed.xml" type="application/atom+xml">Feed</a></li></ul></nav>
${above}<h1>${title}</h1>
${lead}</header>
<main id="main" class="wrap" tabindex="-1">
${main}
</main>
<footer class="wrap faint"><p>${foot}</p></footer>`;
    const page = {
      title: path === 'index.html' ? title : `${title} (bhyve GPU matrix)`,
      description,
      body,
      styles: [STYLE],
      scripts,
      feed: { title: 'Changes in the bhyve GPU matrix', href: `${root}feed.xml` },
    };
    return renderPage(page);
  };
}
