import type { Configuration, Matrix, MatrixAnswer } from '../model/matrix.ts';
import type { Observation, PlatformObservation } from '../model/observation.ts';
import type { PatchRow } from '../model/tables.ts';
import { completeConfiguration, knowsCard } from './card.ts';
import { compare, isFreeBsd, isGpu, standing } from './compare.ts';
import { byDistance, judge, toMatch } from './match.ts';
import { nearestWorking } from './nearest-working.ts';
import { parseLooseRelease, releaseDistance } from './release-distance.ts';

/** Releases nearer than this are the same as far as reports about the whole host go. */
const SAME_RELEASE = 0.2;
/** Cards of other systems are listed when at least this close. */
const CLOSE_CARDS = ['same-card', 'same-model', 'same-chip', 'same-architecture'];

/** Everything the matrix has to say about a configuration. `limit` bounds the list of matches. */
export function consultMatrix(
  { observations, tables }: Matrix,
  configuration: Configuration,
  limit = 10,
): MatrixAnswer {
  const yours = completeConfiguration(configuration, tables);
  const reports = standing(observations);
  const platform = reports
    .filter((report) => report.subject === 'platform')
    .filter((report) => isFreeBsd(report) && concernsHost(report, yours, tables.patches))
    .map(({ id, outcome, summary, workaround }) => ({ id, outcome, summary, workaround }));
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
    };
  }
  const compared = (of: readonly Observation[]) =>
    of
      .filter(isGpu)
      .map((observation) => compare(yours, observation, tables))
      .sort(byDistance);
  const freeBsd = compared(reports.filter(isFreeBsd));
  const others = compared(reports.filter((report) => !isFreeBsd(report)));
  const { nearest, alternatives, caveats } = nearestWorking(freeBsd, yours);
  return {
    ...judge(freeBsd),
    matches: freeBsd.slice(0, limit).map((comparison) => toMatch(comparison, yours)),
    nearestWorking: nearest,
    alternatives,
    caveats,
    platform,
    elsewhere: others
      .filter(({ card }) => CLOSE_CARDS.includes(card))
      .slice(0, limit)
      .map((comparison) => toMatch(comparison, yours)),
  };
}

/** Whether a report about a host says something about yours: the same release, and no CPU of another make. */
function concernsHost(
  { host, outcome }: PlatformObservation,
  yours: Configuration,
  patches: readonly PatchRow[],
): boolean {
  if (outcome === 'works' || yours.release === undefined || host.release === null) return false;
  if (host.cpuVendor !== null && yours.cpuVendor !== undefined && host.cpuVendor !== yours.cpuVendor) return false;
  const [a, b] = [parseLooseRelease(yours.release), parseLooseRelease(host.release)];
  return a !== undefined && b !== undefined && releaseDistance(a, b, patches) < SAME_RELEASE;
}
