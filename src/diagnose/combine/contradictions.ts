import type { ModinfoFacts } from '../../../parsers/guest/modinfo.ts';
import type { LinuxDmesgFacts } from '../../../parsers/guest/linux-dmesg.ts';
import type { LspciFacts } from '../../../parsers/guest/lspci.ts';
import type { ProcNvidiaVersionFacts } from '../../../parsers/guest/proc-nvidia-version.ts';
import type { NvidiaSmiQueryFacts } from '../../../parsers/guest/nvidia-smi-query.ts';
import type { FreebsdDmesgFacts } from '../../../parsers/host/freebsd-dmesg.ts';
import type { FreeBsdVersionFacts } from '../../../parsers/host/freebsd-version.ts';
import type { PciconfFacts } from '../../../parsers/host/pciconf.ts';
import type { UnameFacts } from '../../../parsers/host/uname.ts';
import type { VmPassthruFacts } from '../../../parsers/host/vm-passthru.ts';
import { lineInFile, lineInText } from '../../model/artifact.ts';
import type { Contradiction } from '../../model/contradiction.ts';
import type { Guest } from '../../model/guest.ts';
import type { Host } from '../../model/host.ts';
import { formatSize } from '../../model/size.ts';
import { linuxBdf } from '../../model/bdf.ts';
import { at, type Ref, sourced, type Sourced } from '../../model/source.ts';
import { clockRunsBack } from '../mixed.ts';
import type { Reading } from '../read.ts';

/** A statement of the same thing by one artifact. */
type Said = Sourced<string>;

/** The first two statements that differ. */
function differing(said: readonly Said[]): [Said, Said] | undefined {
  const other = said.find(({ value }) => value !== said[0]!.value);
  return other === undefined ? undefined : [said[0]!, other];
}

const between = (pair: readonly [Ref, Ref], title: string, consequence: string): Contradiction => ({
  title,
  consequence,
  first: at(pair[0]),
  second: at(pair[1]),
});

/** What artifacts of the host say against each other. */
export function hostContradictions(reading: Reading): Contradiction[] {
  return [...kernelsOfHost(reading), ...driversOfFunctions(reading)];
}

function kernelsOfHost(reading: Reading): Contradiction[] {
  const said: Said[] = [];
  for (const { facts, artifact } of reading.of<FreebsdDmesgFacts>('freebsd-dmesg')) {
    const kernel = artifact.side === 'guest' ? undefined : facts.boots[facts.current]?.kernel;
    if (kernel !== undefined) said.push(sourced(kernel.release, kernel));
  }
  for (const { facts, artifact } of reading.of<UnameFacts>('uname')) {
    const own = artifact.side === 'guest' ? undefined : facts.systems.find(({ system }) => system === 'FreeBSD');
    if (own?.parsedRelease !== undefined) said.push(sourced(own.parsedRelease.text, own));
  }
  for (const { facts, artifact } of reading.of<FreeBsdVersionFacts>('freebsd-version')) {
    if (artifact.side !== 'guest' && facts.runningKernel) {
      said.push(sourced(facts.runningKernel.release.text, facts.runningKernel));
    }
  }
  const pair = said.length > 1 ? differing(said) : undefined;
  return pair === undefined
    ? []
    : [
        between(
          pair,
          `The host runs ${pair[0].value} by one line and ${pair[1].value} by another`,
          'They were taken at different times, or on different machines. What depends on the release rests on the later kind of evidence: freebsd-version, then uname, then the boot messages.',
        ),
      ];
}

/** One function on ppt in one listing and on another driver in the next: before and after a change. */
function driversOfFunctions(reading: Reading): Contradiction[] {
  const byPlace = new Map<string, (Said & { pciId?: string })[]>();
  const add = (place: string, said: Said & { pciId?: string }): void => {
    byPlace.set(place, [...(byPlace.get(place) ?? []), said]);
  };
  for (const { facts, artifact } of reading.of<PciconfFacts>('pciconf')) {
    if (artifact.side === 'guest') continue;
    for (const device of facts.devices) {
      if (device.domain !== 0) continue;
      add(`${device.bus}/${device.slot}/${device.function}`, {
        ...sourced(device.driver ?? 'none', device),
        ...(device.pciId !== undefined && { pciId: device.pciId }),
      });
    }
  }
  for (const { facts } of reading.of<VmPassthruFacts>('vm-passthru')) {
    for (const row of facts.devices) add(row.bdf, sourced(row.driver ?? 'none', row));
  }
  const out: Contradiction[] = [];
  for (const [place, said] of byPlace) {
    const ids = said.filter((one): one is Said & { pciId: string } => one.pciId !== undefined);
    const cards = differing(ids.map((one) => ({ ...one, value: one.pciId })));
    if (cards !== undefined) {
      out.push(
        between(
          cards,
          `Address ${place} holds ${cards[0].value} in one listing and ${cards[1].value} in another`,
          'Cards were moved, or the listings are of different machines; addresses in configuration files may belong to either.',
        ),
      );
      continue;
    }
    const pair = differing(said);
    if (pair === undefined || !pair.some(({ value }) => value === 'ppt')) continue;
    out.push(
      between(
        pair,
        `${place} is on ${pair[0].value} in one listing and on ${pair[1].value} in another`,
        'They were taken before and after a change; the listing that shows ppt is believed.',
      ),
    );
  }
  return out;
}

/** What artifacts of a guest say against each other, and against the host's side of the same card. */
export function guestContradictions(guest: Guest, reading: Reading, host: Host): Contradiction[] {
  return [
    ...kernelsOfGuest(reading),
    ...driverVersions(guest, reading),
    ...cardsAtAddress(reading),
    ...clocks(reading),
    ...barSizes(guest, host),
    ...failingAndListed(guest),
  ];
}

function kernelsOfGuest(reading: Reading): Contradiction[] {
  const running: Said[] = [];
  for (const { facts } of reading.of<LinuxDmesgFacts>('linux-dmesg')) {
    const kernel = (facts.boots[facts.current] ?? facts.boots.at(-1))?.kernel;
    if (kernel !== undefined) running.push(sourced(kernel.version, kernel));
  }
  for (const { facts } of reading.of<UnameFacts>('uname')) {
    const linux = facts.systems.find(({ system }) => system === 'Linux');
    if (linux !== undefined) running.push(sourced(linux.release, linux));
  }
  const pair = running.length > 1 ? differing(running) : undefined;
  if (pair !== undefined) {
    return [
      between(
        pair,
        `The guest runs kernel ${pair[0].value} by one line and ${pair[1].value} by another`,
        'They were taken in different boots or on different machines, so nothing that needs both is concluded.',
      ),
    ];
  }
  const kernel = running[0];
  if (kernel === undefined) return [];
  return reading.of<ModinfoFacts>('modinfo').flatMap(({ facts }) =>
    facts.modules
      .filter(({ name, vermagic }) => name === 'nvidia' && vermagic !== undefined && vermagic.kernel !== kernel.value)
      .slice(0, 1)
      .map(({ vermagic }) =>
        between(
          [kernel, vermagic!],
          `The log is of kernel ${kernel.value}, the module on disk is for ${vermagic!.kernel}`,
          'Either the module shown is not the one that this boot could load, or log and module are of different times.',
        ),
      ),
  );
}

/** Versions of the module in the kernel; what is on disk or in libraries may rightly differ. */
function driverVersions(guest: Guest, reading: Reading): Contradiction[] {
  const said: Said[] = [];
  for (const { facts } of reading.of<LinuxDmesgFacts>('linux-dmesg')) {
    const banner = (facts.boots[facts.current] ?? facts.boots.at(-1))?.nvidia?.banners.at(-1);
    if (banner !== undefined) said.push(sourced(banner.version, banner));
  }
  for (const { facts } of reading.of<ProcNvidiaVersionFacts>('proc-nvidia-version')) {
    if (facts.version !== undefined) said.push(sourced(facts.version, facts));
  }
  for (const kind of ['nvidia-smi-table', 'nvidia-smi-query', 'nvidia-smi-xml'] as const) {
    for (const { facts } of reading.of<Pick<NvidiaSmiQueryFacts, 'versions'>>(kind)) {
      if (facts.versions?.driver !== undefined) said.push(sourced(facts.versions.driver, facts.versions));
    }
  }
  // Reported as a fault of its own where the driver complains of it.
  const pair = said.length > 1 && guest.driver.userspace === undefined ? differing(said) : undefined;
  return pair === undefined
    ? []
    : [
        between(
          pair,
          `The driver in the kernel is ${pair[0].value} by one line and ${pair[1].value} by another`,
          'They were taken before and after an update; statements about the driver hold for the last one only.',
        ),
      ];
}

function cardsAtAddress(reading: Reading): Contradiction[] {
  const byPlace = new Map<string, Said[]>();
  const add = (bdf: string, said: Said): void => {
    byPlace.set(bdf, [...(byPlace.get(bdf) ?? []), said]);
  };
  for (const { facts } of reading.of<LinuxDmesgFacts>('linux-dmesg')) {
    const devices = (facts.boots[facts.current] ?? facts.boots.at(-1))?.pci.devices ?? [];
    for (const device of devices) if (device.pciId !== undefined) add(device.bdf, sourced(device.pciId, device));
  }
  for (const { facts } of reading.of<LspciFacts>('lspci')) {
    for (const device of facts.devices) {
      // A card that reads all ones shows no id of its own.
      if (device.bdf !== undefined && device.pciId !== undefined && device.pciId !== 'ffff:ffff') {
        add(device.bdf, sourced(device.pciId, device));
      }
    }
  }
  const clash = [...byPlace]
    .map(([bdf, said]) => ({ bdf, pair: differing(said) }))
    .find(({ pair }) => pair?.some(({ value }) => value.startsWith('10de:')) === true);
  return clash?.pair === undefined
    ? []
    : [
        between(
          clash.pair,
          `The guest has ${clash.pair[0].value} at ${clash.bdf} by one listing and ${clash.pair[1].value} by another`,
          'The listings are of different machines, or of different configurations of the VM.',
        ),
      ];
}

function clocks(reading: Reading): Contradiction[] {
  return reading.of<LinuxDmesgFacts>('linux-dmesg').flatMap(({ facts, artifact }) => {
    const from = (facts.boots[facts.current] ?? facts.boots.at(-1))?.line ?? 1;
    const back = clockRunsBack(artifact.text, lineInText(artifact, from));
    if (back === undefined) return [];
    const ref = (line: number): Ref => ({ artifact: artifact.path, line: lineInFile(artifact, line) });
    return [
      between(
        [ref(back.first), ref(back.second)],
        'The clock of the kernel log runs backwards between two lines',
        'Pieces of several boots or captures stand in one text without what separates them; the order of events is not certain.',
      ),
    ];
  });
}

/** A BAR has one size, on whichever side it is read. */
function barSizes(guest: Guest, host: Host): Contradiction[] {
  return host.vms.flatMap(({ passthru }) =>
    passthru.flatMap((entry) => {
      const { guestSlot, hostBdf } = entry;
      if (guestSlot === undefined || hostBdf === undefined) return [];
      const bdf = linuxBdf(0, entry.guestBus ?? 0, guestSlot, entry.guestFunction ?? 0);
      const inGuest = guest.gpus.find((gpu) => gpu.bdf === bdf);
      const onHost = host.functions.find((fn) => fn.domain === 0 && fn.bdf === hostBdf);
      if (inGuest?.pciId === undefined || inGuest.pciId !== onHost?.pciId) return [];
      const differs = onHost.bars
        .map((bar) => ({ bar, other: inGuest.bars.find(({ index, kind }) => index === bar.index && kind === 'mem') }))
        .find(
          ({ bar, other }) => bar.kind === 'mem' && other?.sizeBytes !== undefined && other.sizeBytes !== bar.sizeBytes,
        );
      if (differs?.other?.sizeBytes === undefined) return [];
      return [
        between(
          [differs.bar, differs.other],
          `BAR${differs.bar.index} of ${hostBdf} has ${formatSize(differs.bar.sizeBytes)} on the host and ${formatSize(differs.other.sizeBytes)} in the guest`,
          'The card was resized between the two, or they are different cards.',
        ),
      ];
    }),
  );
}

/** The log says that a card did not initialise, and nvidia-smi lists it: two moments. */
function failingAndListed({ rmInit, smi }: Guest): Contradiction[] {
  return rmInit.slice(-1).flatMap((failure) => {
    const listed = smi.gpus.find(
      ({ guestBdf, failing }) => guestBdf !== undefined && guestBdf === failure.guestBdf && failing === undefined,
    );
    if (listed === undefined) return [];
    return [
      between(
        [failure, listed],
        'The log says that the card did not initialise, and nvidia-smi lists it',
        'They are of different moments: it failed before or after it worked. The failure is judged.',
      ),
    ];
  });
}
