import type { FleetSummary } from '../model/fleet.ts';
import { compareText, gpuOf, groupBy, kindOf, tally } from './latest.ts';
import type { Case, StoredError } from './store.ts';

export const outcomesOf = (cases: readonly Case[]): FleetSummary['outcomes'] =>
  tally(cases.map(({ card }) => card.outcome)).map(([outcome, count]) => ({ outcome, count }));

/** The GPUs of which there are most come first. */
export const countGpus = (cases: readonly Case[]): FleetSummary['gpus'] =>
  [...groupBy(cases, kindOf).values()]
    .map((group) => ({
      ...gpuOf(group[0]!),
      cases: group.length,
      machines: new Set(group.map(({ machine }) => machine)).size,
      outcomes: outcomesOf(group),
      causes: causeCounts(group),
    }))
    .sort((a, b) => b.cases - a.cases || compareText(a.gpu, b.gpu));

function causeCounts(cases: readonly Case[]): FleetSummary['gpus'][number]['causes'] {
  const causes = cases.flatMap(({ card }) => card.causes);
  const confirmed = new Map(
    tally(causes.filter(({ confidence }) => confidence === 'confirmed').map(({ code }) => code)),
  );
  return tally(causes.map(({ code }) => code)).map(([code, count]) => ({
    code,
    count,
    confirmed: confirmed.get(code) ?? 0,
  }));
}

export function countCauses(cases: readonly Case[], titles: ReadonlyMap<string, string>): FleetSummary['causes'] {
  const machines = new Map<string, Set<string>>();
  const gpus = new Map<string, Set<string>>();
  for (const { card, machine } of cases) {
    for (const { code } of card.causes) {
      machines.set(code, (machines.get(code) ?? new Set()).add(machine));
      gpus.set(code, (gpus.get(code) ?? new Set()).add(card.gpu));
    }
  }
  return causeCounts(cases).map((cause) => ({
    ...cause,
    title: titles.get(cause.code) ?? cause.code,
    machines: machines.get(cause.code)!.size,
    gpus: [...gpus.get(cause.code)!].sort(compareText),
  }));
}

/** File names and numbers make messages differ that are one. */
const withoutNames = (message: string): string => message.replace(/;.*$/s, '').replace(/\d+/g, 'N');

export const countErrors = (errors: Iterable<[string, StoredError]>): FleetSummary['errors'] =>
  [...groupBy(errors, ([, { message, exit }]) => `${exit} ${withoutNames(message)}`).values()]
    .map((group) => {
      const [example, { message, exit }] = group[0]!;
      return { message: message.replace(/;.*$/s, ''), exit, count: group.length, example };
    })
    .sort((a, b) => b.count - a.count || compareText(a.message, b.message));
