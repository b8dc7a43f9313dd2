import type { FleetSummary } from '../model/fleet.ts';
import { gpuOf, groupBy, kindOf, progressOf, tally, works } from './latest.ts';
import type { Case } from './store.ts';

type Difference = FleetSummary['differences'][number];
type FieldDifference = Difference['fields'][number];

/** From so many machines on a value that nearly every one has for itself says nothing. */
const MANY = 6;
/** A field that does not part the sides cleanly is told when it explains this share of what the larger side leaves open. */
const TELLING = 0.3;
const SHOWN_VALUES = 5;

/** GPUs that work on some machines and not on others, and what differs between these. @param cases one of each card */
export const findDifferences = (cases: readonly Case[]): Difference[] =>
  [...groupBy(cases, kindOf).values()].flatMap((group) => {
    const known = group.filter(({ card }) => progressOf(card.outcome) !== undefined);
    const working = known.filter(({ card }) => works(card.outcome));
    const failing = known.filter(({ card }) => !works(card.outcome));
    if (working.length === 0 || failing.length === 0) return [];
    return [
      {
        ...gpuOf(group[0]!),
        working: working.length,
        failing: failing.length,
        fields: fieldsThatDiffer(working, failing),
      },
    ];
  });

function fieldsThatDiffer(working: readonly Case[], failing: readonly Case[]): FieldDifference[] {
  const fields = new Set([...working, ...failing].flatMap(({ configuration }) => Object.keys(configuration)));
  return [...fields]
    .flatMap((field) => {
      const found = compareField(field, working, failing);
      return found === undefined ? [] : [found];
    })
    .sort((a, b) => b.telling - a.telling || a.distinct - b.distinct)
    .map(({ field, working: good, failing: bad, separates }) => ({ field, working: good, failing: bad, separates }));
}

function compareField(
  field: string,
  working: readonly Case[],
  failing: readonly Case[],
): (FieldDifference & { telling: number; distinct: number }) | undefined {
  const good = valuesOf(field, working);
  const bad = valuesOf(field, failing);
  // What only one side tells is not a difference: the other was not looked at.
  if (good.length === 0 || bad.length === 0) return undefined;
  const [goodCounts, badCounts] = [new Map(tally(good)), new Map(tally(bad))];
  const values = new Set([...good, ...bad]);
  const total = good.length + bad.length;
  if (values.size === 1 || (total >= MANY && values.size > total / 2)) return undefined;
  const separates = [...values].every((value) => !goodCounts.has(value) || !badCounts.has(value));
  // Share of machines that are told right by what most with the same value do, against always saying what most do.
  const right = [...values].reduce(
    (sum, value) => sum + Math.max(goodCounts.get(value) ?? 0, badCounts.get(value) ?? 0),
    0,
  );
  const most = Math.max(good.length, bad.length);
  const telling = separates ? 1 : (right - most) / (total - most);
  if (telling < TELLING) return undefined;
  const shown = (counts: Map<string, number>): FieldDifference['working'] =>
    [...counts].slice(0, SHOWN_VALUES).map(([value, count]) => ({ value, count }));
  return { field, working: shown(goodCounts), failing: shown(badCounts), separates, telling, distinct: values.size };
}

const valuesOf = (field: string, cases: readonly Case[]): string[] =>
  cases.flatMap(({ configuration }) => (Object.hasOwn(configuration, field) ? [configuration[field]!] : []));
