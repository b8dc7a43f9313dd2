import { kindOf, type ReportKind } from '../matrix/judge.ts';
import type { CellVerdict, MatrixCell } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { shorten } from '../model/text.ts';
import { OUTCOME_WORDS, plural } from '../report/words.ts';
import { type Content, html, type Html } from '../web/html.ts';

/** How entries and verdicts are said on every page. */

/** Names in tables and titles are not longer than this; the page of the entry has them whole. */
const MAX_NAME = 120;
export const named = (text: string): string => shorten(text, MAX_NAME);

/** What nobody told is said as a word: an empty cell could be read as none. */
export const NOT_TOLD = 'not told';

export const patchWords = (patch: string): string =>
  patch === 'unknown' ? NOT_TOLD : patch === 'other' ? 'own patch' : patch;

const VERDICT_WORDS: Record<CellVerdict, string> = {
  works: 'works',
  'works-with-faults': 'works with faults',
  fails: 'fails',
  conflict: 'reports disagree',
  unknown: 'not known',
};

const VERDICT_TONES: Record<CellVerdict, string> = {
  works: 'good',
  'works-with-faults': 'warn',
  fails: 'bad',
  conflict: 'warn',
  unknown: 'none',
};

/** Order in which verdicts are counted and chosen from, the best news first. */
export const VERDICT_ORDER: readonly CellVerdict[] = ['works', 'works-with-faults', 'conflict', 'fails', 'unknown'];

const KIND_TONES: Record<ReportKind, string> = {
  good: 'good',
  faulty: 'warn',
  bad: 'bad',
  'set-up': 'bad',
  open: 'none',
};

/** A word on a coloured ground; a link where there is somewhere to go. */
const chip = (tone: string, words: string, href?: string): Html =>
  href === undefined
    ? html`<span class="chip ${tone}">${words}</span>`
    : html`<a class="chip ${tone}" href="${href}">${words}</a>`;

export const outcomeChip = (report: Pick<Observation, 'outcome' | 'failedStage'>, href?: string): Html =>
  chip(KIND_TONES[kindOf(report)], OUTCOME_WORDS[report.outcome], href);

/** `fails at start, boot` */
export const verdictWords = ({ verdict, failedStages }: Pick<MatrixCell, 'verdict' | 'failedStages'>): string =>
  verdict === 'fails' && failedStages.length > 0 ? `fails at ${failedStages.join(', ')}` : VERDICT_WORDS[verdict];

export const verdictChip = (cell: Pick<MatrixCell, 'verdict' | 'failedStages'>, href?: string): Html =>
  chip(VERDICT_TONES[cell.verdict], verdictWords(cell), href);

const COUNT_WORDS: Record<CellVerdict, [one: string, many: string]> = {
  works: ['works', 'work'],
  'works-with-faults': ['works with faults', 'work with faults'],
  fails: ['fails', 'fail'],
  conflict: ['disputed', 'disputed'],
  unknown: ['not known', 'not known'],
};

/** `31 work` */
export const verdictCount = (verdict: CellVerdict, count: number): Html =>
  chip(VERDICT_TONES[verdict], `${count} ${COUNT_WORDS[verdict][count === 1 ? 0 : 1]}`);

/** `evidenced, 3 reports, 2025-09, release ended` */
export function proofWords({ confidence, counts, ids, latest, age }: MatrixCell): string {
  const proof = confidence ?? (counts.setUp > 0 ? 'set-up failed' : 'no outcome');
  return [
    proof,
    plural(ids.length, 'report'),
    ...(latest === null ? [] : [latest]),
    ...(age?.endedOn === undefined ? [] : ['old release']),
  ].join(', ');
}

/** `15.0 before p1, D51892, Linux guest` */
export const placeWords = ({ release, patch, userland, guest }: MatrixCell): string =>
  [
    release === null ? 'a release that is not told' : `FreeBSD ${release}`,
    patch === 'unknown' ? 'patch not told' : patchWords(patch),
    ...(userland === 'qemu' ? ['QEMU'] : []),
    guest === null ? 'guest not told' : `${guest} guest`,
  ].join(', ');

/** The host of a report in one line: `FreeBSD 14.3-RELEASE`, `SmartOS (illumos) 2020-02`. */
export const hostWords = ({ host }: Observation): string =>
  [host.os, host.release ?? '(release not told)'].filter(Boolean).join(' ');

export const deviceName = (observation: Observation): string =>
  named(
    observation.subject === 'gpu' ? observation.gpu.name : (observation.device?.name ?? 'Host without a card in it'),
  );

/** What one report is about: the title of its page and of its entry in the feed. */
export const reportTitle = (observation: Observation): string =>
  `${deviceName(observation)}, ${named(hostWords(observation))}: ${OUTCOME_WORDS[observation.outcome]}`;

/** Ids as links to their pages. */
export const idLinks = (ids: readonly string[], root: string): Content[] =>
  ids.flatMap((id, i) => [i === 0 ? '' : ', ', html`<a class="id" href="${root}report/${id}.html">${id}</a>`]);
