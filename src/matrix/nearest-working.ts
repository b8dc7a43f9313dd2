import { COSTS } from '../model/finding.ts';
import type { CardLevel, Configuration, MatrixField, NearestWorking } from '../model/matrix.ts';
import type { Grade } from '../model/observation.ts';
import { chipFamily, vendorName } from './card.ts';
import type { Comparison } from './compare.ts';
import { FIELDS } from './fields.ts';
import { GUEST_NAMES, guestFamilies } from './guest-os.ts';
import { byDistance, whyNear } from './match.ts';

/** Added to the distance when working reports are ranked: hearsay is not to be preferred for being near. */
const SURCHARGE: Record<Grade, number> = { evidenced: 0, reported: 0.5, 'second-hand': 4 };
const ALTERNATIVES = 3;
/** Smaller differences are no step: another patch level without a repair in between, a neighbouring driver branch. */
const NEGLIGIBLE = 0.05;
/** The driver follows from the card: with one of another generation its driver says nothing about yours. */
const DRIVER_FIELDS: readonly MatrixField[] = ['branch', 'flavour'];
const DRIVERS_COMPARE: readonly CardLevel[] = ['same-card', 'same-model', 'same-chip', 'same-architecture'];

export interface WorkingReports {
  nearest: NearestWorking | null;
  /** nearest ones with your card vendor or your guest system where the nearest of all has another */
  alternatives: NearestWorking[];
  /** what these reports do not show */
  caveats: string[];
}

/** The nearest reports of a card that works, and the steps from yours to theirs. Faults count as not working. */
export function nearestWorking(comparisons: readonly Comparison[], configuration: Configuration): WorkingReports {
  const rank = ({ distance, observation }: Comparison): number => distance + SURCHARGE[observation.grade];
  const working = comparisons
    .filter(({ observation }) => observation.outcome === 'works')
    .sort((a, b) => rank(a) - rank(b) || byDistance(a, b));
  const [first, ...others] = working;
  if (first === undefined) {
    return { nearest: null, alternatives: [], caveats: ['no report of a working card is known'] };
  }
  const taken = new Set<string>();
  const alternatives = others.filter((comparison) => {
    if (!keepsMore(comparison, first, configuration) || taken.has(pairing(comparison))) return false;
    taken.add(pairing(comparison));
    return true;
  });
  const nearest = describe(first, configuration);
  return {
    nearest,
    alternatives: alternatives.slice(0, ALTERNATIVES).map((comparison) => describe(comparison, configuration)),
    caveats: caveatsOf(nearest, working, configuration),
  };
}

function describe(comparison: Comparison, configuration: Configuration): NearestWorking {
  const { observation, distance, card, differences } = comparison;
  const follows = (field: MatrixField): boolean => DRIVER_FIELDS.includes(field) && !DRIVERS_COMPARE.includes(card);
  const notRecorded = comparison.notRecorded.filter((field) => !follows(field));
  const change = differences
    .filter(({ field, by }) => by > NEGLIGIBLE && !follows(field) && (field !== 'gpu' || card !== 'same-model'))
    .map(({ field, yours, theirs }) => {
      const { cost, note } = FIELDS.find((entry) => entry.field === field)!;
      return { field, from: yours, to: theirs, cost, note: note(configuration, observation) };
    })
    .sort((a, b) => COSTS.indexOf(a.cost) - COSTS.indexOf(b.cost));
  return {
    id: observation.id,
    grade: observation.grade,
    distance,
    card,
    change,
    notRecorded,
    why: whyNear(comparison, configuration),
  };
}

/** Vendor and user-space program: successes that share both teach much the same. */
const pairing = ({ observation: { gpu, bhyve } }: Comparison): string => `${gpu.vendorId} ${bhyve.userland ?? 'bhyve'}`;

/** First-hand, and with your card vendor or your guest system where the nearest success has another. */
function keepsMore(other: Comparison, nearest: Comparison, configuration: Configuration): boolean {
  if (other.observation.grade === 'second-hand') return false;
  return [hasVendor, hasGuest].some((has) => has(other, configuration) && !has(nearest, configuration));
}

const hasVendor = ({ observation: { gpu } }: Comparison, { vendorId }: Configuration): boolean =>
  vendorId !== undefined && gpu.vendorId === vendorId;

function hasGuest({ observation: { guest } }: Comparison, { guestOs = '' }: Configuration): boolean {
  const families = guestFamilies(guestOs);
  return guestFamilies(guest.os ?? '').some((family) => families.includes(family));
}

/** Said in so many words, lest the nearest success be taken for a promise. */
function caveatsOf(nearest: NearestWorking, working: readonly Comparison[], configuration: Configuration): string[] {
  const caveats: string[] = [];
  const proven = working.filter(({ observation }) => observation.grade !== 'second-hand');
  const onBhyve = proven.filter(({ observation }) => (observation.bhyve.userland ?? 'bhyve') === 'bhyve');
  const ladder = [
    { holds: ['same-card', 'same-model'], words: configuration.name ?? configuration.pciId },
    { holds: ['same-chip'], words: configuration.chip && `card with the chip ${chipFamily(configuration.chip)}` },
    { holds: ['same-architecture'], words: configuration.architecture && `${configuration.architecture} card` },
  ];
  const missing: string[] = [];
  for (const { holds, words } of ladder) {
    if (onBhyve.some(({ card }) => holds.includes(card))) break;
    if (words !== undefined && words !== '') missing.push(words);
  }
  if (missing.length > 0) caveats.push(`nobody reports a working ${missing.join(', nor any ')}`);
  const { vendorId } = configuration;
  const [family] = guestFamilies(configuration.guestOs ?? '');
  if (vendorId !== undefined && family !== undefined) {
    const ofVendor = onBhyve.filter(({ observation }) => observation.gpu.vendorId === vendorId);
    if (!ofVendor.some(({ observation }) => guestFamilies(observation.guest.os ?? '').includes(family))) {
      caveats.push(`no ${vendorName(vendorId)} card is known to work with a ${GUEST_NAMES[family]} guest under bhyve`);
    }
  }
  if (nearest.grade === 'second-hand') caveats.push('the nearest success is hearsay');
  if (nearest.change.length > 1) caveats.push('several things differ, and which of them matters is not known');
  if (nearest.notRecorded.length > 0) {
    caveats.push(`the nearest success does not tell: ${nearest.notRecorded.join(', ')}`);
  }
  return caveats;
}
