import type { Report } from '../../model/report.ts';
import { type Content, html, type Html } from '../../web/html.ts';
import { nearestWorking } from '../content/matrix.ts';
import { labelled, paragraph } from '../document.ts';
import { MATRIX_WORDS, OUTCOME_WORDS, sentence } from '../words.ts';
import type { Drawing } from './blocks.ts';
import { toneOf } from './tone.ts';

type Matrix = Report['matrix'];
type Match = Matrix['matches'][number];

/** Reports shown at once; the rest can be opened. */
const SHOWN = 4;
const MOST = 20;

/** What others report of combinations like this one, and which of them works. */
export function matrixSection(report: Report, drawing: Drawing): Html {
  const { verdict, confidence, because, matches, alternatives, platform, elsewhere } = report.matrix;
  const { blocks, prose } = drawing;
  const certainty = confidence === undefined ? '' : ` (${confidence})`;
  return html`<section aria-labelledby="matrix"><h2 id="matrix">What others report</h2>
${blocks([labelled(`${MATRIX_WORDS[verdict]}${certainty}:`, sentence(because))])}
${nearestWorking(report, true).map((section) => html`<h3>${section.title}</h3>${blocks(section.blocks)}`)}
${matches.length > 0 && html`<h3>Nearest reports</h3>${matchList(matches.slice(0, SHOWN), drawing)}${opened('More reports', matches.slice(SHOWN, MOST), drawing)}`}
${
  platform.length > 0 &&
  html`<h3>About this FreeBSD release</h3>${blocks(
    platform
      .slice(0, MOST)
      .flatMap(({ id, outcome, summary, workaround }) => [
        labelled(`${OUTCOME_WORDS[outcome]}:`, `${summary} (${id})`),
        ...(workaround === null ? [] : [labelled('Remedy:', sentence(workaround))]),
      ]),
  )}`
}
${
  alternatives.length > 0 &&
  html`<details><summary>Other combinations that work (${alternatives.length})</summary><ul>${alternatives
    .slice(0, MOST)
    .map(
      ({ id, grade, why, change }) => html`<li><b>${id}</b> (${grade}): ${prose(why)}${changes(change)}</li>`,
    )}</ul></details>`
}
${opened('From other systems than FreeBSD', elsewhere.slice(0, MOST), drawing)}
${matches.length + platform.length + alternatives.length + elsewhere.length === 0 && blocks([paragraph('No report is near enough to be of use.', 'faint')])}</section>`;
}

const opened = (title: string, matches: readonly Match[], drawing: Drawing): Content =>
  matches.length > 0 &&
  html`<details><summary>${title} (${matches.length})</summary>${matchList(matches, drawing)}</details>`;

const matchList = (matches: readonly Match[], { prose }: Drawing): Html =>
  html`<ul class="matches">${matches.map(
    ({ id, outcome, grade, why, os, differsIn }) =>
      html`<li><span class="chip ${toneOf(outcome)}">${OUTCOME_WORDS[outcome]}</span> <b>${id}</b> (${[grade, os].filter(Boolean).join(', ')}): ${prose(why)}${changes(
        differsIn.map(({ field, yours, theirs }) => ({ field, from: yours, to: theirs })),
      )}</li>\n`,
  )}</ul>`;

const changes = (fields: readonly { field: string; from: string; to: string }[]): Content =>
  fields.length > 0 &&
  html`<br><span class="faint">${fields.map(({ field, from, to }) => `${field}: yours ${from}, theirs ${to}`).join('; ')}</span>`;
