import type { FleetSummary } from '../model/fleet.ts';
import { compareText, gpuOf, groupBy, kindOf, progressOf, tally } from './latest.ts';
import type { Case } from './store.ts';

type Outlier = FleetSummary['outliers'][number];

/** Fewer cards of one kind have no custom. */
const FEWEST = 5;
/** So many of them must agree. */
const USUAL = 0.8;

/** Cards that do otherwise than nearly all of their kind, and how their machines differ. @param cases one of each card */
export const findOutliers = (cases: readonly Case[]): Outlier[] =>
  [...groupBy(cases, kindOf).values()].flatMap((group) => {
    const known = group.filter(({ card }) => progressOf(card.outcome) !== undefined);
    const [usual, count] = tally(known.map(({ card }) => card.outcome))[0] ?? [];
    if (usual === undefined || count === undefined || known.length < FEWEST || count < USUAL * known.length) return [];
    const custom = usualConfiguration(known.filter(({ card }) => card.outcome === usual));
    return known
      .filter(({ card }) => card.outcome !== usual)
      .map((one) => ({
        input: one.input,
        machine: one.machine,
        ...gpuOf(one),
        outcome: one.card.outcome,
        ...(one.card.failedAt !== undefined && { failedAt: one.card.failedAt }),
        causes: one.card.causes,
        usual: { outcome: usual, count, of: known.length },
        differsIn: Object.entries(custom)
          .filter(([field, value]) => one.configuration[field] !== undefined && one.configuration[field] !== value)
          .map(([field, value]) => ({ field, value: one.configuration[field]!, usual: value })),
      }))
      .sort((a, b) => compareText(a.machine, b.machine));
  });

/** The value that nearly all have, for each field that has one. */
function usualConfiguration(cases: readonly Case[]): Record<string, string> {
  const fields = new Set(cases.flatMap(({ configuration }) => Object.keys(configuration)));
  return Object.fromEntries(
    [...fields].sort(compareText).flatMap((field) => {
      const values = cases.flatMap(({ configuration }) => configuration[field] ?? []);
      const [value, count] = tally(values)[0]!;
      return count >= USUAL * cases.length ? [[field, value]] : [];
    }),
  );
}
