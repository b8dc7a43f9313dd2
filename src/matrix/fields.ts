import type { Cost } from '../model/finding.ts';
import type { Configuration, MatrixField, Traits } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { cardDistance, vendorName } from './card.ts';
import { guestFamilies } from './guest-os.ts';
import { hasInBase, parseLooseRelease, releaseDistance } from './release-distance.ts';
import { branchStep, flavourStep, patchStep, releaseStep, signatureStep } from './steps.ts';

/** What changing yours to theirs means in practice, or why that is no step to advise. */
export type Step = { cost: Cost; note: string } | { not: string };

/** One thing in which configurations differ. `theirs` is the value of this field of an observation's traits. */
export interface Field<Name extends MatrixField = MatrixField> {
  field: Name;
  /** what a full difference adds to the distance */
  weight: number;
  trait(observation: GpuObservation): Traits[Name];
  /** the value as people read it; undefined when not known */
  yours(configuration: Configuration): string | undefined;
  theirs(theirs: Traits[Name]): string | undefined;
  /** 0 the same to 1 different (a card of another vendor: 2); asked only when both sides are known */
  distance(configuration: Configuration, theirs: Traits[Name], tables: Tables): number;
  step(configuration: Configuration, theirs: Traits[Name], tables: Tables): Step;
}

const differs = (a: unknown, b: unknown): number => (a === b ? 0 : 1);
const stated = <T extends string>(value: T | null | undefined): T | null =>
  value === undefined || value === 'unknown' ? null : value;
const withOrWithout = (rom: boolean): string => (rom ? 'with rom=' : 'no rom=');

/** Number of branches from which on two drivers count as entirely different. */
const BRANCH_SPAN = 200;
/** A build patched in no listed way: nobody can say how far it is from another patched one. */
const OTHER_PATCH = 0.7;

const field = <Name extends MatrixField>(entry: Field<Name>): Field => entry;

/**
 * What is compared, and how much it counts. The weights are judgement: another card of the same vendor (about 6 to 8 of
 * 10) says less than another guest system with the same card, any NVIDIA card says more than any of another vendor
 * (20), and QEMU instead of bhyve is nearly another program.
 */
export const FIELDS: readonly Field[] = [
  field({
    field: 'gpu',
    weight: 10,
    trait: ({ gpu: { pciId, vendorId, name, architecture, chip } }) => ({
      pciId,
      vendorId,
      name,
      architecture,
      chip: chip ?? null,
    }),
    yours: ({ name, pciId, chip, architecture, vendorId }) =>
      name === undefined
        ? (pciId ??
          chip ??
          architecture ??
          (vendorId === undefined ? undefined : `${vendorName(vendorId)} card, model not known`))
        : pciId === undefined
          ? name
          : `${name} (${pciId})`,
    theirs: ({ pciId, name }) => (pciId === null ? name : `${name} (${pciId})`),
    distance: (configuration, gpu) => cardDistance(configuration, gpu).distance,
    step: () => ({ cost: 'hardware', note: 'another card' }),
  }),
  field({
    field: 'guest',
    weight: 4,
    trait: ({ guest }) => stated(guest.os),
    yours: ({ guestOs }) => guestOs,
    theirs: (os) => os ?? undefined,
    distance: ({ guestOs = '' }, os) => guestDistance(guestOs, os ?? ''),
    step: () => ({ cost: 'guest-change', note: 'another guest system, installed beside yours' }),
  }),
  field({
    field: 'userland',
    weight: 6,
    trait: ({ bhyve }) => bhyve.userland ?? 'bhyve',
    yours: ({ userland = 'bhyve' }) => userland,
    theirs: (userland) => userland,
    distance: ({ userland = 'bhyve' }, theirs) => differs(userland, theirs),
    step: (_, userland) => ({
      cost: 'rebuild',
      note: userland === 'qemu' ? 'QEMU on top of a patched vmm: another program, not bhyve' : 'bhyve instead of QEMU',
    }),
  }),
  field({
    field: 'patch',
    weight: 3,
    trait: ({ bhyve, host }) => {
      const id = stated(bhyve.patch);
      return id === null ? null : { id, release: host.release };
    },
    yours: ({ patch }) => stated(patch) ?? undefined,
    theirs: (patch) => patch?.id,
    distance: patchDistance,
    step: patchStep,
  }),
  field({
    field: 'release',
    weight: 3,
    trait: ({ host }) => host.release,
    yours: ({ release }) => (release !== undefined && parseLooseRelease(release) ? release : undefined),
    theirs: (release) => (release !== null && parseLooseRelease(release) ? release : undefined),
    distance: ({ release = '' }, theirs, { patches }) => {
      const [a, b] = [parseLooseRelease(release), parseLooseRelease(theirs ?? '')];
      return a && b ? releaseDistance(a, b, patches) : 0;
    },
    step: releaseStep,
  }),
  field({
    field: 'rom',
    weight: 2,
    trait: ({ config }) => config?.rom ?? null,
    yours: ({ rom }) => (rom === undefined ? undefined : withOrWithout(rom)),
    theirs: (rom) => (rom === null ? undefined : withOrWithout(rom)),
    distance: ({ rom }, theirs) => differs(rom, theirs),
    step: (_, rom) => ({
      cost: 'vm-restart',
      note: rom === true ? 'give the VBIOS of your own card, never that of another, with rom=' : 'leave rom= out',
    }),
  }),
  field({
    field: 'signature',
    weight: 2,
    trait: ({ bhyve }) => stated(bhyve.signature),
    yours: ({ signature }) => stated(signature) ?? undefined,
    theirs: (signature) => signature ?? undefined,
    distance: ({ signature }, theirs) => differs(signature, theirs),
    step: signatureStep,
  }),
  field({
    field: 'branch',
    weight: 1,
    trait: ({ guest }) => stated(guest.branch),
    yours: ({ branch }) => branch,
    theirs: (branch) => branch ?? undefined,
    distance: ({ branch }, theirs) => Math.min(1, Math.abs(Number(branch) - Number(theirs)) / BRANCH_SPAN),
    step: branchStep,
  }),
  field({
    field: 'flavour',
    weight: 1,
    trait: ({ guest }) => guest.flavour ?? null,
    yours: ({ flavour }) => flavour,
    theirs: (flavour) => flavour ?? undefined,
    distance: ({ flavour }, theirs) => differs(flavour, theirs),
    step: flavourStep,
  }),
];

function guestDistance(yours: string, theirs: string): number {
  const [a, b] = [guestFamilies(yours), guestFamilies(theirs)];
  if (a.length === 0 || b.length === 0) return differs(yours.toLowerCase(), theirs.toLowerCase());
  return a.some((family) => b.includes(family)) ? 0 : 1;
}

/** A patch and a stock build of a release that has the patch in base are the same. */
function patchDistance(configuration: Configuration, theirs: Traits['patch'], { patches }: Tables): number {
  const { patch: yours = 'stock', release = '' } = configuration;
  if (theirs === null) return 0;
  if (yours === theirs.id) return yours === 'other' ? OTHER_PATCH : 0;
  const inBase = (id: string, where: string): boolean => {
    const row = patches.find((patch) => patch.id === id);
    return row !== undefined && hasInBase(parseLooseRelease(where), row);
  };
  if (yours === 'stock') return inBase(theirs.id, release) ? 0 : 1;
  if (theirs.id === 'stock') return inBase(yours, theirs.release ?? '') ? 0 : 1;
  return yours === 'other' || theirs.id === 'other' ? OTHER_PATCH : 1;
}
