import { FLEET_SCHEMA_VERSION, type FleetSummary } from '../model/fleet.ts';
import { findChanges, type Span } from './changes.ts';
import { countCauses, countErrors, countGpus, outcomesOf } from './counts.ts';
import { findDifferences } from './differences.ts';
import { compareText, histories } from './latest.ts';
import { findOutliers } from './outliers.ts';
import type { Store } from './store.ts';

export interface SummaryOptions extends Span {
  toolVersion: string;
  /** lines that were read, and those of them that were no results */
  lines: number;
  unreadable: number;
}

/**
 * What the results of a fleet say together. Counts are of all results; outliers and differences are of the last one of
 * each card, because what a machine was a year ago does not make it differ today. Pure.
 */
export function summarise(
  store: Store,
  { toolVersion, lines, unreadable, before, after }: SummaryOptions,
): FleetSummary {
  const cases = [...store.cases];
  const errors = [...store.errors];
  const cards = histories(cases);
  const now = cards.map((history) => history.at(-1)!);
  const dates = cases.flatMap(({ date }) => date ?? []).sort(compareText);
  return {
    schemaVersion: FLEET_SCHEMA_VERSION,
    tool: { name: 'gpudiag', version: toolVersion },
    totals: {
      lines,
      unreadable,
      replaced: store.replaced,
      inputs: store.inputs,
      errors: errors.length,
      cases: cases.length,
      machines: new Set(cases.map(({ machine }) => machine)).size,
      ...(dates.length > 0 && { from: dates[0]!, to: dates.at(-1)! }),
    },
    errors: countErrors(errors),
    outcomes: outcomesOf(cases),
    gpus: countGpus(cases),
    causes: countCauses(cases, store.titles),
    differences: findDifferences(now),
    outliers: findOutliers(now),
    changes: findChanges(cards, { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }),
  };
}
