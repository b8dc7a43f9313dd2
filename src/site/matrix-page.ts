import { isFreeBsd } from '../matrix/compare.ts';
import type { CellVerdict } from '../model/matrix.ts';
import type { PatchRow } from '../model/tables.ts';
import { plural, sentence } from '../report/words.ts';
import { type Content, html, type Html, link } from '../web/html.ts';
import { type Card, type Catalogue, counted } from './cards.ts';
import type { FramedPage } from './frame.ts';
import { FILTER_SCRIPT } from './filter-script.ts';
import { filterTable, type TableGroup } from './table.ts';
import { named, NOT_TOLD, patchWords, proofWords, VERDICT_ORDER, verdictChip, verdictCount } from './words.ts';

/** The first page: every combination that was reported, with its verdict. */
export function matrixPage(catalogue: Catalogue): FramedPage {
  const cells = catalogue.cards.flatMap((card) => card.cells);
  const counts = VERDICT_ORDER.map((verdict) => ({
    verdict,
    count: cells.filter((cell) => cell.verdict === verdict).length,
  }));
  return {
    title: 'GPU passthrough in FreeBSD bhyve: what works',
    description:
      'Which graphics card works in a bhyve guest, on which FreeBSD release, with which patch and guest, and how we know.',
    root: '',
    path: 'index.html',
    lead: html`<p class="lead">What people reported for each graphics card, FreeBSD release, patch and guest, and how well it is proven. Every verdict is computed from the reports behind it.</p>
<p class="counts">${counts.filter(({ count }) => count > 0).map(({ verdict, count }) => html`${verdictCount(verdict, count)} `)}<a href="#words">What the words mean</a></p>`,
    main: html`${filterTable(
      'Verdicts by card, FreeBSD release, patch and guest system',
      catalogue.cards.map((card) => groupOf(card, catalogue)),
      'combinations',
    )}
${contribute(catalogue)}
${patchList(catalogue)}
${wordList(counts.filter(({ count }) => count > 0).map(({ verdict }) => verdict))}`,
    scripts: [FILTER_SCRIPT],
  };
}

function groupOf(card: Card, catalogue: Catalogue): TableGroup {
  const page = `gpu/${card.slug}.html`;
  return {
    name: named(card.name),
    href: page,
    pciId: card.pciId,
    vendor: card.vendor,
    family: card.architecture,
    chip: card.chip,
    rows: card.cells.map((cell) => ({
      release: named(cell.release ?? NOT_TOLD),
      patch: named(patchWords(cell.patch)) + (cell.userland === 'qemu' ? ', QEMU' : ''),
      guest: named(cell.guest ?? NOT_TOLD),
      outcome: verdictChip(cell, `${page}#${cell.anchor}`),
      proof: proofWords(cell),
    })),
    ...(card.cells.length === 0 && { remark: withoutVerdict(card, catalogue) }),
  };
}

/** Why a card with reports has no verdict. */
function withoutVerdict(card: Card, catalogue: Catalogue): string {
  const others = card.reports.filter((report) => catalogue.stands(report.id) && !isFreeBsd(report));
  if (counted(card, catalogue).length === 0 && others.length > 0) {
    const systems = [...new Set(others.map(({ host }) => named(host.os)))];
    return `No report from FreeBSD; ${plural(others.length, 'report')} from ${systems.join(', ')}.`;
  }
  return 'Its reports were withdrawn or replaced.';
}

const contribute = ({ wishes }: Catalogue): Html =>
  html`<section class="panel" aria-labelledby="yours"><h2 id="yours">Your card is not here, or you saw something else?</h2>
<p>Run <code>gpudiag collect</code> on the host, then <code>gpudiag matrix contribute</code> on what it wrote. A failure is worth as much as a success. ${
    wishes.length > 0 &&
    html`<a href="retest.html">${plural(wishes.length, 'card')} to try again</a> would tell the most.`
  }</p></section>`;

/** Names such as D51892 say nothing by themselves. */
function patchList({ cards, matrix }: Catalogue): Content {
  const used = new Set(cards.flatMap(({ cells }) => cells.map(({ patch }) => patch)));
  const rows = matrix.tables.patches.filter(({ id }) => used.has(id));
  return (
    rows.length > 0 &&
    html`<section aria-labelledby="patches"><h2 id="patches">Patches</h2><dl class="terms">${rows.map(patchEntry)}</dl></section>`
  );
}

const patchEntry = ({ id, title, component, change, inBaseSince, url }: PatchRow): Html =>
  html`<div><dt>${link(url, id)}</dt><dd>${sentence(title)} <span class="faint">${component}: ${sentence(change)}${inBaseSince !== '' && ` In base since ${sentence(inBaseSince)}`}</span></dd></div>\n`;

const VERDICT_MEANINGS: Record<CellVerdict, string> = {
  works: 'The guest used the card, and nothing went wrong that was told.',
  'works-with-faults': 'The guest used the card, with something amiss: see the reports.',
  conflict: 'Some saw it work and some did not; the page of the card says in what they differ.',
  fails:
    'It did not work, and the stage says how far it got: start of the VM, boot of the guest, enumeration of the device, load and probe of the driver, initialisation of the card, run.',
  unknown: 'Reported, but nobody says whether it worked, or the set-up was at fault and not the card.',
};

const PROOF_MEANINGS: [string, string][] = [
  ['second-hand', 'Somebody says that somebody saw it. It decides only where there is nothing else.'],
  ['reported', 'Told first-hand, in words.'],
  ['evidenced', 'First-hand, with output that shows it.'],
  ['confirmed', 'Evidenced, and seen by another person on another machine.'],
  ['old release', 'The support of that FreeBSD release has ended.'],
  ['before p1, from p1', 'An update of that release repaired passthrough: builds before and after it count apart.'],
];

const wordList = (verdicts: readonly CellVerdict[]): Html =>
  html`<section aria-labelledby="words"><h2 id="words">What the words mean</h2><dl class="terms">${verdicts.map(
    (verdict) =>
      html`<div><dt>${verdictChip({ verdict, failedStages: [] })}</dt><dd>${VERDICT_MEANINGS[verdict]}</dd></div>\n`,
  )}${PROOF_MEANINGS.map(([word, meaning]) => html`<div><dt>${word}</dt><dd>${meaning}</dd></div>\n`)}</dl></section>`;
