import type { Cause, Finding, Verdict } from '../model/finding.ts';
import type { Guest } from '../model/guest.ts';
import type { Host } from '../model/host.ts';
import type { Rule } from '../model/rule.ts';
import { type Outcome, type Stage, stageIndex } from '../model/stage.ts';
import { linkCauses } from './chain.ts';
import { planNextSteps } from './next-steps.ts';
import type { Quoter } from './quote.ts';
import { judgeStages, type StageResult } from './stages.ts';

const OUTCOME_TEXTS: Record<Outcome, string> = {
  'host-not-ready': 'The host is not ready to pass the card through',
  'vm-wont-start': 'The VM does not start',
  'guest-wont-boot': 'The VM starts, but the guest does not boot',
  'device-missing': 'The guest boots, but does not see the card as it should',
  'driver-wont-load': 'The guest sees the card, but the driver module does not load',
  'driver-init-fails': 'The guest sees the card and the driver loads, but it cannot bring the card up',
  'works-with-faults': 'The card works, with faults',
  works: 'The card works',
  untested: 'The guest sees the card; no driver was tried',
  unknown: 'The evidence does not show how far the card gets',
};

/**
 * Judges findings: chain of causes, stage reached, what was ruled out and what to do next. `supplied` holds the commands
 * whose output is in the evidence.
 */
export function judge(
  host: Host,
  guests: readonly Guest[],
  findings: readonly Finding[],
  rules: readonly Rule[],
  quoter: Quoter,
  supplied: ReadonlySet<string>,
): Verdict {
  const stages = judgeStages(host, guests, findings, rules, quoter);
  const causes = linkCauses(findings, rules).filter((cause) => canStop(cause, stages.failedAt, findings));
  return {
    outcome: stages.outcome,
    summary: summarise(stages, causes),
    stages: stages.stages,
    causes,
    ruledOut: findings
      .filter(({ state, evidence, kind }) => state === 'absent' && kind === 'cause' && evidence.length > 0)
      .map(({ code, title, evidence }) => ({ code, title, because: evidence })),
    nextSteps: planNextSteps(findings, causes, rules, stages.failedAt, stages.reached, supplied),
  };
}

/**
 * Whether a cause can be why the card came no further than `failedAt`: it lies there or before, or explains something that
 * does. A fault of a later stage is left from a time when the card came further, and stays a finding.
 */
function canStop({ code, explains }: Cause, failedAt: Stage | undefined, findings: readonly Finding[]): boolean {
  if (failedAt === undefined) return true;
  return findings.some(
    (finding) =>
      finding.state === 'present' &&
      (finding.code === code || explains.includes(finding.code)) &&
      stageIndex(finding.stage) <= stageIndex(failedAt),
  );
}

function summarise({ outcome, failedAt }: StageResult, causes: readonly Cause[]): string {
  const what = OUTCOME_TEXTS[outcome];
  const first = causes[0];
  if (first === undefined) {
    if (failedAt !== undefined) return `${what}. Nothing in the evidence names the cause.`;
    return outcome === 'works' ? `${what}.` : `${what}; no fault was found in it.`;
  }
  const named: Record<Cause['confidence'], string> = {
    confirmed: 'Cause',
    likely: 'Likely cause',
    possible: 'Possible cause',
  };
  const open = causes.filter(({ confidence }) => confidence === 'possible').length;
  if (first.confidence === 'possible' && open > 1)
    return `${what}. The cause is not proven; ${open} candidates are open.`;
  return `${what}. ${named[first.confidence]}: ${lowerFirst(first.title)}.`;
}

/** Lower-cases the first letter of a sentence that begins with an ordinary word; names keep theirs. */
const lowerFirst = (text: string): string =>
  /^(?:The|This|These|An?|Another|Some|Something|No|Nothing|Guest|Host|Memory|Interrupts?|Passthrough|Several|Two) /.test(
    text,
  )
    ? text[0]!.toLowerCase() + text.slice(1)
    : text;
