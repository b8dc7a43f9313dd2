import { type Outcome, OUTCOMES } from '../model/stage.ts';
import type { Case } from './store.ts';

/** How far an outcome got, to be compared with another; undefined for those that say nothing of it. */
export function progressOf(outcome: Outcome): number | undefined {
  return outcome === 'untested' || outcome === 'unknown' ? undefined : OUTCOMES.indexOf(outcome);
}

export const works = (outcome: Outcome): boolean => outcome === 'works' || outcome === 'works-with-faults';

/** The cards of one kind are those with the same id; a card without one goes by its name. */
export const kindOf = ({ card: { pciId, gpu } }: Case): string => pciId ?? gpu;

export const gpuOf = ({ card: { gpu, pciId } }: Case): { gpu: string; pciId?: string } => ({
  gpu,
  ...(pciId !== undefined && { pciId }),
});

/** Cases of one card of one machine, the oldest first; those without a date come before those with one. */
export function histories(cases: Iterable<Case>): Case[][] {
  const byCard = groupBy(cases, (one) => `${one.machine}\0${kindOf(one)}\0${one.card.slot ?? ''}`);
  // Sorting keeps the order of the results where dates are equal.
  return [...byCard.values()].map((list) => list.sort((a, b) => compareText(a.date ?? '', b.date ?? '')));
}

/** By code units: the same everywhere, whatever the locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function groupBy<Value>(values: Iterable<Value>, keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** How often each value occurs, the most frequent first, then in the order of the values. */
export function tally<Value extends string>(values: Iterable<Value>): [Value, number][] {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || compareText(a, b));
}
