import { COSTS } from '../model/finding.ts';
import type {
  CardLevel,
  Change,
  Configuration,
  MatrixColumns,
  MatrixField,
  NearestWorking,
  Traits,
} from '../model/matrix.ts';
import type { Grade } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { formatSize } from '../model/size.ts';
import { chipFamily, vendorName } from './card.ts';
import { cell, traitsAt, where } from './columns.ts';
import { FIELDS } from './fields.ts';
import { GUEST_NAMES, guestFamilies } from './guest-os.ts';
import { type Compared, FIELD_WORDS, whyNear } from './match.ts';
import { nearestRows } from './search.ts';

/** Added to the distance when working reports are ranked: hearsay is not to be preferred for being near. */
const SURCHARGE: Record<Grade, number> = { evidenced: 0, reported: 0.5, 'second-hand': 4 };
const ALTERNATIVES = 3;
/** Smaller differences are no step: another patch level without a repair in between, a neighbouring driver branch. */
const NEGLIGIBLE = 0.05;
/** The driver follows from the card: with one of another generation its driver says nothing about yours. */
const DRIVER_FIELDS: readonly MatrixField[] = ['branch', 'flavour'];
const DRIVERS_COMPARE: readonly CardLevel[] = ['same-card', 'same-model', 'same-chip', 'same-architecture'];
/** From this size on a BAR1 may not find room where that of another card does. */
const LARGE_BAR1 = 16 * 2 ** 30;

export interface WorkingReports {
  nearest: NearestWorking | null;
  /** nearest ones with your card vendor or your guest system where the nearest of all has another */
  alternatives: NearestWorking[];
  /** what these reports do not show */
  caveats: string[];
}

/** What was found about all rows: where they lie and how close their cards are. */
export interface Surveyed {
  columns: MatrixColumns;
  distances: Float64Array;
  cardOf: (row: number) => CardLevel;
  at: (row: number) => Compared;
}

/** The nearest reports of a card that works, and the steps from yours to theirs. Faults count as not working. */
export function nearestWorking(surveyed: Surveyed, yours: Configuration, tables: Tables): WorkingReports {
  const { columns, distances, at } = surveyed;
  const { role, outcome, grade, traits } = columns;
  const isGpu = where(role, (value) => value === 'gpu');
  const hasWorked = where(outcome, (value) => value === 'works');
  const works = (row: number): boolean => hasWorked(row) && isGpu(row);
  const surcharges = grade.values.map((value) => SURCHARGE[value]);
  const ranks = distances.map((distance, row) => distance + surcharges[grade.codes[row]!]!);
  const [first] = nearestRows(ranks, 1, works);
  if (first === undefined) {
    return { nearest: null, alternatives: [], caveats: ['no report of a working card is known'] };
  }
  const hasVendor = where(traits.gpu, ({ vendorId }) => vendorId !== null && vendorId === yours.vendorId);
  const hasGuest = where(traits.guest, (guest) => sharedGuest(guest, yours.guestOs));
  const lacks = { vendor: !hasVendor(first), guest: !hasGuest(first) };
  const isHearsay = where(grade, (value) => value === 'second-hand');
  // Successes that share vendor and user-space program teach much the same: the nearest stands for all.
  const others = new Map<string, number>();
  for (let row = 0; row < columns.length; row++) {
    if (!works(row) || row === first || isHearsay(row)) continue;
    if (!(lacks.vendor && hasVendor(row)) && !(lacks.guest && hasGuest(row))) continue;
    const pairing = `${cell(traits.gpu, row).vendorId} ${cell(traits.userland, row)}`;
    const best = others.get(pairing);
    if (best === undefined || ranks[row]! < ranks[best]!) others.set(pairing, row);
  }
  const alternatives = [...others.values()].sort((a, b) => ranks[a]! - ranks[b]! || a - b).slice(0, ALTERNATIVES);
  const described = describe(at(first), yours, tables);
  return {
    nearest: described.working,
    alternatives: alternatives.map((row) => describe(at(row), yours, tables).working),
    caveats: [
      ...unproven(surveyed, works, yours),
      ...caveatsOf(described.working, yours),
      ...described.refused,
      ...barCaveat(traitsAt(columns, first), yours, tables),
    ],
  };
}

/** A success and the steps to it; `refused`: differences that nobody should be advised to copy, and why. */
function describe(
  comparison: Compared,
  yours: Configuration,
  tables: Tables,
): { working: NearestWorking; refused: string[] } {
  const { observation, distance, card, differences, traits } = comparison;
  const follows = (field: MatrixField): boolean => DRIVER_FIELDS.includes(field) && !DRIVERS_COMPARE.includes(card);
  const change: Change[] = [];
  const refused: string[] = [];
  for (const { field, yours: from, theirs: to, by } of differences) {
    if (by <= NEGLIGIBLE || follows(field) || (field === 'gpu' && card === 'same-model')) continue;
    const step = FIELDS.find((entry) => entry.field === field)!.step(yours, traits[field], tables);
    if ('not' in step) refused.push(step.not);
    else change.push({ field, from, to, ...step });
  }
  change.sort((a, b) => COSTS.indexOf(a.cost) - COSTS.indexOf(b.cost));
  const working: NearestWorking = {
    id: observation.id,
    grade: observation.grade,
    distance,
    card,
    change,
    notRecorded: comparison.notRecorded.filter((field) => !follows(field)),
    why: whyNear(comparison, yours),
  };
  return { working, refused };
}

function sharedGuest(theirs: Traits['guest'], yours: string | undefined): boolean {
  const families = guestFamilies(yours ?? '');
  return guestFamilies(theirs ?? '').some((family) => families.includes(family));
}

/** How much of your configuration nobody has seen working: card, chip, architecture; vendor with your guest system. */
function unproven(
  { columns: { length, grade, traits }, cardOf }: Surveyed,
  works: (row: number) => boolean,
  { name, pciId, chip, architecture, vendorId, guestOs }: Configuration,
): string[] {
  const [family] = guestFamilies(guestOs ?? '');
  const ofFamily = where(traits.guest, (guest) => family !== undefined && guestFamilies(guest ?? '').includes(family));
  const ofVendor = where(traits.gpu, (card) => card.vendorId === vendorId);
  const isProven = where(grade, (value) => value !== 'second-hand');
  const onBhyve = where(traits.userland, (userland) => userland === 'bhyve');
  const levels = new Set<CardLevel>();
  let vendorWithGuest = false;
  for (let row = 0; row < length; row++) {
    if (!works(row) || !isProven(row) || !onBhyve(row)) continue;
    levels.add(cardOf(row));
    vendorWithGuest ||= ofVendor(row) && ofFamily(row);
  }
  const ladder: { holds: CardLevel[]; words: string | undefined }[] = [
    { holds: ['same-card', 'same-model'], words: name ?? pciId },
    { holds: ['same-chip'], words: chip === undefined ? undefined : `card with the chip ${chipFamily(chip)}` },
    { holds: ['same-architecture'], words: architecture === undefined ? undefined : `${architecture} card` },
  ];
  const missing: string[] = [];
  for (const { holds, words } of ladder) {
    if (holds.some((level) => levels.has(level))) break;
    if (words !== undefined) missing.push(words);
  }
  return [
    ...(missing.length > 0 ? [`nobody reports a working ${missing.join(', nor any ')}`] : []),
    ...(vendorId !== undefined && family !== undefined && !vendorWithGuest
      ? [`no ${vendorName(vendorId)} card is known to work with a ${GUEST_NAMES[family]} guest under bhyve`]
      : []),
  ];
}

/** Said in so many words, lest the nearest success be taken for a promise. */
function caveatsOf({ grade, change, notRecorded }: NearestWorking, yours: Configuration): string[] {
  const otherCard = change.some(({ field }) => field === 'gpu');
  const patched = change.some(({ field, to }) => field === 'patch' && to !== 'stock') && yours.patch === undefined;
  return [
    ...(grade === 'second-hand' ? ['the nearest success is hearsay'] : []),
    ...(otherCard && change.length > 1 ? [`that the other steps would help with your own card is not shown`] : []),
    ...(!otherCard && change.length > 1 ? ['several things differ, and which of them matters is not known'] : []),
    ...(patched ? ['whether your bhyve has the patch is not known'] : []),
    ...(notRecorded.length > 0
      ? [`the nearest success does not tell: ${notRecorded.map((field) => FIELD_WORDS[field]).join(', ')}`]
      : []),
  ];
}

/** Whether a BAR finds room depends on its size; a card with small ones proves nothing for one with a large one. */
function barCaveat({ gpu }: Traits, { pciId }: Configuration, { gpus }: Tables): string[] {
  const own = pciId === undefined ? undefined : gpus.get(pciId)?.bar1Bytes;
  const theirs = gpu.pciId === null ? undefined : gpus.get(gpu.pciId)?.bar1Bytes;
  if (own === undefined || own < LARGE_BAR1 || gpu.pciId === pciId || (theirs ?? 0) >= own) return [];
  const size = theirs === undefined ? 'is not told' : `has ${formatSize(theirs)}`;
  return [
    `BAR1 of your card has ${formatSize(own)} by the table of cards and that of the nearest success ${size}: it does not show that yours finds room`,
  ];
}
