import type { Verdict } from '../model/finding.ts';
import type { Guest, GuestBar, GuestGpu } from '../model/guest.ts';
import type { Host, HostBarFit, HostFunction, HostGpu, PassthruEntry, Vm } from '../model/host.ts';
import type { BarRow, BindingRow, DriverRow, Overview } from '../model/report.ts';
import { at } from '../model/source.ts';
import { STAGES } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { guestBdfOf } from './guest-address.ts';
import { decodeRmInit } from './rm-init.ts';

/** The head line and the three tables of a report, put together from both sides. */
export function overviewOf(host: Host, guests: readonly Guest[], tables: Tables, verdict: Verdict): Overview {
  const subject = chooseGpu(host, guests);
  const overview: Overview = {
    binding: bindingRows(host, guests),
    bars: barRows(host, guests),
    driver: guests.flatMap((guest) => driverRows(guest, tables, verdict)),
  };
  const { hostDevice, guestGpu, guest } = subject;
  const pciId = hostDevice?.pciId ?? guestGpu?.pciId;
  const row = pciId === undefined ? undefined : tables.gpus.get(pciId);
  const name = row?.name ?? guestGpu?.name ?? hostDevice?.name;
  if (hostDevice !== undefined || guestGpu !== undefined) {
    overview.card = {
      ...(name !== undefined && { name }),
      ...(pciId !== undefined && { pciId }),
      ...(hostDevice !== undefined && { hostBdf: hostDevice.bdf }),
      ...(guestGpu !== undefined && { guestBdf: guestGpu.bdf }),
      ...(row?.architecture && { architecture: row.architecture }),
    };
  }
  const hypervisor = hypervisorText(host);
  if (host.release !== undefined || host.cpu?.model !== undefined || hypervisor !== undefined) {
    overview.host = {
      ...(host.release && { release: host.release.value.text }),
      ...(host.cpu?.model !== undefined && { cpu: host.cpu.model }),
      ...(hypervisor !== undefined && { hypervisor }),
    };
  }
  const shown = guest ?? guests[0];
  if (shown !== undefined) {
    const driver = shown.driver.version;
    overview.guest = {
      ...(shown.os && { os: shown.os.value }),
      ...(shown.kernel && { kernel: shown.kernel.value }),
      ...(driver && {
        driver: `nvidia ${driver.value}${shown.driver.flavour ? ` (${shown.driver.flavour.value})` : ''}`,
      }),
    };
  }
  return overview;
}

const isNvidia = (pciId: string | undefined): boolean => pciId?.startsWith('10de:') === true;

/**
 * The card the report is about: the one passed through, else an NVIDIA card on ppt, else the only one. Where VMs are
 * given other devices only, it is the first of those: a graphics card that stays on the host is not what fails.
 */
function chooseGpu(
  host: Host,
  guests: readonly Guest[],
): { hostDevice?: HostFunction; guestGpu?: GuestGpu; guest?: Guest } {
  const passed = new Set(host.vms.flatMap((vm) => vm.passthru.map((entry) => entry.hostBdf)));
  const rank = (gpu: HostGpu): number =>
    (passed.has(gpu.display.bdf) ? 4 : 0) +
    (gpu.display.driver === 'ppt' ? 2 : 0) +
    (isNvidia(gpu.display.pciId) ? 1 : 0);
  const best = [...host.gpus].sort((a, b) => rank(b) - rank(a))[0];
  const other = host.functions.find(({ bdf, domain }) => domain === 0 && passed.has(bdf));
  const hostDevice = best !== undefined && (rank(best) >= 2 || other === undefined) ? best.display : other;
  for (const guest of guests) {
    const guestGpu = guest.gpus.find(({ pciId }) => isNvidia(pciId)) ?? guest.gpus[0];
    if (guestGpu !== undefined) return { ...(hostDevice && { hostDevice }), guestGpu, guest };
  }
  return hostDevice === undefined ? {} : { hostDevice };
}

const SIGNATURES = { native: 'vmm.ko with the signature of bhyve', kvm: 'vmm.ko with the signature of KVM' };

function hypervisorText({ vmmSignature, configMirrorTrap }: Host): string | undefined {
  const parts = [
    ...(vmmSignature === undefined ? [] : [SIGNATURES[vmmSignature.value]]),
    ...(configMirrorTrap?.value === true ? ['bhyve with a trap for the config mirror'] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** The graphics cards worth a row: NVIDIA's and those meant for a VM; all when there are none. A server's own VGA is not. */
function concerned(host: Host): readonly HostGpu[] {
  const passed = new Set(host.vms.flatMap((vm) => vm.passthru.map(({ hostBdf }) => hostBdf)));
  const named = new Set(host.pptdevs.map(({ bdf }) => bdf));
  const meant = ({ bdf, driver, pciId }: HostFunction): boolean =>
    isNvidia(pciId) || driver === 'ppt' || passed.has(bdf) || named.has(bdf);
  const chosen = host.gpus.filter(({ display, siblings }) => [display, ...siblings].some(meant));
  return chosen.length > 0 ? chosen : host.gpus;
}

function bindingRows(host: Host, guests: readonly Guest[]): BindingRow[] {
  const named = new Set(host.pptdevs.map(({ bdf }) => bdf));
  const row = (fn: HostFunction, role: BindingRow['role']): BindingRow => {
    const { vm, entry } = passedTo(host, fn.bdf);
    const guestBdf = entry === undefined ? undefined : (guestBdfOf(entry) ?? sameCard(fn, guests));
    return {
      ...at(fn),
      hostBdf: fn.bdf,
      ...(fn.pciId !== undefined && { pciId: fn.pciId }),
      ...(fn.name !== undefined && { name: fn.name }),
      role,
      driver: fn.driver,
      inPptdevs: host.loaderConfRead === undefined && host.pptdevs.length === 0 ? null : named.has(fn.bdf),
      ...(vm && { vm: vm.name ?? 'unnamed VM' }),
      ...(entry?.guestSlot !== undefined && {
        guestSlot: `${entry.guestBus ?? 0}:${entry.guestSlot}:${entry.guestFunction ?? 0}`,
      }),
      ...(guestBdf !== undefined && { guestBdf }),
    };
  };
  return concerned(host).flatMap(({ display, siblings }) => [
    row(display, 'display'),
    ...siblings.map((fn) => row(fn, 'sibling')),
  ]);
}

function passedTo(host: Host, bdf: string): { vm?: Vm; entry?: PassthruEntry } {
  // Several sources may describe one VM; the one that tells the slot is worth most.
  const found = host.vms.flatMap((vm) =>
    vm.passthru.filter((entry) => entry.hostBdf === bdf).map((entry) => ({ vm, entry })),
  );
  return found.find(({ entry }) => entry.guestSlot !== undefined) ?? found[0] ?? {};
}

function sameCard(fn: HostFunction, guests: readonly Guest[]): string | undefined {
  const same = guests.flatMap((guest) => guest.gpus.filter(({ pciId }) => pciId !== undefined && pciId === fn.pciId));
  return same.length === 1 ? same[0]!.bdf : undefined;
}

function barRows(host: Host, guests: readonly Guest[]): BarRow[] {
  const rows: BarRow[] = [];
  const taken = new Set<string>();
  for (const { display, siblings } of concerned(host)) {
    for (const fn of [display, ...siblings]) {
      const guestGpu = guestOf(host, fn, guests);
      if (guestGpu !== undefined) taken.add(guestGpu.bdf);
      for (const bar of fn.bars) {
        const mirror = guestGpu?.bars.find(({ index }) => index === bar.index);
        const fit = host.barFits.find(({ hostBdf, index }) => hostBdf === fn.bdf && index === bar.index);
        rows.push({
          ...at(bar),
          hostBdf: fn.bdf,
          ...(guestGpu !== undefined && { guestBdf: guestGpu.bdf }),
          ...(fn.pciId !== undefined && { pciId: fn.pciId }),
          index: bar.index,
          kind: bar.kind,
          bits: bar.bits,
          prefetchable: bar.prefetchable,
          sizeBytes: bar.sizeBytes,
          hostBase: bar.base ?? null,
          ...guestBaseOf(mirror),
          ...(fit && { fits: fit.fits, fitReason: fit.reason }),
          sizeFrom: 'host',
        });
      }
      if (fn.bars.length === 0 && guestGpu === undefined) rows.push(...knownBars(fn, host.barFits));
    }
  }
  for (const guest of guests) {
    for (const gpu of guest.gpus) {
      if (taken.has(gpu.bdf)) continue;
      for (const bar of gpu.bars) {
        rows.push({
          ...at(bar),
          guestBdf: gpu.bdf,
          ...(gpu.pciId !== undefined && { pciId: gpu.pciId }),
          index: bar.index,
          kind: bar.kind,
          ...(bar.bits !== undefined && { bits: bar.bits }),
          ...(bar.prefetchable !== undefined && { prefetchable: bar.prefetchable }),
          ...(bar.sizeBytes !== undefined && { sizeBytes: bar.sizeBytes }),
          ...guestBaseOf(bar),
          sizeFrom: 'guest',
        });
      }
    }
  }
  return rows;
}

/** The address, or null when the guest has none for it; nothing when that is not known. */
function guestBaseOf(bar: GuestBar | undefined): Pick<BarRow, 'guestBase'> {
  if (bar === undefined) return {};
  if (bar.base !== undefined) return { guestBase: bar.base };
  return bar.assigned ? {} : { guestBase: null };
}

/** BARs of a card whose sizes the evidence does not show, from what is known of the card or its family. */
function knownBars(fn: HostFunction, fits: readonly HostBarFit[]): BarRow[] {
  return fits
    .filter(({ hostBdf, sizeFrom }) => hostBdf === fn.bdf && sizeFrom !== 'host')
    .map(({ index, kind, sizeBytes, fits: verdict, reason, sizeFrom }) => ({
      ...at(fn),
      hostBdf: fn.bdf,
      ...(fn.pciId !== undefined && { pciId: fn.pciId }),
      index,
      kind: kind === 'io' ? ('io' as const) : ('mem' as const),
      ...(kind !== 'io' && { bits: kind === 'mem64' ? (64 as const) : (32 as const) }),
      sizeBytes,
      fits: verdict,
      fitReason: reason,
      sizeFrom,
    }));
}

function guestOf(host: Host, fn: HostFunction, guests: readonly Guest[]): GuestGpu | undefined {
  const { entry } = passedTo(host, fn.bdf);
  const bdf = (entry === undefined ? undefined : guestBdfOf(entry)) ?? sameCard(fn, guests);
  return guests
    .flatMap(({ gpus }) => gpus)
    .find((gpu) => gpu.bdf === bdf && (gpu.pciId === undefined || fn.pciId === undefined || gpu.pciId === fn.pciId));
}

function driverRows(guest: Guest, tables: Tables, verdict: Verdict): DriverRow[] {
  const { driver } = guest;
  const ref =
    driver.version ?? driver.loaded ?? driver.nouveau ?? guest.gpus.find((gpu) => gpu.driver !== undefined)?.driver;
  if (ref === undefined) return [];
  const reached = STAGES.filter((id) =>
    verdict.stages.some((stage) => stage.id === id && stage.status === 'passed'),
  ).at(-1);
  const failure = guest.rmInit[0];
  const inUse = guest.gpus.find((gpu) => gpu.driver !== undefined)?.driver?.value;
  const module = (driver.loaded ?? driver.version) ? 'nvidia' : driver.nouveau ? 'nouveau' : (inUse ?? null);
  return [
    {
      ...at(ref),
      guest: guest.name,
      ...(guest.gpus[0] && { guestBdf: guest.gpus[0].bdf }),
      module,
      ...(driver.version && { version: driver.version.value }),
      ...(driver.flavour && { flavour: driver.flavour.value }),
      ...(reached !== undefined && { reached }),
      ...(failure !== undefined && { failure: decodeRmInit(failure, tables, driver.version?.value).text }),
    },
  ];
}
