import type { Cost } from '../model/finding.ts';
import type { Configuration, MatrixField } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { cardDistance } from './card.ts';
import { guestFamilies } from './guest-os.ts';
import { hasInBase, parseLooseRelease, releaseDistance } from './release-distance.ts';

/** One thing in which configurations differ. */
export interface Field {
  field: MatrixField;
  /** what a full difference adds to the distance */
  weight: number;
  /** what it takes to change it */
  cost: Cost;
  /** the value as people read it; undefined when not known */
  yours: (configuration: Configuration) => string | undefined;
  theirs: (observation: GpuObservation) => string | undefined;
  /** 0 the same to 1 different (a card of another vendor: 2); asked only when both sides are known */
  distance: (configuration: Configuration, observation: GpuObservation, tables: Tables) => number;
  /** what changing yours to theirs means in practice */
  note: (configuration: Configuration, observation: GpuObservation) => string;
}

const differs = (a: unknown, b: unknown): number => (a === b ? 0 : 1);
const stated = <T extends string>(value: T | null | undefined): T | undefined =>
  value === null || value === 'unknown' ? undefined : value;
const withOrWithout = (rom: boolean): string => (rom ? 'with rom=' : 'no rom=');

/** Number of branches from which on two drivers count as entirely different. */
const BRANCH_SPAN = 200;
/** A build patched in no listed way: nobody can say how far it is from another patched one. */
const OTHER_PATCH = 0.7;

/**
 * What is compared, and how much it counts. The weights are judgement: another card of the same vendor (about 6 to 8 of
 * 10) says less than another guest system with the same card, any NVIDIA card says more than any of another vendor
 * (20), and QEMU instead of bhyve is nearly another program.
 */
export const FIELDS: readonly Field[] = [
  {
    field: 'gpu',
    weight: 10,
    cost: 'hardware',
    yours: ({ name, pciId, chip, architecture, vendorId }) =>
      name === undefined
        ? (pciId ?? chip ?? architecture ?? vendorId)
        : pciId === undefined
          ? name
          : `${name} (${pciId})`,
    theirs: ({ gpu }) => (gpu.pciId === null ? gpu.name : `${gpu.name} (${gpu.pciId})`),
    distance: (configuration, { gpu }) => cardDistance(configuration, gpu).distance,
    note: () => 'another card',
  },
  {
    field: 'guest',
    weight: 4,
    cost: 'guest-change',
    yours: ({ guestOs }) => guestOs,
    theirs: ({ guest }) => stated(guest.os),
    distance: ({ guestOs = '' }, { guest }) => guestDistance(guestOs, guest.os ?? ''),
    note: () => 'another guest system',
  },
  {
    field: 'userland',
    weight: 6,
    cost: 'rebuild',
    yours: ({ userland = 'bhyve' }) => userland,
    theirs: ({ bhyve }) => bhyve.userland ?? 'bhyve',
    distance: ({ userland = 'bhyve' }, { bhyve }) => differs(userland, bhyve.userland ?? 'bhyve'),
    note: (_, { bhyve }) => (bhyve.userland === 'qemu' ? 'QEMU on top of vmm, not bhyve' : 'bhyve instead of QEMU'),
  },
  {
    field: 'patch',
    weight: 3,
    cost: 'rebuild',
    yours: ({ patch }) => stated(patch),
    theirs: ({ bhyve }) => stated(bhyve.patch),
    distance: patchDistance,
    note: (_, { bhyve }) =>
      bhyve.patch === 'stock' ? 'bhyve and vmm as released' : 'build bhyve or vmm with the patch',
  },
  {
    field: 'release',
    weight: 3,
    cost: 'host-reboot',
    yours: ({ release }) => (release !== undefined && parseLooseRelease(release) ? release : undefined),
    theirs: ({ host }) => (host.release !== null && parseLooseRelease(host.release) ? host.release : undefined),
    distance: ({ release = '' }, { host }, { patches }) => {
      const [a, b] = [parseLooseRelease(release), parseLooseRelease(host.release ?? '')];
      return a && b ? releaseDistance(a, b, patches) : 0;
    },
    note: () => 'another FreeBSD release',
  },
  {
    field: 'rom',
    weight: 2,
    cost: 'vm-restart',
    yours: ({ rom }) => (rom === undefined ? undefined : withOrWithout(rom)),
    theirs: ({ config }) => (config?.rom === null || config?.rom === undefined ? undefined : withOrWithout(config.rom)),
    distance: ({ rom }, { config }) => differs(rom, config?.rom),
    note: (_, { config }) => (config?.rom === true ? 'give the VBIOS with rom=' : 'leave rom= out'),
  },
  {
    field: 'signature',
    weight: 2,
    cost: 'rebuild',
    yours: ({ signature }) => stated(signature),
    theirs: ({ bhyve }) => stated(bhyve.signature),
    distance: ({ signature }, { bhyve }) => differs(signature, bhyve.signature),
    note: () => 'a vmm that shows the guest another hypervisor signature',
  },
  {
    field: 'branch',
    weight: 1,
    cost: 'guest-change',
    yours: ({ branch }) => branch,
    theirs: ({ guest }) => stated(guest.branch),
    distance: ({ branch }, { guest }) => Math.min(1, Math.abs(Number(branch) - Number(guest.branch)) / BRANCH_SPAN),
    note: () => 'another driver branch in the guest',
  },
  {
    field: 'flavour',
    weight: 1,
    cost: 'guest-change',
    yours: ({ flavour }) => flavour,
    theirs: ({ guest }) => guest.flavour ?? undefined,
    distance: ({ flavour }, { guest }) => differs(flavour, guest.flavour),
    note: () => 'another kind of driver in the guest',
  },
];

function guestDistance(yours: string, theirs: string): number {
  const [a, b] = [guestFamilies(yours), guestFamilies(theirs)];
  if (a.length === 0 || b.length === 0) return differs(yours.toLowerCase(), theirs.toLowerCase());
  return a.some((family) => b.includes(family)) ? 0 : 1;
}

/** A patch and a stock build of a release that has the patch in base are the same. */
function patchDistance(configuration: Configuration, { bhyve, host }: GpuObservation, { patches }: Tables): number {
  const { patch: yours = 'stock', release = '' } = configuration;
  const theirs = bhyve.patch;
  if (yours === theirs) return yours === 'other' ? OTHER_PATCH : 0;
  const inBase = (id: string, where: string): boolean => {
    const row = patches.find((patch) => patch.id === id);
    return row !== undefined && hasInBase(parseLooseRelease(where), row);
  };
  if (yours === 'stock') return inBase(theirs, release) ? 0 : 1;
  if (theirs === 'stock') return inBase(yours, host.release ?? '') ? 0 : 1;
  return yours === 'other' || theirs === 'other' ? OTHER_PATCH : 1;
}
