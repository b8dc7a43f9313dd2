import type { Artifact } from '../../model/artifact.ts';
import type { Guest } from '../../model/guest.ts';
import type { Host } from '../../model/host.ts';
import { sourced } from '../../model/source.ts';
import type { Reading } from '../read.ts';
import { guestContradictions } from './contradictions.ts';
import { addFreeBsd } from './guest-freebsd.ts';
import { addKernelLog } from './guest-log.ts';
import { addModuleFacts } from './guest-module.ts';
import { addPciFacts } from './guest-pci.ts';
import { addSmiFacts, works } from './guest-smi.ts';
import { addWindows } from './guest-windows.ts';

const DEFAULT_NAME = 'guest';

const nameOf = (artifact: Artifact): string => artifact.guest ?? DEFAULT_NAME;

/**
 * The guests of an input, each put together from all its artifacts. Guest artifacts without a name are one guest. The
 * kernel log comes first, listings (lspci, /proc, nvidia-smi) then add to it and correct it.
 */
export function combineGuests(reading: Reading, host: Host): Guest[] {
  const names = [...new Set(reading.artifacts.filter(isGuestSide).map(({ artifact }) => nameOf(artifact)))].sort();
  return names.map((name) => {
    const guest: Guest = {
      name,
      gpus: [],
      driver: {},
      rmInit: [],
      xids: [],
      sxids: [],
      smi: { gpus: [] },
      windows: [],
      contradictions: [],
    };
    const own: Reading = {
      ...reading,
      of: (kind) =>
        reading.of(kind).filter(({ artifact }) => artifact.side !== 'host' && nameOf(artifact) === name) as never,
    };
    addKernelLog(guest, own);
    addFreeBsd(guest, own);
    addPciFacts(guest, own);
    addModuleFacts(guest, own);
    addSmiFacts(guest, own);
    addWindows(guest, own);
    finish(guest, host);
    guest.contradictions = guestContradictions(guest, own, host);
    return guest;
  });
}

const isGuestSide = ({ artifact, facts }: Reading['artifacts'][number]): boolean =>
  artifact.side === 'guest' && facts !== undefined;

/** What follows from the whole: which hypervisor, which card of several sources is the same. */
function finish(guest: Guest, host: Host): void {
  const dmi = guest.dmi?.value ?? '';
  if (/\bBHYVE\b/i.test(dmi) || /^bhyve\b/i.test(guest.hypervisorDetected?.value ?? '')) guest.isBhyve = true;
  else if (dmi !== '') guest.isBhyve = false;
  else if (guest.hypervisorDetected !== undefined && !/kvm|bhyve/i.test(guest.hypervisorDetected.value))
    guest.isBhyve = false;
  // Without firmware tables in the log, a host side that configures passthrough says whose guest this is.
  else if (host.present && (host.vms.length > 0 || host.pptdevs.length > 0)) guest.isBhyve = true;
  for (const gpu of guest.gpus) {
    const listed = guest.smi.gpus.find(({ guestBdf }) => guestBdf === gpu.bdf);
    if (gpu.name === undefined && listed?.name !== undefined) gpu.name = listed.name;
  }
  // The driver's own words could be those of the FreeBSD machine that the rest of the input shows.
  const shown = guest.kernel ?? (host.present ? undefined : guest.booted);
  if (guest.os === undefined && shown !== undefined) guest.os = sourced('linux', shown);
  const { retried } = guest.driver;
  if (retried !== undefined && works(guest)) {
    guest.rmInit = guest.rmInit.filter(
      ({ artifact, lastLine }) => artifact !== retried.artifact || lastLine > retried.line,
    );
  }
  guest.gpus.sort((a, b) => (a.bdf < b.bdf ? -1 : 1));
}
