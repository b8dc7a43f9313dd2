import type { ReleaseAge } from '../model/matrix.ts';
import { compareReleases, type FreeBsdRelease, parseRelease } from '../model/release.ts';
import type { PatchRow, ReleaseRow, Tables } from '../model/tables.ts';
import { parseLooseRelease } from './release-distance.ts';

interface Dated {
  release: FreeBsdRelease;
  endOfLife: string;
}

/** Releases proper, oldest version first. */
const releasesOf = (rows: readonly ReleaseRow[]): Dated[] =>
  rows
    .flatMap(({ release, endOfLife }) => {
      const parsed = parseRelease(release);
      return parsed?.branch === 'RELEASE' ? [{ release: parsed, endOfLife }] : [];
    })
    .sort((a, b) => compareReleases(a.release, b.release));

/** How old a release is on a day (`2026-11-22`). Null for what is no FreeBSD release. */
export function releaseAge(text: string | null, { releases }: Tables, today: string): ReleaseAge | null {
  const loose = parseLooseRelease(text ?? '');
  if (loose === undefined) return null;
  const dated = releasesOf(releases);
  const line = dated.filter(({ release }) => release.major === loose.major);
  const { minor } = loose;
  // of a line as a whole only its last release tells when it ended
  const own = minor === undefined ? line.at(-1) : line.find(({ release }) => release.minor === minor);
  const endedOn = own !== undefined && own.endOfLife !== '' && own.endOfLife < today ? own.endOfLife : undefined;
  if (minor === undefined) return endedOn === undefined ? {} : { endedOn };
  const newer = dated.filter(
    ({ release }) => release.major > loose.major || (release.major === loose.major && release.minor > minor),
  ).length;
  return { newer, ...(endedOn !== undefined && { endedOn }) };
}

/** The newest release that is supported on a day; undefined when the table has none. */
export const currentRelease = ({ releases }: Tables, today: string): string | undefined =>
  releasesOf(releases)
    .filter(({ endOfLife }) => endOfLife === '' || endOfLife >= today)
    .at(-1)?.release.text;

/** Repairs that came to a release as an errata update: from that patch level on it is, to passthrough, another build. */
export const errataOf = (
  release: FreeBsdRelease,
  patches: readonly PatchRow[],
): { patch: PatchRow; since: FreeBsdRelease }[] =>
  patches
    .flatMap((patch) => {
      const since = parseRelease(patch.inBaseSince);
      return since !== undefined && since.patch > 0 ? [{ patch, since }] : [];
    })
    .filter(({ since }) => since.major === release.major && since.minor === release.minor)
    .sort((a, b) => compareReleases(a.since, b.since));
