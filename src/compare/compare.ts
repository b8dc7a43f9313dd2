import {
  CHANGE_AREAS,
  type Comparison,
  COMPARISON_SCHEMA_VERSION,
  type ComparedFinding,
  type ComparisonSide,
} from '../model/comparison.ts';
import { SEVERITIES, type Severity } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { type Stage, stageIndex, STAGES } from '../model/stage.ts';
import { compareFindings } from './findings.ts';
import { compareItems } from './items.ts';

export interface Compared {
  /** as it was given */
  input: string;
  report: Report;
}

export interface CompareOptions {
  toolVersion: string;
  /** a finding that came or went counts from this severity on */
  countFrom: Severity;
}

/** What changed from `a` to `b`. Pure. */
export function compareReports(a: Compared, b: Compared, { toolVersion, countFrom }: CompareOptions): Comparison {
  const [before, after] = [sideOf(a), sideOf(b)];
  const { changes, onlyIn } = compareItems(a.report, b.report);
  const findings = compareFindings(a.report, b.report);
  const stages = STAGES.map((id) => ({ id, from: statusOf(a.report, id), to: statusOf(b.report, id) }));
  const moved = stages.some(({ from, to }) => from !== to);
  const changed =
    moved || changes.length > 0 || [findings.gone, findings.appeared, findings.changed].some((list) => list.length > 0);
  const direction = directionOf(before, after, findings, countFrom);
  const verdict = direction ?? (changed ? 'different' : 'same');
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    tool: { name: 'gpudiag', version: toolVersion },
    verdict,
    summary: summaryOf(verdict, before, after),
    a: before,
    b: after,
    stages,
    changes: changes.sort((one, other) => CHANGE_AREAS.indexOf(one.area) - CHANGE_AREAS.indexOf(other.area)),
    onlyIn,
    findings,
  };
}

function sideOf({ input, report: { overview, verdict } }: Compared): ComparisonSide {
  const card = overview.card?.name ?? overview.card?.pciId;
  const failedAt = verdict.stages.find(({ status }) => status === 'failed')?.id;
  const reached = verdict.stages.findLast(({ status }) => status === 'passed')?.id;
  return {
    input,
    ...(card !== undefined && { card }),
    outcome: verdict.outcome,
    summary: verdict.summary,
    ...(reached !== undefined && { reached }),
    ...(failedAt !== undefined && { failedAt }),
    causes: verdict.causes.map(({ code, confidence, title }) => ({ code, confidence, title })),
  };
}

const statusOf = ({ verdict }: Report, id: Stage) =>
  verdict.stages.find((stage) => stage.id === id)?.status ?? 'unknown';

/**
 * Getting further outweighs everything: what fails at a later stage could not be seen before. At the same stage the faults
 * that went and came decide. A side of which no stage is known says nothing.
 */
function directionOf(
  before: ComparisonSide,
  after: ComparisonSide,
  { gone, appeared }: Comparison['findings'],
  countFrom: Severity,
): 'better' | 'worse' | undefined {
  const [from, to] = [progressOf(before), progressOf(after)];
  if (from === undefined || to === undefined) return undefined;
  const step = comparableStep(before, after, to - from);
  if (step !== 0) return step > 0 ? 'better' : 'worse';
  const counts = ({ severity, kind, explainedBy }: ComparedFinding): boolean =>
    kind !== 'notice' && explainedBy === undefined && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(countFrom);
  const [lost, gained] = [gone.some(counts), appeared.some(counts)];
  if (lost === gained) return undefined;
  return lost ? 'better' : 'worse';
}

/** The stage it fails at, or the one after the last it passed, as a place in the ladder. */
function progressOf({ failedAt, reached }: ComparisonSide): number | undefined {
  if (failedAt !== undefined) return stageIndex(failedAt);
  return reached === undefined ? undefined : stageIndex(reached) + 1;
}

/** Evidence that ends early is no failure, and a failure after it no step back: only what both sides show counts. */
function comparableStep(before: ComparisonSide, after: ComparisonSide, step: number): number {
  if (step > 0 && before.failedAt === undefined && after.failedAt !== undefined) return 0;
  return step < 0 && after.failedAt === undefined ? 0 : step;
}

function summaryOf(verdict: Comparison['verdict'], before: ComparisonSide, after: ComparisonSide): string {
  const way = `${placeOf(before)} before, ${placeOf(after)} after`;
  switch (verdict) {
    case 'better':
      return `B is better: ${way}.`;
    case 'worse':
      return `B is worse: ${way}.`;
    case 'different':
      return `Something changed, for neither better nor worse as far as the evidence shows: ${way}.`;
    case 'same':
      return `Nothing that was compared changed: ${placeOf(after)} in both.`;
  }
}

function placeOf({ failedAt, reached }: ComparisonSide): string {
  if (failedAt !== undefined) return `stopped at ${failedAt}`;
  return reached === undefined ? 'no stage shown' : `got as far as ${reached}`;
}
