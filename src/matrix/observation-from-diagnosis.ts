import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Guest, GuestGpu } from '../model/guest.ts';
import type { Host, HostFunction, Vm } from '../model/host.ts';
import type { GpuObservation } from '../model/observation.ts';
import { at, type Ref } from '../model/source.ts';
import type { Outcome, Stage } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { clean, shorten } from '../model/text.ts';
import { vendorName } from './card.ts';
import { GUEST_NAMES } from './guest-os.ts';
import { cardOf, configurationOf } from './report-part.ts';

/** The part of an observation that evidence alone tells. What it does not tell is null, left out or `unknown`. */
export type Claim = Pick<
  GpuObservation,
  'gpu' | 'host' | 'bhyve' | 'guest' | 'config' | 'outcome' | 'failedStage' | 'symptoms' | 'summary'
>;

export interface Derived {
  claim: Claim;
  /** the lines the claim rests on, and those that findings cite */
  refs: Ref[];
}

/** Why evidence makes no entry: what it lacks, said of the input. */
export interface NoClaim {
  why: string;
}

/** What a field of the schema takes. */
const MAX_TEXT = 2000;
const text = (value: string): string => shorten(clean(value).trim(), MAX_TEXT);
const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });

/** A diagnosis as a claim of the matrix. Pure: the same evidence makes the same claim. */
export function observationFromDiagnosis(diagnosis: Diagnosis, tables: Tables): Derived | NoClaim {
  const { report, host, guests } = diagnosis;
  const card = cardOf(diagnosis);
  const guest = guests[0];
  const configuration = configurationOf(diagnosis, card);
  const vendorId = card?.pciId?.slice(0, 4) ?? configuration.vendorId;
  if (vendorId === undefined) return { why: 'shows no graphics card that is passed through' };
  if (!host.present && guest?.isBhyve !== true) return { why: 'shows neither a FreeBSD host nor a guest of bhyve' };
  const { outcome, failedStage } = resultOf(diagnosis);
  if (outcome === 'unknown') return { why: 'does not show how far the card gets' };

  const row = card?.pciId === undefined ? undefined : tables.gpus.get(card.pciId);
  const device = host.functions.find(({ bdf, domain }) => domain === 0 && bdf === report.overview.card?.hostBdf);
  const seen = guest?.gpus.find(({ bdf }) => bdf === report.overview.card?.guestBdf);
  const vms = host.vms.filter(({ passthru }) => passthru.some(({ hostBdf }) => hostBdf === device?.bdf));
  const named = namedValues(diagnosis.reading);
  const symptoms = report.findings
    .filter(({ state, kind, code }) => state === 'present' && kind !== 'notice' && tables.findingCodes.has(code))
    .map(({ code }) => code);
  return {
    claim: {
      gpu: {
        pciId: card?.pciId ?? null,
        vendorId,
        name: text(card?.name ?? `${vendorName(vendorId)} card`),
        ...optional('subsystemId', device?.subsystemId ?? seen?.subsystemId),
        architecture: row?.architecture || null,
        ...optional('chip', row?.chip || undefined),
        ...optional('bars', barsOf(device, seen)),
      },
      host: hostPart(host, named),
      bhyve: {
        patch: configuration.patch ?? 'unknown',
        detail: null,
        signature: configuration.signature ?? 'unknown',
      },
      guest: guestPart(guest),
      ...optional('config', configPart(vms, device, configuration.rom)),
      outcome,
      failedStage,
      symptoms: [...new Set(symptoms)].sort(),
      summary: text(report.verdict.summary),
    },
    refs: [...citedLines(diagnosis), ...factLines(host, guest, device, vms), ...[...named.values()].map(at)],
  };
}

/** How it ended for this card: of several cards its own verdict counts, else that of the whole. */
function resultOf({ report }: Diagnosis): { outcome: Outcome; failedStage: Stage | null } {
  const { card } = report.overview;
  const own = report.cards.find(
    ({ hostBdf, guestBdf }) =>
      (hostBdf !== undefined && hostBdf === card?.hostBdf) || (guestBdf !== undefined && guestBdf === card?.guestBdf),
  );
  if (own !== undefined) return { outcome: own.outcome, failedStage: own.failedAt ?? null };
  const failed = report.verdict.stages.find(({ status }) => status === 'failed');
  return { outcome: report.verdict.outcome, failedStage: failed?.id ?? null };
}

/** Values that only the entry shows: names of sysctl and of the kernel environment. */
const NAMES = new Set(['kern.osreldate', 'smbios.planar.maker', 'smbios.planar.product']);
type NamedValue = Ref & { name: string; value: string };

function namedValues(reading: Diagnosis['reading']): ReadonlyMap<string, NamedValue> {
  const own = [
    ...reading.of<{ values: NamedValue[] }>('sysctl').map((entry) => ({ ...entry, list: entry.facts.values })),
    ...reading.of<{ variables: NamedValue[] }>('kenv').map((entry) => ({ ...entry, list: entry.facts.variables })),
  ].filter(({ artifact }) => artifact.side !== 'guest');
  const values = own.flatMap(({ list }) => list).filter(({ name }) => NAMES.has(name));
  return new Map(values.map((value) => [value.name, value]));
}

/** As the host lists them, else the guest, which may not tell everything. */
function barsOf(device: HostFunction | undefined, seen: GuestGpu | undefined): Claim['gpu']['bars'] {
  const bars = device !== undefined && device.bars.length > 0 ? device.bars : (seen?.bars ?? []);
  const known = bars.flatMap(({ index, sizeBytes, bits, prefetchable }) =>
    sizeBytes === undefined
      ? []
      : [
          {
            index,
            bytes: sizeBytes,
            bits64: bits === undefined ? null : bits === 64,
            prefetchable: prefetchable ?? null,
          },
        ],
  );
  return known.length === 0 ? undefined : known;
}

function hostPart(host: Host, named: ReadonlyMap<string, NamedValue>): Claim['host'] {
  const { cpu } = host;
  const osreldate = Number(named.get('kern.osreldate')?.value);
  const board = ['smbios.planar.maker', 'smbios.planar.product'].flatMap((name) => named.get(name)?.value ?? []);
  const model = cpu?.model === undefined ? undefined : text(cpu.model);
  return {
    release: host.release?.value.text ?? null,
    // Every parser of the host side reads FreeBSD; a guest alone does not tell what bhyve runs on.
    os: host.present ? 'FreeBSD' : 'unknown',
    cpuVendor: cpu === undefined || cpu.vendor === 'other' ? null : cpu.vendor,
    hardware: model ?? null,
    ...optional('osreldate', Number.isInteger(osreldate) && osreldate > 0 ? osreldate : undefined),
    ...optional('revision', host.gitId === undefined ? undefined : text(host.gitId.value)),
    ...optional('cpu', model),
    ...optional('board', board.length === 0 ? undefined : text(board.join(' '))),
  };
}

function guestPart(guest: Guest | undefined): Claim['guest'] {
  const { version, flavour } = guest?.driver ?? {};
  const branch = /^\d{3}(?=\.)/.exec(version?.value ?? '')?.[0];
  return {
    os: guest?.os === undefined ? null : GUEST_NAMES[guest.os.value],
    driver: version === undefined ? null : text(`nvidia ${version.value}`),
    ...optional('kernel', guest?.kernel === undefined ? undefined : text(guest.kernel.value)),
    ...optional('driverVersion', version === undefined ? undefined : text(version.value)),
    ...optional('branch', branch),
    ...optional('flavour', flavour?.value),
  };
}

/** @param vms descriptions of the VM that is given the card, one per source */
function configPart(
  vms: readonly Vm[],
  device: HostFunction | undefined,
  rom: boolean | undefined,
): Claim['config'] | undefined {
  const [vm] = vms;
  if (vm === undefined || device === undefined) return rom === undefined ? undefined : { rom };
  const first = <T>(read: (vm: Vm) => T | undefined): T | undefined =>
    vms.map(read).find((value) => value !== undefined);
  const slot = (bdf: string | undefined): string | undefined => bdf?.replace(/\/\d+$/, '');
  const own = vm.passthru.filter(({ hostBdf }) => slot(hostBdf) === slot(device.bdf));
  const loader = first((of) => of.loader);
  const slots = vms
    .map(({ passthru }) => passthru.filter(({ hostBdf }) => slot(hostBdf) === slot(device.bdf)))
    .find((entries) => entries.every(({ guestSlot, guestBus = 0 }) => guestSlot !== undefined && guestBus === 0));
  return {
    ...optional(
      'memoryBytes',
      first((of) => of.memoryBytes),
    ),
    ...optional(
      'cpus',
      first((of) => of.cpus),
    ),
    ...optional('loader', loader === undefined ? undefined : text(loader)),
    ...optional('rom', rom),
    functions: own.length,
    hostSlots: own.map(({ hostBdf }) => hostBdf!),
    ...optional(
      'guestSlots',
      slots?.map(({ guestSlot, guestFunction = 0 }) => `${guestSlot!}:${guestFunction}`),
    ),
  };
}

/** Lines that findings, stages and what was ruled out cite. */
const citedLines = ({ report }: Diagnosis): Ref[] =>
  [
    ...report.findings.filter(({ state }) => state === 'present').flatMap(({ evidence }) => evidence),
    ...report.verdict.stages.flatMap(({ evidence }) => evidence),
    ...report.verdict.ruledOut.flatMap(({ because }) => because),
  ].map(at);

/** Lines from which the facts of the claim were read. */
function factLines(host: Host, guest: Guest | undefined, device: HostFunction | undefined, vms: readonly Vm[]): Ref[] {
  const seen = guest?.gpus ?? [];
  const facts: (Ref | undefined)[] = [
    host.release,
    host.gitId,
    host.cpu,
    device,
    ...(device?.bars ?? []),
    ...vms,
    ...vms.flatMap(({ passthru }) => passthru),
    guest?.os,
    guest?.kernel,
    guest?.dmi,
    guest?.hypervisorDetected,
    guest?.driver.version,
    guest?.driver.flavour,
    guest?.driver.loaded,
    ...seen,
    ...seen.flatMap(({ bars }) => bars),
  ];
  return facts.filter((ref) => ref !== undefined).map(at);
}
