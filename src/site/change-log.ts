import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { entryText } from '../matrix/lint-changes.ts';
import type { Observation } from '../model/observation.ts';
import { shorten } from '../model/text.ts';
import { sentence } from '../report/words.ts';
import type { Catalogue, PlacedCell } from './cards.ts';
import { hostWords, named, patchWords, placeWords, reportTitle, verdictWords } from './words.ts';

/**
 * What changed from build to build. Entries do not tell when they were entered, so each build notes what it saw, and the
 * next one compares: this file, which lies beside the pages, is its memory.
 */
export const CHANGE_LOG = 'changes.json';

/** In the order in which those of one build are told. */
const CHANGE_KINDS = ['verdict', 'added', 'changed', 'withdrawn', 'removed'] as const;

const text = v.pipe(v.string(), v.maxLength(4000));
const day = v.pipe(v.string(), v.regex(/^\d{4}(-\d{2}(-\d{2})?)?$/));
/** a page of the site, perhaps with a place on it */
const page = v.pipe(v.string(), v.regex(/^(?:report|gpu)\/[a-z0-9.-]+\.html(?:#[a-z0-9.-]+)?$/));

const change = v.strictObject({
  /** of the build that saw it first; for the first build of all, of the source, as exact as known */
  date: day,
  kind: v.picklist(CHANGE_KINDS),
  title: text,
  text,
  page,
});
export type Change = v.InferOutput<typeof change>;

export const ChangeLogSchema = v.strictObject({
  schemaVersion: v.literal(1),
  /** digest of each entry by its id */
  entries: v.record(v.string(), v.string()),
  /** verdict of each combination by its place on the site */
  verdicts: v.record(v.string(), text),
  /** newest first */
  changes: v.array(change),
});
export type ChangeLog = v.InferOutput<typeof ChangeLogSchema>;

/** Changes kept: who has not looked for longer reads the reports. */
const KEPT = 300;

/** The log after this build. Without an earlier one, every dated report is new on the day of its source. */
export function nextLog(catalogue: Catalogue, earlier: ChangeLog | undefined): ChangeLog {
  const entries = new Map(catalogue.matrix.observations.map((entry) => [entry.id, digestOf(entry)]));
  const verdicts = new Map(verdictsOf(catalogue).map(({ place, said }) => [place, said]));
  const found = earlier === undefined ? firstChanges(catalogue) : changesSince(earlier, catalogue, entries);
  const changes = [...found, ...(earlier?.changes ?? [])].slice(0, KEPT);
  return { schemaVersion: 1, entries: sorted(entries), verdicts: sorted(verdicts), changes };
}

const sorted = (map: ReadonlyMap<string, string>): Record<string, string> =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

const digestOf = (entry: Observation): string =>
  createHash('sha256').update(entryText(entry)).digest('hex').slice(0, 16);

const verdictsOf = ({ cards }: Catalogue): { place: string; said: string; title: string }[] =>
  cards.flatMap((card) =>
    card.cells.map((cell) => ({
      place: `gpu/${card.slug}.html#${cell.anchor}`,
      said: said(cell),
      title: named(`${card.name}, ${placeWords(cell)}`),
    })),
  );

const said = (cell: PlacedCell): string =>
  cell.confidence === null ? verdictWords(cell) : `${verdictWords(cell)} (${cell.confidence})`;

const firstChanges = ({ matrix }: Catalogue): Change[] =>
  matrix.observations
    .flatMap((entry) => (entry.source.date === null ? [] : [reportChange('added', entry, entry.source.date)]))
    .sort((a, b) => (a.date === b.date ? (a.page < b.page ? -1 : 1) : a.date < b.date ? 1 : -1));

function changesSince(earlier: ChangeLog, catalogue: Catalogue, entries: ReadonlyMap<string, string>): Change[] {
  const { date, matrix } = catalogue;
  const known = new Map(Object.entries(earlier.entries));
  const before = new Map(Object.entries(earlier.verdicts));
  const verdicts = verdictsOf(catalogue).flatMap(({ place, said: after, title }): Change[] => {
    const old = before.get(place);
    if (old === undefined || old === after) return [];
    return [{ date, kind: 'verdict', title, text: `Before: ${old}. Now: ${after}.`, page: place }];
  });
  const reports = matrix.observations.flatMap((entry): Change[] => {
    const old = known.get(entry.id);
    if (old === undefined) return [reportChange('added', entry, date)];
    if (old === entries.get(entry.id)) return [];
    return [reportChange(entry.withdrawn === undefined ? 'changed' : 'withdrawn', entry, date)];
  });
  const removed = [...known.keys()]
    .filter((id) => !entries.has(id))
    .map((id): Change => ({
      date,
      kind: 'removed',
      title: id,
      text: 'No longer in the matrix.',
      page: `report/${id}.html`,
    }));
  return [...verdicts, ...reports, ...removed].sort(
    (a, b) => CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind) || (a.page < b.page ? -1 : 1),
  );
}

/** Longest text of a change; the page it leads to has the whole. */
const MAX_TEXT = 400;

const reportChange = (kind: Change['kind'], entry: Observation, date: string): Change => ({
  date,
  kind,
  title: reportTitle(entry),
  text: shorten(
    `${[hostWords(entry), patchWords(entry.bhyve.patch), entry.guest.os].filter(Boolean).join(', ')}: ${sentence(entry.withdrawn ?? entry.summary)}`,
    MAX_TEXT,
  ),
  page: `report/${entry.id}.html`,
});
