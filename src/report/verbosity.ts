import type { Report } from '../model/report.ts';
import { clean } from '../model/text.ts';
import { toAscii } from './ascii.ts';
import { type Check, checksRun } from './content/checks.ts';
import { documentOf } from './content/document.ts';
import { drawText, type TextOptions } from './text.ts';
import { OUTCOME_WORDS } from './words.ts';

/** Everything, with the checks that ran and those that did not. */
export function renderVerbose(report: Report, checks: readonly Check[], options: TextOptions): string {
  const document = documentOf(report, true);
  return drawText({ ...document, details: [...document.details, checksRun(report, checks)] }, options);
}

/** The verdict in one line: `Tesla P4: driver does not bring the card up: ... (nvidia-intpin-missing, confirmed)`. */
export function renderQuiet({ overview, verdict }: Report, { unicode }: Pick<TextOptions, 'unicode'>): string {
  const { card } = overview;
  const cause = verdict.causes[0];
  const line = [
    card?.name ?? card?.pciId ?? 'GPU passthrough',
    OUTCOME_WORDS[verdict.outcome],
    ...(cause === undefined ? [] : [`${cause.title} (${cause.code}, ${cause.confidence})`]),
  ].join(': ');
  return unicode ? clean(line) : toAscii(clean(line));
}
