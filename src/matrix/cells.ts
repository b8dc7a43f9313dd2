import type { CellDifference, CellFilter, CellScope, CellVerdict, Matrix, MatrixCell } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import { compareReleases } from '../model/release.ts';
import { stageIndex } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { errataOf, releaseAge } from './age.ts';
import { vendorName } from './card.ts';
import { inRowOrder } from './columns.ts';
import { isFreeBsd, isGpu, standing } from './compare.ts';
import { GUEST_NAMES, guestFamilies } from './guest-os.ts';
import { rungOf, sortByKind } from './judge.ts';
import { isArchitecture, isCard, isGuest, isRelease } from './query.ts';
import { hasInBase, parseLooseRelease } from './release-distance.ts';

/** What all reports of a cell share. */
type Place = Pick<
  MatrixCell,
  'gpu' | 'pciId' | 'vendorId' | 'architecture' | 'release' | 'patch' | 'userland' | 'guest'
>;

/** Reports of graphics cards on FreeBSD that still stand, sorted into cells; `today` is a date such as `2026-11-22`. */
export function cellsOf({ observations, tables }: Matrix, filter: CellFilter, today: string): MatrixCell[] {
  const { gpu, architecture, release, guest, verdicts, scope = 'card' } = filter;
  const reports = standing(observations)
    .filter(isFreeBsd)
    .filter(isGpu)
    .filter(
      (report) =>
        (gpu === undefined || isCard(report, gpu, tables)) &&
        (architecture === undefined || isArchitecture(report, architecture)) &&
        (release === undefined || isRelease(report, release)) &&
        (guest === undefined || isGuest(report, guest)),
    );
  return grouped(inRowOrder(reports).filter(isGpu), scope, tables)
    .map(({ place, reports: own }) => judgeCell(place, own, tables, today))
    .filter(({ verdict }) => verdicts === undefined || verdicts.length === 0 || verdicts.includes(verdict))
    .sort(byPlace);
}

function grouped(
  reports: readonly GpuObservation[],
  scope: CellScope,
  tables: Tables,
): { place: Place; reports: GpuObservation[] }[] {
  const cells = new Map<string, { place: Place; reports: GpuObservation[] }>();
  for (const report of reports) {
    const { gpu, host, bhyve } = report;
    const families = guestFamilies(report.guest.os ?? '').map((family) => GUEST_NAMES[family]);
    // a report about several guest systems says something of each
    for (const guest of families.length === 0 ? [report.guest.os] : families) {
      const place: Place = {
        ...subjectOf(gpu, scope, tables),
        release: releaseLabel(host.release, tables),
        patch: patchLabel(report, tables),
        userland: bhyve.userland ?? 'bhyve',
        guest,
      };
      const key = JSON.stringify([place.pciId ?? place.gpu, place.release, place.patch, place.userland, guest]);
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, { place, reports: [report] });
      else cell.reports.push(report);
    }
  }
  return [...cells.values()];
}

function subjectOf(
  { pciId, vendorId, name, architecture }: GpuObservation['gpu'],
  scope: CellScope,
  { gpus }: Tables,
): Pick<Place, 'gpu' | 'pciId' | 'vendorId' | 'architecture'> {
  if (scope === 'card') {
    return { gpu: (pciId === null ? undefined : gpus.get(pciId)?.name) ?? name, pciId, vendorId, architecture };
  }
  const vendor = vendorId === null ? 'vendor not told' : vendorName(vendorId);
  return { gpu: `${vendor}, ${architecture ?? 'family not told'}`, pciId: null, vendorId, architecture };
}

/**
 * Minor version, cut where an errata update repaired passthrough: `15.0 before p1` and `15.0 from p1` are different
 * builds, patch levels between are not. What is no release stays as it is told.
 */
function releaseLabel(text: string | null, { patches }: Tables): string | null {
  const loose = parseLooseRelease(text ?? '');
  if (loose === undefined) return text;
  if (loose.minor === undefined) return `${loose.major}.x`;
  const label = `${loose.major}.${loose.minor}`;
  const { exact } = loose;
  if (exact === undefined) return label;
  if (exact.branch === 'CURRENT') return `${label}-CURRENT`;
  const errata = errataOf(exact, patches);
  const had = errata.filter(({ since }) => compareReleases(since, exact) <= 0).at(-1);
  if (had !== undefined) return `${label} from p${had.since.patch}`;
  return errata.length === 0 ? label : `${label} before p${errata[0]!.since.patch}`;
}

function patchLabel({ bhyve, host }: GpuObservation, { patches }: Tables): string {
  const row = patches.find(({ id }) => id === bhyve.patch);
  return row !== undefined && hasInBase(parseLooseRelease(host.release ?? ''), row) ? 'stock' : bhyve.patch;
}

function judgeCell(place: Place, reports: readonly GpuObservation[], tables: Tables, today: string): MatrixCell {
  const firstHand = reports.filter(({ grade }) => grade !== 'second-hand');
  const of = sortByKind(reports);
  const own = sortByKind(firstHand);
  // hearsay decides only where there is nothing else
  const decided = own.good.length + own.faulty.length + own.bad.length > 0 ? own : of;
  const working = [...decided.good, ...decided.faulty];
  const verdict = verdictOf(decided);
  const supporting = { works: decided.good, 'works-with-faults': decided.faulty, fails: decided.bad }[
    verdict as string
  ];
  const releases = [...new Set(reports.map(({ host }) => host.release))];
  return {
    ...place,
    verdict,
    confidence: rungOf(supporting ?? (verdict === 'conflict' ? [...working, ...decided.bad] : [])) ?? null,
    counts: {
      working: of.good.length,
      faulty: of.faulty.length,
      failing: of.bad.length,
      setUp: of['set-up'].length,
      open: of.open.length,
    },
    failedStages: [...new Set(of.bad.flatMap(({ failedStage }) => failedStage ?? []))].sort(
      (a, b) => stageIndex(a) - stageIndex(b),
    ),
    ...(verdict === 'conflict' && {
      conflict: {
        working: working.map(({ id }) => id),
        failing: decided.bad.map(({ id }) => id),
        differsIn: differences(working, decided.bad),
      },
    }),
    age: releaseAge(releases[0] ?? null, tables, today),
    latest:
      reports
        .map(({ source }) => source.date ?? '')
        .sort()
        .at(-1) || null,
    ids: reports.map(({ id }) => id),
  };
}

function verdictOf({ good, faulty, bad }: ReturnType<typeof sortByKind>): CellVerdict {
  if (bad.length > 0) return good.length + faulty.length > 0 ? 'conflict' : 'fails';
  if (good.length > 0) return 'works';
  return faulty.length > 0 ? 'works-with-faults' : 'unknown';
}

/** What may explain that reports of one cell contradict each other. */
const ASPECTS: { field: string; of: (report: GpuObservation) => string | number | boolean | null | undefined }[] = [
  { field: 'release', of: ({ host }) => host.release },
  { field: 'build', of: ({ bhyve }) => bhyve.detail },
  { field: 'signature', of: ({ bhyve }) => (bhyve.signature === 'unknown' ? null : bhyve.signature) },
  { field: 'guest', of: ({ guest }) => guest.os },
  { field: 'driver', of: ({ guest }) => guest.driver },
  { field: 'kind of driver', of: ({ guest }) => guest.flavour },
  { field: 'rom=', of: ({ config }) => config?.rom },
  { field: 'loader', of: ({ config }) => config?.loader },
  { field: 'functions', of: ({ config }) => config?.functions },
  { field: 'memory', of: ({ config }) => config?.memoryBytes },
  { field: 'VM', of: ({ config }) => config?.notes },
  { field: 'subsystem', of: ({ gpu }) => gpu.subsystemId },
  { field: 'CPU', of: ({ host }) => host.cpuVendor },
  { field: 'machine', of: ({ host }) => host.hardware },
  { field: 'firmware', of: ({ host }) => host.firmware },
  { field: 'reporter', of: ({ reporter }) => reporter },
];

/** Fields that both sides tell and in which no working report equals a failing one. */
function differences(working: readonly GpuObservation[], failing: readonly GpuObservation[]): CellDifference[] {
  return ASPECTS.flatMap(({ field, of }) => {
    const told = (reports: readonly GpuObservation[]): string[] => [
      ...new Set(reports.map(of).flatMap((value) => (value === null || value === undefined ? [] : [String(value)]))),
    ];
    const [good, bad] = [told(working), told(failing)];
    const apart = good.length > 0 && bad.length > 0 && !good.some((value) => bad.includes(value));
    return apart ? [{ field, working: good, failing: bad }] : [];
  });
}

function byPlace(a: MatrixCell, b: MatrixCell): number {
  const text = (x: string, y: string): number => x.localeCompare(y, 'en', { numeric: true });
  return (
    text(a.gpu, b.gpu) ||
    // newest first, not told last
    text(b.release ?? '', a.release ?? '') ||
    text(a.patch, b.patch) ||
    text(a.userland, b.userland) ||
    text(a.guest ?? '~', b.guest ?? '~')
  );
}
