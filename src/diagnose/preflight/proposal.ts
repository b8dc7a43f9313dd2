import type { LoaderConfFacts } from '../../../parsers/host/loader-conf.ts';
import type { VmBhyveConfFacts } from '../../../parsers/host/vm-bhyve-conf.ts';
import { PPTDEVS_NAMES } from '../../../parsers/lib/pptdevs.ts';
import type { Host, PassthruEntry } from '../../model/host.ts';
import type { PreflightProposal, ProposedLine } from '../../model/preflight.ts';
import { formatSize } from '../../model/size.ts';
import type { Reading } from '../read.ts';
import type { Card } from './card.ts';
import { needsAmdLine } from './firmware-host.ts';
import { DEFAULT_SLOT, type Plan, type PlannedFunction } from './plan.ts';
import type { Reservation } from './reservation.ts';

const LOADER_CONF = '/boot/loader.conf';
const FIRMWARE = '/usr/local/share/uefi-firmware/BHYVE_UEFI.fd';
const ROM = '/path/to/card.rom';
/** Lines of vm-bhyve about passed devices. */
const PASSTHRU = /^passthru\d+(?:_options)?$/;

type Proposal = Omit<PreflightProposal, 'leftOut'>;
type ProposedFile = Proposal['loaderConf'];

/** Assignments in force in a file that was read; undefined when none was. */
type Settings = ReadonlyMap<string, { value: string; raw: string }> | undefined;

/** Settings of loader.conf in force: of several files the last wins. */
export function loaderSettings(reading: Reading): Settings {
  const files = reading.of<LoaderConfFacts>('loader-conf');
  if (files.length === 0) return undefined;
  return new Map(
    files.flatMap(({ facts }) =>
      facts.settings.filter(({ active }) => active).map(({ name, value, raw }) => [name, { value, raw }]),
    ),
  );
}

function vmSettings(reading: Reading, plan: Plan): Settings {
  if (plan.vm?.via !== 'vm-bhyve-conf') return undefined;
  const file = reading
    .of<VmBhyveConfFacts>('vm-bhyve-conf')
    .find(({ artifact }) => artifact.path === plan.vm?.artifact);
  return (
    file &&
    new Map(file.facts.settings.filter(({ active }) => active).map(({ name, value, raw }) => [name, { value, raw }]))
  );
}

/** The lines of both files, and the same for bhyve without a manager. */
export function propose(host: Host, card: Card, plan: Plan, reservation: Reservation, reading: Reading): Proposal {
  const options = bhyveDevices(plan);
  return {
    loaderConf: loaderConf(host, card, reservation, loaderSettings(reading)),
    vmBhyve: vmBhyve(card, plan, vmSettings(reading, plan)),
    bhyve: [...options, rest(plan)].map((line, i) => (i < options.length ? `${line} \\` : line)),
    rom: {
      vmBhyve: `passthru${indexOfDisplay(card, plan)}_options="rom=${ROM}"`,
      bhyve: `${options.find((option) => option.includes(`passthru,${card.gpu.display.bdf}`)) ?? ''},rom=${ROM}`,
      text:
        'The VBIOS of exactly this card, cut so that it begins with the bytes 55 AA. Reports of NVIDIA cards that work with Windows use one; ' +
        'with a Linux guest it is the first thing to try when the adapter does not initialise. vm-bhyve has the line from 1.7.1 on.',
    },
  };
}

function line(settings: Settings, name: string, value: string, quoted = true): ProposedLine {
  const text = `${name}=${quoted ? `"${value}"` : value}`;
  if (settings === undefined) return { text, change: 'set' };
  const present = settings.get(name);
  if (present === undefined) return { text, change: 'add' };
  const was = `${name}=${present.raw}`;
  return present.value.toLowerCase() === value.toLowerCase()
    ? { text: was, change: 'keep' }
    : { text, change: 'replace', was };
}

function loaderConf(host: Host, card: Card, { variables, overflow }: Reservation, settings: Settings): ProposedFile {
  const amd = needsAmdLine(host);
  const off = host.iommu.enable?.value === 0;
  const used = new Set(variables.map(({ name }) => name));
  const surplus = PPTDEVS_NAMES.filter((name) => !used.has(name) && settings?.has(name) === true);
  const otherNvidia = host.gpus.some(
    ({ display }) => display.bdf !== card.gpu.display.bdf && display.pciId?.startsWith('10de:'),
  );
  const native = [
    ...new Set(host.modulesConfigured.map(({ value }) => value).filter((name) => /^nvidia(?:-|$)/.test(name))),
  ];
  return {
    path: LOADER_CONF,
    lines: [
      line(settings, 'vmm_load', 'YES'),
      ...variables.map(({ name, value }) => line(settings, name, value)),
      ...(amd === true ? [line(settings, 'hw.vmm.amdvi.enable', '1')] : []),
      ...(off ? [line(settings, 'hw.vmm.iommu.enable', '1')] : []),
    ],
    remove: surplus.map((name) => `${name}=${settings!.get(name)!.raw}`),
    notes: [
      ...(settings === undefined
        ? [`${LOADER_CONF} was not read: if it has pptdevs lines already, keep what they name.`]
        : []),
      ...(amd === undefined
        ? ['On an AMD host also hw.vmm.amdvi.enable="1"; which processor this host has is not known.']
        : []),
      ...(overflow.length > 0 ? [`No room is left for ${overflow.join(' ')}.`] : []),
      ...(host.modulesConfigured.some(({ value }) => value === 'vmm') && host.vmmLoad === undefined
        ? ['Take vmm out of kld_list in /etc/rc.conf: loaded there it comes too late.']
        : []),
      ...(native.length > 0 && !otherNvidia
        ? [`The host loads ${native.join(', ')}: no use for a card that is passed, so take it out.`]
        : []),
    ],
  };
}

function vmBhyve(card: Card, plan: Plan, settings: Settings): ProposedFile {
  const passthru = plan.asItIs ? presentEntries(plan, settings) : passthruLines(plan, settings);
  // 16384M is as good as 16G.
  const memory =
    (plan.memoryFrom === 'vm' ? settings?.get('memory')?.value : undefined) ?? memoryText(plan.memoryBytes);
  const named = new Set(passthru.map(({ text }) => text.slice(0, text.indexOf('='))));
  const surplus = [...(settings?.entries() ?? [])].filter(([name]) => PASSTHRU.test(name) && !named.has(name));
  const assumed = [
    ...(plan.memoryFrom === 'assumed' ? ['memory (--memory)'] : []),
    ...(plan.loaderFrom === 'assumed' ? ['loader (--loader)'] : []),
  ];
  return {
    path: plan.vm?.via === 'vm-bhyve-conf' ? plan.vm.artifact : `${plan.name ?? 'NAME'}.conf`,
    lines: [line(settings, 'loader', plan.loader), line(settings, 'memory', memory, false), ...passthru],
    remove: surplus.map(([name, { raw }]) => `${name}=${raw}`),
    notes: [
      ...(assumed.length > 0 ? [`Assumed: ${assumed.join(' and ')}.`] : []),
      `wired_memory is not needed: vm-bhyve wires the memory of a VM with a passed device by itself. The host lacks these ${formatSize(plan.memoryBytes)} while the VM runs.`,
      ...(card.functions.length > 1 && !plan.asItIs
        ? ['All functions of the card share one slot of the guest, under the numbers they have on the host.']
        : []),
      'debug="yes" keeps what bhyve says in bhyve.log; without it a failed start leaves no message.',
    ],
  };
}

/** The entries that are there already. */
function presentEntries({ planned, vm }: Plan, settings: Settings): ProposedLine[] {
  const names = [...(settings?.keys() ?? [])].filter((name) => PASSTHRU.test(name));
  const shown = names.length > 0 ? names : planned.passthru.map((_entry, i) => `passthru${i}`);
  return shown.map((name, i) => ({
    text: `${name}=${settings?.get(name)?.raw ?? `"${vm?.passthru[i]?.raw ?? ''}"`}`,
    change: 'keep',
  }));
}

function passthruLines(plan: Plan, settings: Settings): ProposedLine[] {
  const entries = [
    ...plan.layout.map((planned) => ({ value: entryText(planned), rom: romOf(plan, planned.fn.bdf) })),
    ...plan.others.map(otherText),
  ];
  return entries.flatMap(({ value, rom }, i) => [
    line(settings, `passthru${i}`, value),
    ...(rom === undefined ? [] : [line(settings, `passthru${i}_options`, `rom=${rom}`)]),
  ]);
}

const entryText = ({ fn, slot, function: number }: PlannedFunction): string =>
  slot === undefined ? fn.bdf : `${fn.bdf}=${slot}:${number}`;

const romOf = ({ vm }: Plan, bdf: string): string | undefined =>
  vm?.passthru.find(({ hostBdf }) => hostBdf === bdf)?.rom;

function otherText({ hostBdf, raw, guestBus, guestSlot, guestFunction, rom }: PassthruEntry): {
  value: string;
  rom?: string;
} {
  const place = guestSlot === undefined || (guestBus ?? 0) !== 0 ? '' : `=${guestSlot}:${guestFunction ?? 0}`;
  return { value: `${hostBdf ?? raw}${place}`, ...(rom !== undefined && { rom }) };
}

/** `passthruN` of the display function. */
function indexOfDisplay({ gpu: { display } }: Card, plan: Plan): number {
  const entries = plan.asItIs
    ? (plan.vm?.passthru ?? []).map(({ hostBdf }) => hostBdf)
    : plan.layout.map(({ fn }) => fn.bdf);
  return Math.max(0, entries.indexOf(display.bdf));
}

/** One option a function; where vm-bhyve would choose the slot by itself, one is named. */
const bhyveDevices = (plan: Plan): string[] =>
  plan.layout.map(({ fn, slot, function: number }) => {
    const rom = romOf(plan, fn.bdf);
    return `-s ${slot ?? DEFAULT_SLOT}:${number},passthru,${fn.bdf}${rom === undefined ? '' : `,rom=${rom}`}`;
  });

const rest = ({ memoryBytes, loader }: Plan): string =>
  `-S -w -m ${memoryText(memoryBytes)}${loader.startsWith('uefi') ? ` -l bootrom,${FIRMWARE}` : ''}`;

/** `16G`, `1536M`: a whole number, as vm-bhyve and bhyve read it. */
function memoryText(bytes: number): string {
  const GiB = 2 ** 30;
  return bytes % GiB === 0 ? `${bytes / GiB}G` : `${Math.ceil(bytes / 2 ** 20)}M`;
}
