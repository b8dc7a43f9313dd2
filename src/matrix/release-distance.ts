import { compareReleases, type FreeBsdRelease, parseRelease } from '../model/release.ts';
import type { PatchRow } from '../model/tables.ts';

/** A release as reports name it; `minor` is missing for `14.x`, `exact` for everything without a branch name. */
export interface LooseRelease {
  major: number;
  minor?: number;
  exact?: FreeBsdRelease;
}

/** `15.0-RELEASE-p5`, `14.3`, `14.x`, `FreeBSD 13`; undefined when no release can be made out. */
export function parseLooseRelease(text: string): LooseRelease | undefined {
  const exact = parseRelease(text);
  if (exact) return { major: exact.major, minor: exact.minor, exact };
  const match = /^(?:FreeBSD )?(\d{1,2})(?:\.(\d{1,2}|x))?$/.exec(text.trim());
  if (!match) return undefined;
  const minor = match[2] === undefined || match[2] === 'x' ? undefined : Number(match[2]);
  return { major: Number(match[1]), ...(minor === undefined ? {} : { minor }) };
}

/** Steps of the scale 0 (same) to 1 (as far as releases get). Half of it is where another major version begins. */
const PATCH_LEVEL = 0.05;
const UNSTATED_BRANCH = 0.02;
const OTHER_BRANCH = 0.15;
const REPAIRED_BETWEEN = 0.25;
const UNSTATED_MINOR = 0.3;
const OTHER_MINOR = { first: 0.25, each: 0.05, most: 0.45 };
const OTHER_MAJOR = { first: 0.5, each: 0.15, most: 1 };

/**
 * How far two releases are apart, 0 to 1, by their order and not by their names. Two builds of one minor version on
 * either side of a repair (a patch with `inBaseSince` between them) are further apart than their numbers say.
 */
export function releaseDistance(a: LooseRelease, b: LooseRelease, patches: readonly PatchRow[]): number {
  const majors = Math.abs(a.major - b.major);
  if (majors > 0) return stepped(OTHER_MAJOR, majors);
  if (a.minor === undefined || b.minor === undefined) return a.minor === b.minor ? 0 : UNSTATED_MINOR;
  const minors = Math.abs(a.minor - b.minor);
  if (minors > 0) return stepped(OTHER_MINOR, minors);
  if (a.exact === undefined || b.exact === undefined) return a.exact === b.exact ? 0 : UNSTATED_BRANCH;
  const order = compareReleases(a.exact, b.exact);
  if (order === 0) return 0;
  const [older, newer] = order < 0 ? [a.exact, b.exact] : [b.exact, a.exact];
  const step = older.branch === newer.branch ? PATCH_LEVEL : OTHER_BRANCH;
  return patches.some((patch) => repairedBetween(patch, older, newer)) ? step + REPAIRED_BETWEEN : step;
}

const stepped = ({ first, each, most }: { first: number; each: number; most: number }, steps: number): number =>
  Math.min(first + each * (steps - 1), most);

function repairedBetween({ inBaseSince }: PatchRow, older: FreeBsdRelease, newer: FreeBsdRelease): boolean {
  const since = parseRelease(inBaseSince);
  return since !== undefined && compareReleases(older, since) < 0 && compareReleases(since, newer) <= 0;
}

/** Whether a release holds a patch in base. Only known for releases of the major version it was recorded for. */
export function hasInBase(release: LooseRelease | undefined, { inBaseSince }: PatchRow): boolean {
  const since = parseRelease(inBaseSince);
  if (since === undefined || release?.exact?.major !== since.major) return false;
  return compareReleases(since, release.exact) <= 0;
}
