import {
  type CellFilter,
  type CellVerdict,
  type Matrix,
  type MatrixCell,
  RETEST_REASONS,
  type RetestWish,
} from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { compareReleases, type FreeBsdRelease, parseRelease } from '../model/release.ts';
import { stageIndex } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { currentRelease, errataOf } from './age.ts';
import { cellsOf } from './cells.ts';

type Why = RetestWish['why'][number];

/** Cells of one card with one guest system, and the reports in them. */
interface Group {
  cells: MatrixCell[];
  reports: Observation[];
  tables: Tables;
  current: string | undefined;
}

type Look = (group: Group) => Why[];

/**
 * Cards of which a new report would tell the most, with the reasons; the most pressing first. Among equals NVIDIA cards
 * come first, then those with more reports.
 */
export function retestWanted(matrix: Matrix, filter: CellFilter, today: string): RetestWish[] {
  const { tables } = matrix;
  const current = currentRelease(tables, today);
  const byId = new Map(matrix.observations.map((report) => [report.id, report]));
  const groups = new Map<string, MatrixCell[]>();
  for (const cell of cellsOf(matrix, filter, today)) {
    if (cell.vendorId === null || cell.userland !== 'bhyve') continue;
    const key = JSON.stringify([cell.pciId ?? cell.gpu, cell.guest]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const wishes = [...groups.values()].flatMap((cells) => {
    const ids = [...new Set(cells.flatMap((cell) => cell.ids))];
    const group: Group = { cells, reports: ids.map((id) => byId.get(id)!), tables, current };
    const why = LOOKS.flatMap((look) => look(group));
    if (why.length === 0) return [];
    const { gpu, pciId, guest, vendorId } = cells[0]!;
    const wish: RetestWish = { gpu, pciId, guest, why, wanted: wantedOf(group) };
    return [{ wish, vendorId, reports: ids.length }];
  });
  return wishes
    .sort(
      (a, b) =>
        urgency(a.wish) - urgency(b.wish) ||
        Number(b.vendorId === '10de') - Number(a.vendorId === '10de') ||
        b.wish.why.length - a.wish.why.length ||
        b.reports - a.reports,
    )
    .map(({ wish }) => wish);
}

const urgency = ({ why }: RetestWish): number => Math.min(...why.map(({ reason }) => RETEST_REASONS.indexOf(reason)));

const succeeded = ({ verdict }: MatrixCell): boolean => verdict === 'works' || verdict === 'works-with-faults';
const placed = ({ release, patch }: MatrixCell): string =>
  `${release ?? 'a release that is not told'}${patch === 'unknown' ? '' : `, ${patch === 'other' ? 'a patch of their own' : patch}`}`;

const LOOKS: Look[] = [
  function conflict({ cells }) {
    return cells.flatMap((cell): Why[] => {
      if (cell.conflict === undefined) return [];
      const { working, failing, differsIn } = cell.conflict;
      const fields = differsIn.map(({ field }) => field);
      const apart =
        fields.length === 0 ? 'they differ in nothing that both tell' : `they differ in ${fields.join(', ')}`;
      return [
        { reason: 'conflict', text: `reports for ${placed(cell)} disagree; ${apart}`, ids: [...working, ...failing] },
      ];
    });
  },
  function repaired({ cells, reports, tables }) {
    if (cells.some(succeeded)) return [];
    return repairs(reports, tables).map(({ patch, since, ids }) => ({
      reason: 'repaired' as const,
      text: `failed on a ${since.major}.${since.minor} before ${patch}, which ${since.text} and later have`,
      ids,
    }));
  },
  function inBase({ reports, tables }) {
    return reports.flatMap(({ id, bhyve, outcome }): Why[] => {
      const row = tables.patches.find((patch) => patch.id === bhyve.patch && patch.inBaseSince !== '');
      if (row === undefined || (outcome !== 'works' && outcome !== 'works-with-faults')) return [];
      return [
        {
          reason: 'in-base',
          text: `worked with ${row.id}, which ${row.inBaseSince} and later have in base`,
          ids: [id],
        },
      ];
    });
  },
  function oldSuccess({ cells }) {
    const good = cells.filter(succeeded);
    const dated = good.filter(({ age }) => age !== null);
    if (dated.length === 0 || dated.some(({ age }) => age?.endedOn === undefined)) return [];
    const best = dated.reduce((a, b) => ((b.age?.endedOn ?? '') > (a.age?.endedOn ?? '') ? b : a));
    const text = `last seen working on ${best.release}, whose support ended ${best.age?.endedOn}`;
    return [{ reason: 'old-success', text, ids: dated.flatMap(({ ids }) => ids) }];
  },
  function noRelease({ cells }) {
    const good = cells.filter(succeeded);
    if (good.length === 0 || good.some(({ release }) => release !== null)) return [];
    return [
      { reason: 'no-release', text: 'worked, on a release that is not told', ids: good.flatMap(({ ids }) => ids) },
    ];
  },
  function hearsay({ reports }) {
    if (reports.some(({ grade }) => grade !== 'second-hand')) return [];
    return [{ reason: 'hearsay', text: 'all that is known is second-hand', ids: reports.map(({ id }) => id) }];
  },
  function notCurrent({ cells, reports, tables, current }) {
    const failing = cells.filter(({ verdict, release }) => verdict === 'fails' && release !== null);
    if (
      current === undefined ||
      failing.length === 0 ||
      cells.some(({ verdict }) => verdict !== 'fails' && verdict !== 'unknown')
    )
      return [];
    // already said, and for a better reason
    if (repairs(reports, tables).length > 0) return [];
    const [major, minor] = current.split(/[.-]/);
    if (cells.some(({ release }) => release?.startsWith(`${major}.${minor}`))) return [];
    const newest = failing[0]!;
    return [{ reason: 'not-current', text: `failed on ${placed(newest)}; no report on ${current}`, ids: newest.ids }];
  },
  function noOutcome({ cells }) {
    if (cells.some(({ verdict }) => verdict !== 'unknown')) return [];
    return [{ reason: 'no-outcome', text: 'nobody says whether it works', ids: cells.flatMap(({ ids }) => ids) }];
  },
];

/** Errata updates that came to the release of failing reports after them. */
function repairs(
  reports: readonly Observation[],
  { patches }: Tables,
): { patch: string; since: FreeBsdRelease; ids: string[] }[] {
  const found = new Map<string, { patch: string; since: FreeBsdRelease; ids: string[] }>();
  for (const { id, host, outcome, bhyve } of reports) {
    const release = parseRelease(host.release ?? '');
    if (release === undefined || outcome === 'untested' || outcome === 'unknown') continue;
    for (const { patch, since } of errataOf(release, patches)) {
      if (compareReleases(release, since) >= 0 || bhyve.patch === patch.id) continue;
      const entry = found.get(patch.id) ?? { patch: patch.id, since, ids: [] };
      entry.ids.push(id);
      found.set(patch.id, entry);
    }
  }
  return [...found.values()];
}

/** The newest supported release, with the patch of a success; where there is none, of what came furthest. */
function wantedOf({ cells, current }: Group): string {
  const best = [...cells].sort(
    (a, b) => merit(b) - merit(a) || Number(b.patch === 'stock') - Number(a.patch === 'stock'),
  )[0]!;
  const patch = best.patch === 'unknown' || best.patch === 'other' ? 'stock' : best.patch;
  return `${current ?? 'a supported release'}, ${patch}`;
}

const MERIT: Record<CellVerdict, number> = {
  works: 300,
  conflict: 200,
  'works-with-faults': 200,
  fails: 0,
  unknown: -1,
};
const merit = ({ verdict, failedStages }: MatrixCell): number =>
  MERIT[verdict] + (verdict === 'fails' ? Math.max(0, ...failedStages.map(stageIndex)) : 0);
