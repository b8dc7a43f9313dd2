import type { Artifact } from '../../model/artifact.ts';
import type { CardVerdict, Report } from '../../model/report.ts';
import type { Ref } from '../../model/source.ts';
import { type Content, html, type Html } from '../../web/html.ts';
import { renderPage } from '../../web/page.ts';
import { mainCause, otherCauses } from '../content/causes.ts';
import { documentOf } from '../content/document.ts';
import { named, quotes } from '../content/evidence.ts';
import { alsoSeen, notLookedAt } from '../content/findings.ts';
import { stagesOf } from '../content/identity.ts';
import { allInputs, notUnderstood, nothingUnderstood } from '../content/inputs.ts';
import { nextSteps } from '../content/next-steps.ts';
import { tables } from '../content/tables.ts';
import { windowSection } from '../content/windows.ts';
import { bullets, paragraph, type Section } from '../document.ts';
import { OUTCOME_WORDS, sentence } from '../words.ts';
import { addressPicture } from './address-picture.ts';
import { createDrawing, type Drawing } from './blocks.ts';
import { reportOfCard } from './card-report.ts';
import { excerptsOf } from './excerpts.ts';
import { anchorsOf, findingsSection } from './findings.ts';
import { matrixSection } from './matrix.ts';
import { STYLE } from './style.ts';
import { toneOf } from './tone.ts';

/** Cards that get a section each; a machine with more is a lab and reads JSON. */
const MAX_CARDS = 16;
/** Excluded causes shown at once; the rest can be opened. */
const EXCLUDED = 6;
const MAX_MAPS = 8;

export interface HtmlOptions {
  /** the texts that were read: quoted lines are shown in their context. Without them, only the quotes are */
  artifacts: readonly Artifact[];
  /** private values were replaced before anything was looked at */
  redacted: boolean;
}

/** The report as a page in one file that needs nothing else and runs no script. */
export function renderHtml(report: Report, { artifacts, redacted }: HtmlOptions): string {
  const excerpts = excerptsOf(artifacts, citedLines(report));
  const anchors = anchorsOf(report);
  const drawing = createDrawing({ anchorOf: excerpts.anchorOf, anchorOfCode: (code) => anchors.get(code) });
  const { title, identity, verdict, footer } = documentOf(report, true);
  const several = report.cards.length > 1;
  const body = html`<header class="wrap top"><p class="brand">gpudiag report</p>
<h1>${drawing.prose(several ? cardsTitle(report) : title)}</h1>
<div class="verdict">${drawing.blocks(verdict)}</div>
${drawing.blocks([several ? { type: 'fields', fields: identity.fields.filter(({ label }) => label !== 'Card') } : identity])}</header>
<main id="main" class="wrap">
${several ? eachCard(report, drawing) : html`${progress(report, drawing)}${causeAndFix(report, drawing)}`}
${addressSection(report, drawing)}
<div class="rest">${restOf(report, drawing)}</div>
${excerpts.section}
</main>
<footer class="wrap faint">${drawing.blocks([paragraph(footer)])}
<p>${drawing.prose(redacted ? REDACTED : AS_IT_STANDS)}</p></footer>`;
  return renderPage({ title: `${several ? cardsTitle(report) : title} (gpudiag)`, body, styles: [STYLE] });
}

const REDACTED =
  'Host and user names, addresses, serial numbers and the like were replaced where they have a known form. Look the page over before you pass it on.';
const AS_IT_STANDS =
  'The page quotes lines of the evidence as they stand in it. Before you pass it on, `--redact` replaces names, addresses and serial numbers; `gpudiag collect` has done so in the files it writes.';

/** The quoted lines, those that carry the verdict first. */
function citedLines({ verdict, findings }: Report): Ref[] {
  const causes = new Set(verdict.causes.map(({ code }) => code));
  const first = findings.filter(({ code, state }) => state === 'present' && causes.has(code));
  return [
    ...first.flatMap(({ evidence }) => evidence),
    ...verdict.stages.flatMap(({ evidence }) => evidence),
    ...verdict.ruledOut.flatMap(({ because }) => because),
    ...findings.flatMap(({ evidence }) => evidence),
  ];
}

/** How far it got, and what shows it. */
function progress(report: Report, { blocks, prose, place }: Drawing): Html {
  const shown = report.verdict.stages.filter(({ because }) => because !== undefined);
  return html`<section class="panel progress" aria-label="How far it got">${blocks([stagesOf(report)])}
${
  shown.length > 0 &&
  html`<details class="screen-only"><summary>What shows each stage</summary><dl class="stages">${shown.map(
    ({ id, because, evidence }) =>
      html`<div><dt>${id}</dt><dd>${prose(sentence(because!))}${evidence.slice(0, 2).map((line) => html` ${place(line)}`)}</dd></div>`,
  )}</dl></details>`
}</section>`;
}

/** What is wrong and what to do, side by side where there is room. */
function causeAndFix(report: Report, drawing: Drawing): Content {
  if (nothingUnderstood(report)) return sections(notUnderstood(report, true), drawing);
  const told = mainCause(report, false);
  return told.length > 0 && html`<div class="pair">${told.map((section) => panel(section, drawing))}</div>`;
}

const panel = ({ title, blocks }: Section, drawing: Drawing): Html =>
  html`<section class="panel"><h2>${title}</h2>${drawing.blocks(blocks)}</section>\n`;

function eachCard(report: Report, drawing: Drawing): Html {
  const cards = report.cards.slice(0, MAX_CARDS);
  const more = report.cards.length - cards.length;
  return html`<nav class="panel" aria-label="Cards"><ul class="cards">${cards.map(
    (card, i) =>
      html`<li><span class="chip ${toneOf(card.outcome)}">${OUTCOME_WORDS[card.outcome]}</span> <a href="#card-${i + 1}">${nameOf(card)}</a> <span class="faint">${addressesOf(card)}</span></li>`,
  )}</ul>${more > 0 && html`<p>and ${more} more</p>`}</nav>
${cards.map((card, i) => cardSection(reportOfCard(report, card), card, i + 1, drawing))}`;
}

function cardSection(report: Report, card: CardVerdict, number: number, drawing: Drawing): Html {
  const cause = mainCause(report, false);
  return html`<section class="card" aria-labelledby="card-${number}"><h2 id="card-${number}">${nameOf(card)} <span class="faint">${addressesOf(card)}</span> <span class="chip ${toneOf(card.outcome)}">${OUTCOME_WORDS[card.outcome]}</span></h2>
${drawing.blocks([paragraph(sentence(card.summary)), stagesOf(report)])}
${cause.length > 0 && html`<div class="pair">${cause.map(({ title, blocks }) => html`<section class="panel"><h3>${title}</h3>${drawing.blocks(blocks)}</section>\n`)}</div>`}
${otherCauses(report, true).map(({ title, blocks }) => html`<h3>${title}</h3>${drawing.blocks(blocks)}`)}</section>`;
}

/** The causes that no card's section tells: those after the first, or those that are about none of the cards. */
function furtherCauses(report: Report): Section[] {
  const { cards, verdict } = report;
  if (cards.length < 2) return otherCauses(report, true);
  const [first, ...others] = verdict.causes;
  if (first === undefined) return [];
  const told = new Set(cards.flatMap(({ causes }) => causes.map(({ code }) => code)));
  const causes = [first, ...others.filter(({ code }) => !told.has(code))];
  return otherCauses({ ...report, verdict: { ...verdict, causes } }, true);
}

/** A heading for all of them: the document's is about the first. */
function cardsTitle({ cards }: Report): string {
  const faulty = cards.filter(({ outcome }) => toneOf(outcome) === 'bad').length;
  return `${cards.length} GPUs${faulty === 0 ? '' : `, ${faulty} of them ${faulty === 1 ? 'does' : 'do'} not work`}`;
}

const nameOf = ({ name, pciId }: CardVerdict): string => name ?? pciId ?? 'GPU';

const addressesOf = ({ hostBdf, guestBdf, vm, guest }: CardVerdict): string =>
  [hostBdf && `host ${hostBdf}`, guestBdf && `guest ${guestBdf}`, vm ?? guest].filter(Boolean).join(', ');

/** The picture of each VM's address space, with its numbers beside it. */
function addressSection(report: Report, drawing: Drawing): Content {
  const maps = (report.overview.windows ?? []).slice(0, MAX_MAPS);
  if (maps.length === 0) return undefined;
  return html`<section aria-labelledby="space"><h2 id="space">Address space</h2>
${maps.map(
  (map, i) => html`<div class="panel space"><figure>${addressPicture(map, report.overview.bars, `map${i + 1}`)}
<figcaption class="faint"><p><span class="key fits">fits</span> <span class="key misfit">does not fit</span> <span class="key affected">has room, not used or not known</span></p><p>To scale within each half, but for what would be too thin to see. * computed, not seen.</p></figcaption></figure>
<div>${windowSection([map]).map(({ blocks }) => drawing.blocks(blocks))}</div></div>\n`,
)}</section>`;
}

/** What a reader looks up. */
function restOf(report: Report, drawing: Drawing): Content {
  const empty = nothingUnderstood(report);
  return html`
${sections(nextSteps(report, true), drawing)}
${sections(furtherCauses(report), drawing)}
${excluded(report, drawing)}
${!empty && matrixSection(report, drawing)}
<div class="tables">${sections(tables(report, false), drawing)}</div>
<div class="seen">${sections(alsoSeen(report, true), drawing)}</div>
${findingsSection(report, drawing)}
${folded(notLookedAt(report, true), drawing)}
${!empty && sections(notUnderstood(report, true), drawing)}
${folded(allInputs(report), drawing)}`;
}

const sections = (items: readonly Section[], drawing: Drawing): Content =>
  items.map(({ title, blocks }) => html`<section><h2>${title}</h2>${drawing.blocks(blocks)}</section>\n`);

/** Long lists that few read: closed until asked for. */
const folded = (items: readonly Section[], drawing: Drawing): Content =>
  items.map(
    ({ title, blocks }) =>
      html`<section class="folded"><details><summary><h2>${title}</h2></summary>${drawing.blocks(blocks)}</details></section>\n`,
  );

function excluded({ verdict: { ruledOut } }: Report, { blocks }: Drawing): Content {
  if (ruledOut.length === 0) return undefined;
  const list = (items: typeof ruledOut): Content =>
    blocks([bullets(items.map((item) => [paragraph(named(item)), ...quotes(item.because, 1)]))]);
  const rest = ruledOut.slice(EXCLUDED);
  return html`<section class="excluded"><h2>Ruled out</h2>${list(ruledOut.slice(0, EXCLUDED))}${
    rest.length > 0 && html`<details><summary>${`${rest.length} more`}</summary>${list(rest)}</details>`
  }</section>\n`;
}
