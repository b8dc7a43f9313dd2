import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { MatrixProblem } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { OUTCOME_OF_FAILED_STAGE, type Outcome, type Stage, STAGES } from '../model/stage.ts';
import { guestFamilies } from './guest-os.ts';
import { cardOf, configurationOf } from './report-part.ts';

/** What an entry claims beyond its evidence. */
export interface ClaimCheck {
  problems: Omit<MatrixProblem, 'file'>[];
  /** the entry as its evidence bears it out; undefined when it contradicts the entry, or nothing has to change */
  lowered?: Observation;
}

type Remark = ClaimCheck['problems'][number];
type StageState = Diagnosis['report']['verdict']['stages'][number]['status'];

/**
 * Lays a claim beside what the diagnosis makes of its evidence. Evidence that shows less lowers the claim: symptoms that
 * it does not show go, and the grade `evidenced` becomes `reported` when it does not show the outcome. Evidence that
 * shows something else refuses it: which of the two is right only a person can tell.
 */
export function checkClaim(observation: Observation, diagnosis: Diagnosis): ClaimCheck {
  const contradictions = [...differences(observation, diagnosis)];
  const unproven = [...weakOutcome(observation, diagnosis)];
  const shown = new Set<string>(
    diagnosis.report.findings.filter(({ state }) => state === 'present').map(({ code }) => code),
  );
  const missing = observation.symptoms.filter((code) => !shown.has(code));
  const problems = [
    ...contradictions,
    ...unproven,
    ...missing.map((code) => ({
      field: `symptoms.${observation.symptoms.indexOf(code)}`,
      message: `the evidence does not show ${code}`,
      fix: 'remove it (--fix does), or add the lines that show it',
    })),
  ];
  if (contradictions.length > 0 || problems.length === 0) return { problems };
  return {
    problems,
    lowered: {
      ...observation,
      symptoms: observation.symptoms.filter((code) => shown.has(code)),
      ...(unproven.length > 0 && { grade: 'reported' as const }),
    },
  };
}

/** The outcome is claimed as evidenced, and the evidence neither shows nor excludes it. */
function* weakOutcome(observation: Observation, { report }: Diagnosis): Iterable<Remark> {
  const { outcome, grade } = observation;
  const derived = report.verdict.outcome;
  if (grade !== 'evidenced' || outcome === derived || isContradicted(observation, report)) return;
  yield {
    field: 'grade',
    message: `evidenced, but the evidence shows only ${derived}, not ${outcome}`,
    fix: 'write "reported" (--fix does), or add the lines that show the outcome',
  };
}

/** What the evidence says otherwise. */
function* differences(observation: Observation, diagnosis: Diagnosis): Iterable<Remark> {
  const { report } = diagnosis;
  if (isContradicted(observation, report)) {
    const failed = failedStageOf(report);
    yield {
      field: 'outcome',
      message: `${observation.outcome}, but the evidence shows ${report.verdict.outcome}${failed === undefined ? '' : ` (stage ${failed})`}`,
      fix: 'write what the evidence shows, or add the evidence of what you saw later',
    };
  } else {
    const failed = failedStageOf(report);
    if (observation.failedStage !== null && failed !== undefined && failed !== observation.failedStage) {
      const message = `${observation.failedStage}, but the evidence shows the failure at ${failed}`;
      yield { field: 'failedStage', message, fix: `write "${failed}"` };
    }
  }
  const seen = configurationOf(diagnosis, cardOf(diagnosis));
  const { host, guest } = observation;
  const pciId = observation.subject === 'gpu' ? observation.gpu.pciId : null;
  const stated: [field: string, claimed: string | null | undefined, seen: string | undefined][] = [
    ['gpu.pciId', pciId, seen.pciId],
    ['host.release', host.release, seen.release],
    ['guest.branch', guest.branch, seen.branch],
    ['guest.flavour', guest.flavour, seen.flavour],
  ];
  for (const [field, claimed, actual] of stated) {
    if (claimed && actual !== undefined && claimed !== actual) {
      yield { field, message: `${claimed}, but the evidence shows ${actual}`, fix: `write "${actual}"` };
    }
  }
  if (seen.guestOs !== undefined && guest.os !== null) {
    const families: string[] = guestFamilies(guest.os);
    if (families.length > 0 && !families.includes(seen.guestOs.toLowerCase())) {
      const message = `${guest.os}, but the evidence shows ${seen.guestOs}`;
      yield { field: 'guest.os', message, fix: 'write the guest that the evidence is about' };
    }
  }
}

/** How far a claim says that the card got: the stages before this index passed. */
function passedBefore(outcome: Outcome, failedStage: Stage | null): number {
  if (outcome === 'works') return STAGES.length;
  if (failedStage !== null) return STAGES.indexOf(failedStage);
  if (outcome === 'untested') return STAGES.indexOf('load');
  const first = STAGES.findIndex((stage) => OUTCOME_OF_FAILED_STAGE[stage] === outcome);
  return Math.max(first, 0);
}

/** A stage failed that the claim says was passed, or a stage was passed at which the claim says all ended. */
function isContradicted({ outcome, failedStage }: Observation, { verdict }: Diagnosis['report']): boolean {
  if (outcome === verdict.outcome || outcome === 'unknown') return false;
  const status = new Map<string, StageState>(verdict.stages.map(({ id, status }) => [id, status]));
  const passed = STAGES.slice(0, passedBefore(outcome, failedStage));
  if (passed.some((stage) => status.get(stage) === 'failed')) return true;
  // A claim of failure is about all stages of its outcome when it does not name one.
  const ended = failedStage ?? STAGES.findLast((stage) => OUTCOME_OF_FAILED_STAGE[stage] === outcome);
  return ended !== undefined && ended !== 'run' && status.get(ended) === 'passed';
}

const failedStageOf = ({ verdict }: Diagnosis['report']): Stage | undefined =>
  verdict.stages.find(({ status }) => status === 'failed')?.id;
