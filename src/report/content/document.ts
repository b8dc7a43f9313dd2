import { SEVERITIES } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Block, paragraph, type ReportDocument } from '../document.ts';
import { OUTCOME_WORDS, plural, sentence } from '../words.ts';
import { cardsTable } from './cards.ts';
import { mainCause, otherCauses, ruledOut } from './causes.ts';
import { allFindings, alsoSeen, notLookedAt } from './findings.ts';
import { identityOf, stagesOf } from './identity.ts';
import { allInputs, isUnderstood, notUnderstood, nothingUnderstood } from './inputs.ts';
import { nearestWorking, reportsOfOthers } from './matrix.ts';
import { nextSteps } from './next-steps.ts';
import { tables } from './tables.ts';
import { addressWindows } from './windows.ts';

/** Lays out a report: what a reader acts on first, what they look up after it. */
export function documentOf(report: Report, verbose: boolean): ReportDocument {
  const healthy = isHealthy(report);
  const empty = nothingUnderstood(report);
  const { card } = report.overview;
  return {
    title: `${card?.name ?? card?.pciId ?? 'GPU passthrough'}: ${OUTCOME_WORDS[report.verdict.outcome]}`,
    identity: identityOf(report),
    stages: stagesOf(report),
    verdict: verdictOf(report, healthy, empty),
    sections: [
      ...cardsTable(report),
      ...mainCause(report, verbose),
      ...(empty ? notUnderstood(report, verbose) : []),
      ...(healthy ? notLookedAt(report, verbose) : []),
      ...(empty ? [] : nearestWorking(report, verbose)),
      ...otherCauses(report, verbose),
      ...ruledOut(report, verbose),
      ...nextSteps(report, verbose),
    ],
    details: [
      ...tables(report, verbose),
      ...addressWindows(report.overview.windows ?? []),
      ...alsoSeen(report, verbose),
      ...(empty ? [] : reportsOfOthers(report, verbose)),
      ...(empty ? [] : notUnderstood(report, verbose)),
      ...(verbose
        ? [...allFindings(report), ...(healthy ? [] : notLookedAt(report, verbose)), ...allInputs(report)]
        : []),
    ],
    footer: footerOf(report, healthy || verbose),
  };
}

/** No cause and no failure among what was looked at. */
const isHealthy = ({ findings, verdict }: Report): boolean =>
  verdict.causes.length === 0 &&
  !verdict.stages.some(({ status }) => status === 'failed') &&
  !findings.some(
    ({ state, kind, severity }) =>
      state === 'present' && kind !== 'notice' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('error'),
  );

function verdictOf(report: Report, healthy: boolean, empty: boolean): Block[] {
  if (empty) {
    const what = report.inputs.length === 0 ? 'There was no input' : 'Nothing in the input was understood';
    return [paragraph(`${what}, so nothing can be said about the card.`, 'strong')];
  }
  const { summary } = report.verdict;
  const told = /no fault was found/i.test(summary);
  return [
    paragraph(sentence(summary), 'strong'),
    ...(healthy && !told ? [paragraph('No fault was found in the evidence.', 'good')] : []),
  ];
}

function footerOf({ tool, inputs, findings, verdict }: Report, unseenShown: boolean): string {
  const understood = inputs.filter(isUnderstood).length;
  const unseen = findings.filter(({ state }) => state === 'not-evaluated').length;
  const parts = [`${tool.name} ${tool.version}`, `${understood} of ${plural(inputs.length, 'input')} understood`];
  if (unseen > 0 && !unseenShown)
    parts.push(`${plural(unseen, 'check')} had nothing to look at (--verbose lists them)`);
  const cause = verdict.causes[0];
  return [
    `${parts.join('; ')}.`,
    ...(cause === undefined ? [] : [`More on the cause: \`gpudiag explain ${cause.code}\``]),
  ].join(' ');
}
