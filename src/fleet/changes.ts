import type { FleetStep, FleetSummary } from '../model/fleet.ts';
import { compareText, gpuOf, progressOf } from './latest.ts';
import type { Case } from './store.ts';

/** Instants, ISO 8601. */
export interface Span {
  /** the last result up to then counts as before */
  before?: string;
  /** the last result from then on counts as after */
  after?: string;
}

type Dated = Case & { date: string };

/**
 * What became of each card between two dates; without dates, between its last result and the one before. Only results
 * with a date and an outcome that says how far the card got are compared.
 * @param cards cases of each card, the oldest first
 */
export function findChanges(cards: readonly (readonly Case[])[], { before, after }: Span): FleetSummary['changes'] {
  const worse: FleetStep[] = [];
  const better: FleetStep[] = [];
  let compared = 0;
  for (const cases of cards) {
    const dated = cases.filter(
      (one): one is Dated => one.date !== undefined && progressOf(one.card.outcome) !== undefined,
    );
    const to = dated.findLast(({ date }) =>
      after === undefined ? before === undefined || date > before : date >= after,
    );
    const from = dated.findLast(
      (one) => one !== to && (before === undefined ? one.date < (after ?? to?.date ?? '') : one.date <= before),
    );
    if (from === undefined || to === undefined) continue;
    compared += 1;
    const step = progressOf(to.card.outcome)! - progressOf(from.card.outcome)!;
    if (step !== 0) (step < 0 ? worse : better).push(stepOf(from, to));
  }
  const byMachine = (a: FleetStep, b: FleetStep): number => compareText(a.machine, b.machine);
  return {
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    compared,
    worse: worse.sort(byMachine),
    better: better.sort(byMachine),
  };
}

function stepOf(from: Dated, to: Dated): FleetStep {
  const fields = new Set([...Object.keys(from.configuration), ...Object.keys(to.configuration)]);
  return {
    machine: to.machine,
    ...gpuOf(to),
    before: sideOf(from),
    after: sideOf(to),
    changed: [...fields]
      .map((field) => ({
        field,
        from: from.configuration[field] ?? null,
        to: to.configuration[field] ?? null,
      }))
      .filter((change) => change.from !== change.to)
      .sort((a, b) => compareText(a.field, b.field)),
  };
}

const sideOf = ({ input, date, card }: Dated): FleetStep['before'] => ({
  input,
  date,
  outcome: card.outcome,
  ...(card.failedAt !== undefined && { failedAt: card.failedAt }),
  causes: card.causes.map(({ code }) => code),
});
