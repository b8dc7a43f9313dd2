import type { Finding, FindingState } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Stage, STAGES } from '../../model/stage.ts';
import { bullets, labelled, paragraph, type Section } from '../document.ts';
import { plural } from '../words.ts';

/** A rule as this section names it. */
export interface Check {
  code: string;
  stage: Stage;
}

/** Which rules ran and what became of each: those that said something, by state, and those that had nothing to say. */
export function checksRun({ findings }: Pick<Report, 'findings'>, checks: readonly Check[]): Section {
  const codesIn = (state: FindingState): Set<string> =>
    new Set(findings.filter((finding: Finding) => finding.state === state).map(({ code }) => code));
  const present = codesIn('present');
  const absent = codesIn('absent');
  const missing = codesIn('not-evaluated');
  const silent = checks.filter(({ code }) => ![present, absent, missing].some((codes) => codes.has(code)));
  const items = STAGES.flatMap((stage) => {
    const codes = silent.filter((check) => check.stage === stage).map(({ code }) => code);
    return codes.length === 0 ? [] : [[labelled(`${stage}:`, codes.join(', '))]];
  });
  return {
    title: 'Checks',
    blocks: [
      paragraph(
        `${plural(checks.length, 'check')}: ${present.size} found something, ${absent.size} ruled something out by evidence, ` +
          `${silent.length} ran and found nothing, ${missing.size} did not run${missing.size > 0 ? ' because facts are missing (see Not looked at)' : ''}.`,
      ),
      ...(items.length === 0 ? [] : [labelled('Ran and found nothing:'), bullets(items)]),
    ],
  };
}
