import type { Confidence } from '../model/finding.ts';
import { type EvidenceRung, EVIDENCE_RUNGS, type MatrixVerdict } from '../model/matrix.ts';
import { GRADES, type Observation } from '../model/observation.ts';
import type { Outcome, Stage } from '../model/stage.ts';
import type { Compared } from './match.ts';

/** What a report says about whether a configuration works. `set-up`: it failed over a mistake, not over the card. */
export type ReportKind = 'good' | 'faulty' | 'bad' | 'set-up' | 'open';

const KIND_OF_OUTCOME: Partial<Record<Outcome, ReportKind>> = {
  works: 'good',
  'works-with-faults': 'faulty',
  'host-not-ready': 'bad',
  'vm-wont-start': 'bad',
  'guest-wont-boot': 'bad',
  'device-missing': 'bad',
  'driver-wont-load': 'bad',
  'driver-init-fails': 'bad',
};

/** A failure at one of these stages is a mistake in the set-up; it says nothing about the card. */
const SET_UP: readonly (Stage | null)[] = ['firmware', 'host', 'ppt', 'config'];

export function kindOf({ outcome, failedStage }: Pick<Observation, 'outcome' | 'failedStage'>): ReportKind {
  const kind = KIND_OF_OUTCOME[outcome] ?? 'open';
  return kind === 'bad' && SET_UP.includes(failedStage) ? 'set-up' : kind;
}

/** By kind, in the order of the reports. */
export function sortByKind<T extends Pick<Observation, 'outcome' | 'failedStage'>>(
  reports: readonly T[],
): Record<ReportKind, T[]> {
  const sorted: Record<ReportKind, T[]> = { good: [], faulty: [], bad: [], 'set-up': [], open: [] };
  for (const report of reports) sorted[kindOf(report)].push(report);
  return sorted;
}

/**
 * Whether two reports come from different people with different machines. A name on both sides tells people apart; where
 * one has none, only different sources with different machines do. The same machine is never a second witness.
 */
export function independent(a: Observation, b: Observation): boolean {
  const [machine, other] = [a.host.hardware, b.host.hardware];
  if (machine !== null && machine === other) return false;
  if (a.reporter && b.reporter) return a.reporter !== b.reporter;
  return a.source.url !== b.source.url && a.source.url !== null && b.source.url !== null && !!machine && !!other;
}

/**
 * How well reports that say the same are proven: hearsay, words, output; `confirmed` when one of them shows output and
 * another one, first-hand, is independent of it.
 */
export function rungOf(reports: readonly Observation[]): EvidenceRung | undefined {
  const firstHand = reports.filter(({ grade }) => grade !== 'second-hand');
  const shown = firstHand.filter(({ grade }) => grade === 'evidenced');
  if (shown.some((report) => firstHand.some((other) => independent(report, other)))) return 'confirmed';
  const best = Math.max(-1, ...reports.map(({ grade }) => GRADES.indexOf(grade)));
  return EVIDENCE_RUNGS[best];
}

export interface Judgement {
  verdict: MatrixVerdict;
  confidence?: Confidence;
  because: string;
}

/** Fields differing by this much or more make a report say nothing about your configuration. */
const COMPARABLE_BELOW = 0.5;

/**
 * What reports about this very card (or model) say, taken together: only those that differ from the configuration in no
 * known field by half or more, that have a clear outcome, did not fail over the set-up, and are more than hearsay. Works
 * with faults alone is `conflict`: neither good nor bad.
 */
export function judge(comparisons: readonly Compared[]): Judgement {
  const { good, faulty, bad } = sortByKind(
    comparisons
      .filter((comparison) => comparison.observation.grade !== 'second-hand' && isComparable(comparison))
      .map(({ observation }) => observation),
  );
  const decisive = [...good, ...faulty, ...bad];
  if (decisive.length === 0) {
    return { verdict: 'unknown', because: 'no report of this card in a comparable configuration' };
  }
  const working = [...good, ...faulty];
  const verdict: MatrixVerdict =
    bad.length > 0 ? (working.length > 0 ? 'conflict' : 'known-bad') : good.length > 0 ? 'known-good' : 'conflict';
  const supporting = { 'known-good': good, 'known-bad': bad, conflict: decisive, unknown: [] }[verdict];
  return { verdict, confidence: confidenceOf(supporting), because: countWords(good, faulty, bad) };
}

/** Ids named of each sort; the others are counted. */
const NAMED = 5;

function countWords(...[good, faulty, bad]: [Observation[], Observation[], Observation[]]): string {
  const part = (reports: Observation[], words: string): string[] => {
    if (reports.length === 0) return [];
    const more = reports.length > NAMED ? [`${reports.length - NAMED} more`] : [];
    const named = [...reports.slice(0, NAMED).map(({ id }) => id), ...more];
    return [`${reports.length} ${words} (${named.join(', ')})`];
  };
  const counted = [...part(good, 'working'), ...part(faulty, 'working with faults'), ...part(bad, 'failing')];
  return `reports of this card in a comparable configuration: ${counted.join(', ')}`;
}

/** Whether what happened there could be expected here too. */
export const isComparable = ({ card, differences }: Pick<Compared, 'card' | 'differences'>): boolean =>
  (card === 'same-card' || card === 'same-model') && differences.every(({ by }) => by < COMPARABLE_BELOW);

/** Output confirmed by another: confirmed. Output, or several people: likely. */
function confidenceOf(reports: readonly Observation[]): Confidence {
  const rung = rungOf(reports);
  if (rung === 'confirmed') return 'confirmed';
  const several = reports.some((report, i) => reports.slice(i + 1).some((other) => independent(report, other)));
  return rung === 'evidenced' || several ? 'likely' : 'possible';
}
