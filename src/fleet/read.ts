import * as v from 'valibot';
import type { Confidence } from '../model/finding.ts';
import { ReportSchema } from '../model/report.ts';
import type { Outcome, Stage } from '../model/stage.ts';
import { clean, shorten } from '../model/text.ts';
import { type Configuration, configurationOf } from './configuration.ts';
import { dateIn } from './machine.ts';

/** The result of one card of one input. */
export interface CardResult {
  gpu: string;
  pciId?: string;
  /** where the card sits on its host; tells two alike ones apart */
  slot?: string;
  outcome: Outcome;
  failedAt?: Stage;
  causes: { code: string; confidence: Confidence }[];
}

/** What a line of results says of its input. */
export type InputResult =
  | { input: string; error: { message: string; exit: number } }
  | { input: string; date?: string; cards: CardResult[]; configuration: Configuration; titles: Record<string, string> };

const { overview, cards, facts } = ReportSchema.entries;
const text = v.pipe(v.string(), v.minLength(1));
const LineSchema = v.union([
  v.object({ input: text, error: v.object({ message: v.string(), exit: v.number() }) }),
  v.object({
    input: text,
    source: v.optional(v.object({ modified: v.string() })),
    collectedAt: v.optional(v.string()),
    overview: v.pick(overview, ['card', 'host', 'guest', 'driver']),
    cards,
    facts,
    verdict: v.object({
      outcome: ReportSchema.entries.verdict.entries.outcome,
      stages: v.array(v.pick(ReportSchema.entries.verdict.entries.stages.item, ['id', 'status'])),
      causes: v.array(v.pick(ReportSchema.entries.verdict.entries.causes.item, ['code', 'confidence', 'title'])),
    }),
  }),
]);

const MAX_NAME = 200;
const name = (value: string): string => shorten(clean(value), MAX_NAME);

/** What a line says; undefined when it is no result of `analyze --format ndjson` or `worker`. */
export function readLine(line: string): InputResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const read = v.safeParse(LineSchema, value);
  if (!read.success) return undefined;
  const result = read.output;
  if ('error' in result)
    return { input: result.input, error: { ...result.error, message: name(result.error.message) } };
  const { input, source, collectedAt, verdict } = result;
  const date = isoDate(collectedAt) ?? dateIn(input) ?? isoDate(source?.modified);
  return {
    input,
    ...(date !== undefined && { date }),
    cards: cardsOf(result),
    configuration: configurationOf(result),
    titles: Object.fromEntries(verdict.causes.map(({ code, title }) => [code, title])),
  };
}

const isoDate = (value: string | undefined): string | undefined => {
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};

type Reported = Exclude<v.InferOutput<typeof LineSchema>, { error: unknown }>;

/** A report about several cards says of each how it does; else it is about the one it names, if it names one. */
function cardsOf({ overview: { card }, cards: several, verdict }: Reported): CardResult[] {
  if (several.length > 0) {
    return several.map(({ name: called, pciId, hostBdf, guestBdf, outcome, failedAt, causes }) => ({
      ...identity(called, pciId, hostBdf ?? guestBdf),
      outcome,
      ...(failedAt !== undefined && { failedAt }),
      causes,
    }));
  }
  const failedAt = verdict.stages.find(({ status }) => status === 'failed')?.id;
  return [
    {
      ...identity(card?.name, card?.pciId, card?.hostBdf ?? card?.guestBdf),
      outcome: verdict.outcome,
      ...(failedAt !== undefined && { failedAt }),
      causes: verdict.causes.map(({ code, confidence }) => ({ code, confidence })),
    },
  ];
}

const identity = (called?: string, pciId?: string, slot?: string): Pick<CardResult, 'gpu' | 'pciId' | 'slot'> => ({
  gpu: name(called ?? pciId ?? 'not shown'),
  ...(pciId !== undefined && { pciId: name(pciId) }),
  ...(slot !== undefined && { slot }),
});
