import type {
  Matrix,
  MatrixFilter,
  MatrixList,
  MatrixListRow,
  MatrixSort,
  ObservationDetail,
} from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { OUTCOMES } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { sameChip } from './card.ts';
import { standing } from './compare.ts';
import { GUEST_NAMES, guestFamilies } from './guest-os.ts';
import { type LooseRelease, parseLooseRelease } from './release-distance.ts';

/** Best news first: what works, how far the others got, then what nobody tried or wrote down. */
const OUTCOME_ORDER = [
  'works',
  'works-with-faults',
  ...OUTCOMES.filter((outcome) => !['works', 'works-with-faults', 'untested', 'unknown'].includes(outcome)).reverse(),
  'untested',
  'unknown',
];

/** Entries that fit a filter, sorted. Without `all`: only about graphics cards, and only those that still stand. */
export function listObservations(
  { observations, tables }: Matrix,
  filter: MatrixFilter,
  sort: MatrixSort = 'gpu',
): MatrixList {
  const current = new Set(standing(observations).map(({ id }) => id));
  const rows = observations
    .filter((observation) => filter.all || (observation.subject === 'gpu' && current.has(observation.id)))
    .filter((observation) => fits(observation, filter, tables))
    .map((observation) => toRow(observation, !current.has(observation.id)));
  return { total: observations.length, rows: rows.sort((a, b) => SORTERS[sort](a, b) || compareText(a.id, b.id)) };
}

function toRow(observation: Observation, retired: boolean): MatrixListRow {
  const { id, subject, host, bhyve, guest, outcome, failedStage, grade, source } = observation;
  const card = observation.subject === 'gpu' ? observation.gpu : observation.device;
  return {
    id,
    subject,
    gpu: card?.name ?? 'any device',
    pciId: card?.pciId ?? null,
    architecture: observation.subject === 'gpu' ? observation.gpu.architecture : null,
    os: host.os,
    release: host.release,
    patch: bhyve.patch,
    guest: guest.os,
    guestSystems: guestFamilies(guest.os ?? '').map((family) => GUEST_NAMES[family]),
    outcome,
    failedStage,
    grade,
    date: source.date,
    retired,
  };
}

function fits(
  observation: Observation,
  { gpu, architecture, outcomes, release, guest }: MatrixFilter,
  tables: Tables,
): boolean {
  return (
    (gpu === undefined || isCard(observation, gpu, tables)) &&
    (architecture === undefined || isArchitecture(observation, architecture)) &&
    (outcomes === undefined || outcomes.length === 0 || outcomes.includes(observation.outcome)) &&
    (release === undefined || isRelease(observation, release)) &&
    (guest === undefined || isGuest(observation, guest))
  );
}

/** `10de:1bb3`, `10de`, `GP104`, or part of a name the report or the table gives the card */
export function isCard(observation: Observation, wanted: string, tables: Tables): boolean {
  const card = observation.subject === 'gpu' ? observation.gpu : observation.device;
  if (card === null) return false;
  const text = wanted.trim().toLowerCase();
  if (/^[0-9a-f]{4}:[0-9a-f]{4}$/.test(text)) return card.pciId === text;
  if (text === card.vendorId) return true;
  const row = card.pciId === null ? undefined : tables.gpus.get(card.pciId);
  const chip = (observation.subject === 'gpu' ? observation.gpu.chip : undefined) ?? row?.chip ?? '';
  return (
    card.name.toLowerCase().includes(text) ||
    (row?.name.toLowerCase().includes(text) ?? false) ||
    (chip !== '' && sameChip(chip, wanted.trim()))
  );
}

export const isArchitecture = (observation: Observation, wanted: string): boolean =>
  observation.subject === 'gpu' && observation.gpu.architecture?.toLowerCase() === wanted.trim().toLowerCase();

/** `15` takes every 15.x, `15.0` every build of it, a whole name only that build */
export function isRelease({ host }: Observation, wanted: string): boolean {
  if (host.os !== 'FreeBSD' || host.release === null) return false;
  const [a, b] = [parseLooseRelease(wanted), parseLooseRelease(host.release)];
  if (a === undefined || b === undefined) return false;
  if (a.exact !== undefined) return a.exact.text === b.exact?.text;
  return a.major === b.major && (a.minor === undefined || a.minor === b.minor);
}

export function isGuest({ guest }: Observation, wanted: string): boolean {
  if (guest.os === null) return false;
  const text = wanted.trim().toLowerCase();
  return guestFamilies(guest.os).some((family) => family === text) || guest.os.toLowerCase().includes(text);
}

type Sorter = (a: MatrixListRow, b: MatrixListRow) => number;
const compareText = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

const SORTERS: Record<MatrixSort, Sorter> = {
  id: () => 0,
  gpu: (a, b) => compareText(a.gpu, b.gpu) || byDate(a, b),
  outcome: (a, b) => byOutcome(a, b) || compareText(a.gpu, b.gpu),
  date: byDate,
  // newest first, not known last
  release: (a, b) => releaseNumber(b) - releaseNumber(a),
};

/** Newest first, undated last. */
function byDate(a: MatrixListRow, b: MatrixListRow): number {
  return compareText(b.date ?? '', a.date ?? '');
}

function byOutcome(a: MatrixListRow, b: MatrixListRow): number {
  return OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome);
}

function releaseNumber({ os, release }: MatrixListRow): number {
  const loose: LooseRelease | undefined = os === 'FreeBSD' ? parseLooseRelease(release ?? '') : undefined;
  return loose === undefined ? -1 : loose.major * 1e6 + (loose.minor ?? 0) * 1e3 + (loose.exact?.patch ?? 0);
}

/** One entry with its surroundings; undefined when no entry has the id. */
export function showObservation({ observations, tables }: Matrix, id: string): ObservationDetail | undefined {
  const observation = observations.find((entry) => entry.id === id);
  if (observation === undefined) return undefined;
  const naming = (field: 'confirms' | 'contradicts' | 'supersedes'): string[] =>
    observations.filter((entry) => entry[field]?.includes(id)).map((entry) => entry.id);
  const pciId = observation.subject === 'gpu' ? observation.gpu.pciId : null;
  const card = pciId === null ? undefined : tables.gpus.get(pciId);
  const patch = tables.patches.find((row) => row.id === observation.bhyve.patch);
  return {
    observation,
    ...(card === undefined ? {} : { card }),
    symptoms: observation.symptoms.map((code) => {
      const meaning = tables.findingCodes.get(code)?.meaning;
      return meaning === undefined ? { code } : { code, meaning };
    }),
    ...(patch === undefined ? {} : { patch }),
    confirmedBy: naming('confirms'),
    contradictedBy: naming('contradicts'),
    supersededBy: naming('supersedes'),
  };
}

/** Ids somebody may have meant: those that contain the text or share its beginning, at most five. */
export function similarIds({ observations }: Matrix, id: string): string[] {
  const text = id.trim().toLowerCase();
  if (text === '') return [];
  const stem = text.replace(/-[^-]*$/, '');
  return observations
    .map((entry) => entry.id)
    .filter((known) => known.includes(text) || known.startsWith(stem))
    .sort()
    .slice(0, 5);
}
