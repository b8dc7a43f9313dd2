import type { RetestWish } from '../model/matrix.ts';
import { plural, sentence } from '../report/words.ts';
import { html, type Html } from '../web/html.ts';
import type { Catalogue } from './cards.ts';
import type { FramedPage } from './frame.ts';
import { idLinks, named } from './words.ts';

/** What should be tried again, the most pressing first. */
export function retestPage(catalogue: Catalogue): FramedPage {
  const { wishes } = catalogue;
  return {
    title: 'Retest wanted',
    description: 'Graphics cards of which a new report from FreeBSD bhyve would tell the most.',
    root: '',
    path: 'retest.html',
    lead: html`<p class="lead">Do you have one of these cards? A new report would tell the most here: reports disagree, a repair came since, or the last success is on a release whose support has ended. The most pressing come first.</p>
<p>${plural(wishes.length, 'combination')} of card and guest. Try it, then run <code>gpudiag collect</code> on the host and <code>gpudiag matrix contribute</code> on what it wrote.</p>`,
    main: html`<ol class="reports">${wishes.map((wish) => item(wish, catalogue))}</ol>`,
  };
}

function item(wish: RetestWish, { cardOf }: Catalogue): Html {
  const { gpu, pciId, guest, wanted } = wish;
  const card = cardOf(wish);
  const name = named(gpu);
  return html`<li class="panel"><h2>${card === undefined ? name : html`<a href="gpu/${card.slug}.html">${name}</a>`} <span class="faint">${pciId}</span></h2>
<p>Wanted: <b>${wanted}, ${named(guest ?? 'any')} guest</b></p>${wishReasons(wish, '')}</li>\n`;
}

/** Reports named behind each reason; the page of the card has all. */
const NAMED = 6;

export const wishReasons = ({ why }: RetestWish, root: string): Html =>
  html`<ul>${why.map(
    ({ text, ids }) =>
      html`<li>${sentence(text[0]!.toUpperCase() + text.slice(1))} <small>${idLinks(ids.slice(0, NAMED), root)}${ids.length > NAMED && ` and ${ids.length - NAMED} more`}</small></li>`,
  )}</ul>`;
