import { isFreeBsd } from '../matrix/compare.ts';
import { sortByKind } from '../matrix/judge.ts';
import { type EvidenceRung, EVIDENCE_RUNGS } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import { stageIndex } from '../model/stage.ts';
import type { ObservedBarsRow } from '../model/tables.ts';
import { sentence } from '../report/words.ts';
import { type Content, html, type Html } from '../web/html.ts';
import { bytes, fields } from './blocks.ts';
import { type Card, type Catalogue, counted, type PlacedCell } from './cards.ts';
import type { FramedPage } from './frame.ts';
import { wishReasons } from './retest-page.ts';
import {
  hostWords,
  idLinks,
  named,
  NOT_TOLD,
  outcomeChip,
  patchWords,
  placeWords,
  proofWords,
  verdictChip,
} from './words.ts';

const ROOT = '../';

/** A card: what the reports say together, then each by itself. */
export function cardPage(card: Card, catalogue: Catalogue): FramedPage {
  const { name, pciId, row, cells, wishes, reports } = card;
  const own = counted(card, catalogue);
  const others = reports.filter((report) => catalogue.stands(report.id) && !isFreeBsd(report));
  const retired = reports.filter(({ id }) => !catalogue.stands(id));
  const summary = inShort(cells, own);
  return {
    title: named(name),
    description: `${named(name)} in FreeBSD bhyve. ${summary}`,
    root: ROOT,
    above: html`<p class="above"><a href="../index.html#${new URLSearchParams({ gpu: named(name) }).toString()}">Matrix</a> <span class="faint">/ ${pciId ?? named(name)}</span></p>`,
    lead: html`<p class="lead">${summary}</p><div class="about">${cardFields(card, catalogue.matrix.tables.observedBars.get(pciId ?? ''))}${row?.notes && html`<p class="faint">${sentence(row.notes[0]!.toUpperCase() + row.notes.slice(1))}</p>`}</div>`,
    main: html`${cells.length > 0 && verdicts(cells)}
${reportList('Reports', own)}
${
  wishes.length > 0 &&
  html`<section aria-labelledby="retest"><h2 id="retest">Retest wanted</h2><ul>${wishes.map(
    (wish) => html`<li><b>${named(wish.guest ?? 'Any')} guest, on ${wish.wanted}</b>${wishReasons(wish, ROOT)}</li>\n`,
  )}</ul></section>`
}
${reportList('From other systems than FreeBSD', others)}
${reportList('Withdrawn or replaced', retired)}`,
  };
}

/** What matters in one sentence. */
function inShort(cells: readonly PlacedCell[], reports: readonly GpuObservation[]): string {
  const best = (verdict: PlacedCell['verdict']): PlacedCell | undefined =>
    cells.filter((cell) => cell.verdict === verdict).sort((a, b) => rung(b.confidence) - rung(a.confidence))[0];
  const works = best('works') ?? best('works-with-faults');
  if (works !== undefined) {
    const faults = works.verdict === 'works' ? '' : ' with faults';
    const old = works.age?.endedOn === undefined ? '' : ' The support of that release has ended.';
    return `Works${faults} on ${placeWords(works)} (${works.confidence ?? 'not proven'}).${old}`;
  }
  const disputed = best('conflict');
  if (disputed !== undefined) return `Reports disagree: on ${placeWords(disputed)}, some saw it work and some did not.`;
  const { bad } = sortByKind(reports);
  const furthest = [...bad].sort((a, b) => stage(b) - stage(a))[0];
  if (furthest?.failedStage)
    return `Nobody has reported it working. The furthest anybody came is the stage ${furthest.failedStage}.`;
  return bad.length > 0 ? 'Nobody has reported it working.' : 'No report says whether it works.';
}

const rung = (confidence: EvidenceRung | null): number =>
  confidence === null ? -1 : EVIDENCE_RUNGS.indexOf(confidence);
const stage = ({ failedStage }: GpuObservation): number => (failedStage === null ? -1 : stageIndex(failedStage));

function cardFields({ pciId, vendor, architecture, chip, row }: Card, seen: ObservedBarsRow | undefined): Html {
  const range = row === undefined ? [] : [row.firstBranch, row.lastBranch];
  return fields([
    ['PCI id', pciId ?? NOT_TOLD],
    ['Maker', vendor],
    ['Architecture', architecture],
    ['Chip', chip],
    ['Driver branches', range.some((branch) => branch !== '') && range.map((branch) => branch || '?').join(' to ')],
    ['Open kernel module', row?.openModule],
    ['BARs seen', seen && barWords(seen)],
    [
      'Typical BAR1',
      row?.bar1Bytes !== undefined && `${bytes(row.bar1Bytes)}${row.bar1Derived ? ' (by its family)' : ''}`,
    ],
  ]);
}

/** `BAR0 16 MiB, BAR1 256 MiB`: the size most machines showed for each, where registers begin at offset 10. */
const barWords = ({ bars }: ObservedBarsRow): string =>
  Object.entries(bars)
    .filter(([register]) => register !== '30')
    .map(([register, sizes]) => `BAR${(Number.parseInt(register, 16) - 0x10) / 4} ${bytes(sizes[0]!.size)}`)
    .join(', ');

const verdicts = (cells: readonly PlacedCell[]): Html =>
  html`<section aria-labelledby="verdicts"><h2 id="verdicts">Verdicts</h2>
<table class="matrix"><thead><tr><th scope="col">FreeBSD</th><th scope="col">Patch</th><th scope="col">Guest</th><th scope="col">Outcome</th></tr></thead><tbody>
${cells.map(
  (cell) =>
    html`<tr id="${cell.anchor}"><td>${named(cell.release ?? NOT_TOLD)}</td><td>${named(patchWords(cell.patch))}${cell.userland === 'qemu' && ', QEMU'}</td><td>${named(cell.guest ?? NOT_TOLD)}</td><td>${verdictChip(cell)} <small>${proofWords(cell)}</small>${cell.conflict === undefined ? html`<p class="behind">${idLinks(cell.ids, ROOT)}</p>` : differences(cell.conflict)}</td></tr>\n`,
)}</tbody></table></section>`;

function differences({ working, failing, differsIn }: NonNullable<PlacedCell['conflict']>): Html {
  return html`<p>Works for ${idLinks(working, ROOT)}; fails for ${idLinks(failing, ROOT)}.</p>${
    differsIn.length === 0
      ? html`<p>They differ in nothing that both tell.</p>`
      : html`<ul>${differsIn.map(
          ({ field, working: good, failing: bad }) =>
            html`<li>Differs in <b>${field}</b>: works with ${good.join(' / ')}; fails with ${bad.join(' / ')}</li>`,
        )}</ul>`
  }`;
}

function reportList(title: string, reports: readonly GpuObservation[]): Content {
  if (reports.length === 0) return undefined;
  const anchor = title.toLowerCase().replaceAll(' ', '-');
  return html`<section aria-labelledby="${anchor}"><h2 id="${anchor}">${title} <span class="faint">${reports.length}</span></h2><ul class="reports">${reports.map(entry)}</ul></section>`;
}

/** One report with its summary: enough to decide whether to open it. */
function entry(report: GpuObservation): Html {
  const { id, bhyve, guest, grade, source, summary } = report;
  const place = [hostWords(report), patchWords(bhyve.patch), guest.os, guest.driver].filter(Boolean).join(', ');
  return html`<li class="panel"><h3><a class="id" href="../report/${id}.html">${id}</a> ${outcomeChip(report)}</h3><p class="faint">${place}</p><p>${sentence(summary)}</p><p class="faint">${[grade, source.date, source.kind].filter(Boolean).join(', ')}</p></li>\n`;
}
