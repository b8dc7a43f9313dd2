/** A FreeBSD release name taken apart. Source of the grammar: newvers.sh and freebsd-version(1). */
export interface FreeBsdRelease {
  /** as written, e.g. `15.0-RELEASE-p5` */
  text: string;
  major: number;
  minor: number;
  /** RELEASE, STABLE, CURRENT, ALPHA2, BETA1, RC3, PRERELEASE */
  branch: string;
  /** patch level of a RELEASE, 0 when none is written */
  patch: number;
}

export function parseRelease(text: string): FreeBsdRelease | undefined {
  const match =
    /\b(\d{1,2})\.(\d{1,2})-(RELEASE|STABLE|CURRENT|PRERELEASE|ALPHA\d*|BETA\d*|RC\d*)(?:-p(\d{1,3}))?\b/.exec(text);
  if (!match) return undefined;
  return {
    text: match[0],
    major: Number(match[1]),
    minor: Number(match[2]),
    branch: match[3]!,
    patch: Number(match[4] ?? 0),
  };
}

/** Order of what precedes a RELEASE of the same version. STABLE and CURRENT are moving targets, ranked after it. */
function branchRank(branch: string): number {
  const order = ['ALPHA', 'BETA', 'RC', 'PRERELEASE', 'RELEASE', 'STABLE', 'CURRENT'];
  const name = branch.replace(/\d+$/, '');
  return order.indexOf(name) * 100 + Number(/\d+$/.exec(branch)?.[0] ?? 0);
}

/** Negative when `a` is older than `b`. Only as good as the names: -STABLE and -CURRENT cover months of changes. */
export function compareReleases(a: FreeBsdRelease, b: FreeBsdRelease): number {
  return a.major - b.major || a.minor - b.minor || branchRank(a.branch) - branchRank(b.branch) || a.patch - b.patch;
}
