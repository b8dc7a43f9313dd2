import type { CardLevel, Configuration, Matrix, MatrixAnswer, MatrixColumns, Traits } from '../model/matrix.ts';
import type { GpuObservation, PlatformObservation } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { cardDistance, completeConfiguration, knowsCard } from './card.ts';
import { columnsOf, traitsAt, where } from './columns.ts';
import { compare } from './compare.ts';
import { guestFamilies } from './guest-os.ts';
import { isComparable, judge } from './judge.ts';
import { type Compared, toMatch } from './match.ts';
import { nearestWorking } from './nearest-working.ts';
import { parseLooseRelease, releaseDistance } from './release-distance.ts';
import { measureAll, nearestRows } from './search.ts';
import { triedWith } from './tried.ts';

/** Releases nearer than this are the same as far as reports about the whole host go. */
const SAME_RELEASE = 0.2;
/** Cards of other systems are listed when at least this close. */
const CLOSE_CARDS: readonly CardLevel[] = ['same-card', 'same-model', 'same-chip', 'same-architecture'];
const SAME_CARDS: readonly CardLevel[] = ['same-card', 'same-model'];
/** Reports about the host that are listed; the best proven come first. */
const PLATFORM_LIMIT = 10;
/** Reports of one card that are looked at closely: the nearest ones. */
const SAME_CARD_LIMIT = 100;

/** Everything the matrix has to say about a configuration. `limit` bounds the lists of matches. */
export function consultMatrix(matrix: Matrix, configuration: Configuration, limit = 10): MatrixAnswer {
  const { tables } = matrix;
  const columns = columnsOf(matrix);
  const yours = completeConfiguration(configuration, tables);
  const platform = platformReports(columns, yours, tables);
  if (!knowsCard(yours)) {
    return {
      verdict: 'unknown',
      because: 'the card is not known',
      matches: [],
      nearestWorking: null,
      alternatives: [],
      caveats: [],
      platform,
      elsewhere: [],
      tried: [],
    };
  }
  const distances = measureAll(columns, yours, tables);
  const levels = columns.traits.gpu.values.map((card) => cardDistance(yours, card).level);
  const cardOf = (row: number): CardLevel => levels[columns.traits.gpu.codes[row]!]!;
  const isOneOf = (wanted: readonly CardLevel[]): ((row: number) => boolean) =>
    where(columns.traits.gpu, (card) => wanted.includes(cardDistance(yours, card).level));
  const [isSame, isClose] = [isOneOf(SAME_CARDS), isOneOf(CLOSE_CARDS)];
  const isGpu = where(columns.role, (role) => role === 'gpu');
  const isElsewhere = where(columns.role, (role) => role === 'elsewhere');
  const at = (row: number): Compared => ({
    ...compare(yours, traitsAt(columns, row), tables),
    observation: columns.observation(row) as GpuObservation,
  });
  const sameCard = nearestRows(distances, SAME_CARD_LIMIT, (row) => isSame(row) && isGpu(row)).map(at);
  const { nearest, alternatives, caveats } = nearestWorking({ columns, distances, cardOf, at }, yours, tables);
  return {
    ...judge(sameCard.filter(isComparable)),
    matches: nearestRows(distances, limit, isGpu).map((row) => toMatch(at(row), yours)),
    nearestWorking: nearest,
    alternatives,
    caveats,
    platform,
    elsewhere: nearestRows(distances, limit, (row) => isElsewhere(row) && isClose(row)).map((row) =>
      toMatch(at(row), yours),
    ),
    tried: triedWith(sameCard),
  };
}

/**
 * Reports about hosts like yours: the same release, no CPU of another make, no other guest system. Those about another
 * device come last.
 */
function platformReports(columns: MatrixColumns, yours: Configuration, { patches }: Tables): MatrixAnswer['platform'] {
  const { role, outcome, cpuVendor, traits } = columns;
  const own = parseLooseRelease(yours.release ?? '');
  const isPlatform = where(role, (value) => value === 'platform');
  const failed = where(outcome, (value) => value !== 'works');
  const ofRelease = where(traits.release, (release) => {
    const theirs = parseLooseRelease(release ?? '');
    return own !== undefined && theirs !== undefined && releaseDistance(own, theirs, patches) < SAME_RELEASE;
  });
  const ofGuest = where(traits.guest, (guest) => sharesGuest(guest, yours.guestOs));
  const ofCpu = where(cpuVendor, (cpu) => cpu === null || yours.cpuVendor === undefined || cpu === yours.cpuVendor);
  const found: PlatformObservation[] = [];
  for (let row = 0; row < columns.length && found.length < PLATFORM_LIMIT; row++) {
    if (!isPlatform(row) || !ofRelease(row) || !failed(row) || !ofGuest(row) || !ofCpu(row)) continue;
    const report = columns.observation(row) as PlatformObservation;
    // what was set up wrongly on one machine says nothing of another
    if (report.failedStage !== 'ppt' && report.failedStage !== 'config') found.push(report);
  }
  return found
    .sort((a, b) => Number(a.device !== null) - Number(b.device !== null))
    .map(({ id, outcome: own, summary, workaround }) => ({ id, outcome: own, summary, workaround }));
}

/** Whether a report about one guest system concerns yours; also when one of both is not known. */
function sharesGuest(theirs: Traits['guest'], yours: string | undefined): boolean {
  const [a, b] = [guestFamilies(theirs ?? ''), guestFamilies(yours ?? '')];
  return a.length === 0 || b.length === 0 || a.some((family) => b.includes(family));
}
