import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Guest } from '../model/guest.ts';
import type { Host } from '../model/host.ts';
import type { Configuration, Matrix } from '../model/matrix.ts';
import type { Report } from '../model/report.ts';
import { consultMatrix } from './consult.ts';

/** Reports shown in a diagnosis. */
const MATCHES = 5;

/** The report of a diagnosis with what the matrix knows about its configuration. */
export function addMatrix(diagnosis: Diagnosis, matrix: Matrix): Report {
  const answer = consultMatrix(matrix, configurationOfEvidence(diagnosis), MATCHES);
  return { ...diagnosis.report, matrix: answer };
}

/** The set-up that the evidence is about. */
export const configurationOfEvidence = (diagnosis: Diagnosis): Configuration =>
  configurationOf(diagnosis, cardOf(diagnosis));

type Named = { pciId?: string; name?: string } | undefined;

/** The matrix is about graphics cards; another passed device has no entry in it. */
export function cardOf({ report, host }: Diagnosis): Named {
  const shown = report.overview.card;
  const isGpu = shown?.guestBdf !== undefined || host.gpus.some(({ display }) => display.bdf === shown?.hostBdf);
  return isGpu ? shown : undefined;
}

/** What the evidence tells about a set-up with this card, in the matrix's words. What it does not tell is left out. */
export function configurationOf({ report, host, guests }: Diagnosis, card: Named): Configuration {
  const guest = guests[0];
  const { version, flavour } = guest?.driver ?? {};
  const branch = /^\d{3}/.exec(version?.value ?? '')?.[0];
  const cpu = host.cpu?.vendor;
  const present = new Set(report.findings.filter(({ state }) => state === 'present').map(({ code }) => code));
  const patch = patchOf(host, present);
  const signature = signatureOf(host, guest);
  const roms = host.vms.flatMap(({ passthru }) => passthru);
  return {
    ...(card?.pciId !== undefined && { pciId: card.pciId }),
    ...(card?.name !== undefined && { name: card.name }),
    // A guest whose NVIDIA module accepted a card has one, also when the evidence does not name it.
    ...(card?.pciId === undefined && guest?.driver.loaded !== undefined && { vendorId: '10de' }),
    ...(host.release !== undefined && { release: host.release.value.text }),
    ...(cpu !== undefined && cpu !== 'other' && { cpuVendor: cpu }),
    ...(patch !== undefined && { patch }),
    ...(signature !== undefined && { signature }),
    ...(guest?.os !== undefined && {
      guestOs: { linux: 'Linux', freebsd: 'FreeBSD', windows: 'Windows' }[guest.os.value],
    }),
    ...(branch !== undefined && { branch }),
    ...(flavour !== undefined && { flavour: flavour.value }),
    ...(roms.length > 0 && { rom: roms.some(({ rom }) => rom !== undefined) }),
  };
}

/** A missing interrupt pin shows that no patch for it runs. The trap is in one family of branches only. */
function patchOf({ configMirrorTrap, vmmSignature }: Host, present: ReadonlySet<string>): string | undefined {
  if (present.has('nvidia-intpin-missing')) return 'stock';
  // Those branches leave the signature or drop it: another one shows that patches were put together.
  return configMirrorTrap?.value === true && vmmSignature?.value !== 'kvm' ? 'beckhoff-nvidia-wip' : undefined;
}

/** What the guest sees is what runs; what is on the host's disk may be newer. */
function signatureOf({ vmmSignature }: Host, guest: Guest | undefined): Configuration['signature'] {
  const seen = guest?.isBhyve === true && guest.hypervisorDetected?.value.startsWith('KVM') === true;
  return seen ? 'kvm' : vmmSignature?.value;
}
