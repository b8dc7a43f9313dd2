import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Configuration, Matrix } from '../model/matrix.ts';
import type { Report } from '../model/report.ts';
import { consultMatrix } from './consult.ts';

/** Reports shown in a diagnosis. */
const MATCHES = 5;

/** The report of a diagnosis with what the matrix knows about its configuration. */
export function addMatrix(diagnosis: Diagnosis, matrix: Matrix): Report {
  const answer = consultMatrix(matrix, configurationOf(diagnosis, cardOf(diagnosis)), MATCHES);
  return { ...diagnosis.report, matrix: answer };
}

type Named = { pciId?: string; name?: string } | undefined;

/** The matrix is about graphics cards; another passed device has no entry in it. */
function cardOf({ report, host }: Diagnosis): Named {
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
  const roms = host.vms.flatMap(({ passthru }) => passthru);
  return {
    ...(card?.pciId !== undefined && { pciId: card.pciId }),
    ...(card?.name !== undefined && { name: card.name }),
    // A guest whose NVIDIA module accepted a card has one, also when the evidence does not name it.
    ...(card?.pciId === undefined && guest?.driver.loaded !== undefined && { vendorId: '10de' }),
    ...(host.release !== undefined && { release: host.release.value.text }),
    ...(cpu !== undefined && cpu !== 'other' && { cpuVendor: cpu }),
    // A missing interrupt pin shows that the patch for it is not there.
    ...(present.has('nvidia-intpin-missing') && { patch: 'stock' }),
    ...(guest?.isBhyve === true &&
      guest.hypervisorDetected?.value.startsWith('KVM') === true && { signature: 'kvm' as const }),
    ...(guest?.os !== undefined && {
      guestOs: { linux: 'Linux', freebsd: 'FreeBSD', windows: 'Windows' }[guest.os.value],
    }),
    ...(branch !== undefined && { branch }),
    ...(flavour !== undefined && { flavour: flavour.value }),
    ...(roms.length > 0 && { rom: roms.some(({ rom }) => rom !== undefined) }),
  };
}
