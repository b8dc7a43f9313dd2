import { type Content, html, type Html, join } from '../web/html.ts';
import { named } from './words.ts';

/** One line of the table: a combination, and what came of it. */
export interface TableRow {
  release: string;
  patch: string;
  guest: Content;
  /** what the filter for guests takes it for, where that is not the text */
  guestSystems?: readonly string[];
  outcome: Html;
  /** beside the outcome, small */
  proof: string;
}

/** The lines of one card under its name. */
export interface TableGroup {
  name: Content;
  href?: string;
  /** `10de:1bb3`, vendor and family, chip: where they are told */
  pciId?: string | null;
  vendor?: string | undefined;
  family?: string | null;
  chip?: string | null;
  rows: readonly TableRow[];
  /** said instead of rows */
  remark?: Content;
}

/** Choices of the filter: where in a line its values stand, and the part of a value that several may share. */
const FILTERS = [
  { name: 'gpu', label: 'GPU', from: 'th .name' },
  { name: 'family', label: 'Architecture', from: 'th .family' },
  { name: 'release', label: 'FreeBSD release', from: 'td:nth-child(1)', group: '^\\d+', newestFirst: true },
  { name: 'patch', label: 'Patch', from: 'td:nth-child(2)' },
  { name: 'guest', label: 'Guest', from: 'td:nth-child(3)' },
  { name: 'outcome', label: 'Outcome', from: '.chip', group: '^fails' },
] as const;

/**
 * The matrix as a table, whole without any script, and the form that searches it, which the script (filter-script.ts)
 * fills from the table and shows. End tags that HTML lets one leave out are left out: the table is most of the page.
 */
export function filterTable(caption: string, groups: readonly TableGroup[], unit: string): Html {
  return html`${form(unit)}
<table class="matrix" id="table"><caption class="visually-hidden">${caption}</caption>
<thead><tr><th scope="col">FreeBSD<th scope="col">Patch<th scope="col">Guest<th scope="col">Outcome</thead>
${groups.map(group)}</table>
<p class="panel nothing" id="nothing" hidden>Nothing fits. Choose less, or <a href="#">show all</a>.</p>`;
}

function group({ name, href, vendor, family, chip, pciId, rows, remark }: TableGroup): Html {
  const maker = [vendor, family && html`<span class="family">${named(family)}</span>`].filter(Boolean);
  const about = [maker.length > 0 && join(maker, ' '), chip && named(chip), pciId].filter(Boolean);
  const title =
    href === undefined ? html`<span class="name">${name}</span>` : html`<a class="name" href="${href}">${name}</a>`;
  return html`<tbody><tr><th colspan="4" scope="rowgroup">${title} <small>${join(about, ', ')}</small>
${rows.map(row)}${remark !== undefined && html`<tr><td colspan="4" class="faint">${remark}\n`}`;
}

const row = ({ release, patch, guest, guestSystems, outcome, proof }: TableRow): Html =>
  html`<tr${guestSystems !== undefined && html` data-guest="${guestSystems.join('|')}"`}><td>${release}<td>${patch}<td>${guest}<td>${outcome} <small>${proof}</small>\n`;

/** Hidden until the script can work it. */
function form(unit: string): Html {
  return html`<form class="panel filters screen-only" id="filters" role="search" aria-label="Matrix" data-unit="${unit}" hidden>
<p class="query"><label for="q">Search</label> <input type="search" id="q" name="q" autocomplete="off" spellcheck="false" aria-describedby="q-hint"><small id="q-hint">All words must fit: card, PCI id, chip, release, patch, guest, outcome</small></p>
<details class="more" id="more" open><summary>Filters</summary><div class="choices">${FILTERS.map(
    ({ name, label, from, ...more }) =>
      html`<p><label for="${name}">${label}</label> <select id="${name}" name="${name}" data-from="${from}"${'group' in more && html` data-group="${more.group}"`}${'newestFirst' in more && html` data-newest-first=""`}><option value="">all</option></select></p>\n`,
  )}</div></details>
<p class="told"><span id="told" role="status"></span> <a id="permalink" href="#">Link to this view</a> <button type="reset">Show all</button></p>
</form>`;
}
