import type { Configuration, Traits } from '../model/matrix.ts';
import { compareReleases, type FreeBsdRelease, parseRelease } from '../model/release.ts';
import type { GpuRow, PatchRow, Tables } from '../model/tables.ts';
import type { Step } from './fields.ts';
import { type LooseRelease, parseLooseRelease } from './release-distance.ts';

/** What a patch to each component takes. vmm(4), libvmmapi and bhyve exchange structures and must be of one build. */
const COMPONENT_WORK: Record<string, string> = {
  bhyve: 'to bhyve: rebuild of one program, no reboot of the host',
  vmm: 'to vmm: rebuild of vmm.ko, libvmmapi and bhyve from one source, then a reboot of the host',
  kernel: 'to the kernel: rebuild of kernel and modules, then a reboot of the host',
  firmware: 'to the firmware of the guest: rebuild of its package',
};

/** Patching, going back to the release's own programs, or updating where the release has the patch by now. */
export function patchStep({ release }: Configuration, theirs: Traits['patch'], { patches }: Tables): Step {
  const id = theirs?.id ?? '';
  if (id === 'stock') return { cost: 'rebuild', note: 'bhyve and vmm as released, without the patch' };
  if (id === 'other') return { not: 'it was patched in a way that cannot be repeated from what it tells' };
  const row = patches.find((patch) => patch.id === id);
  if (row === undefined) return { cost: 'rebuild', note: `build with ${id}` };
  if (isSameLine(row, release)) {
    return { cost: 'host-reboot', note: `${row.inBaseSince} and later have ${id}: update the host` };
  }
  if (row.component === 'vm-bhyve') return { cost: 'vm-restart', note: `a vm-bhyve that has ${id}` };
  return { cost: 'rebuild', note: `apply ${id} ${COMPONENT_WORK[row.component] ?? `to ${row.component}`}` };
}

const isSameLine = ({ inBaseSince }: PatchRow, release: string | undefined): boolean => {
  const major = parseLooseRelease(release ?? '')?.major;
  return major !== undefined && parseRelease(inBaseSince)?.major === major;
};

/** Upwards only: nobody is sent back to an older release, and never to one whose line has a newer one. */
export function releaseStep({ release }: Configuration, theirs: string | null, { releases }: Tables): Step {
  const [yours, their] = [parseLooseRelease(release ?? ''), parseLooseRelease(theirs ?? '')];
  if (yours === undefined || their === undefined) return { cost: 'host-reboot', note: 'another FreeBSD release' };
  if (orderOf(yours, their) >= 0) {
    return { not: `it was seen on the older ${theirs}; whether ${release} does the same is not known` };
  }
  const newest = releases
    .map((row) => parseRelease(row.release))
    .filter((row): row is FreeBsdRelease => row?.major === their.major && row.branch === 'RELEASE')
    .sort(compareReleases)
    .at(-1);
  const later = newest !== undefined && newest.minor > (their.minor ?? newest.minor);
  return {
    cost: 'host-reboot',
    note: `update the host${later ? `, best to ${newest.text}, the newest of that line` : ''}`,
  };
}

/** Negative when `a` is older, as far as both tell. */
function orderOf(a: LooseRelease, b: LooseRelease): number {
  if (a.exact !== undefined && b.exact !== undefined) return compareReleases(a.exact, b.exact);
  return a.major - b.major || (a.minor ?? b.minor ?? 0) - (b.minor ?? a.minor ?? 0);
}

const SIGNATURE_NOTES: Record<string, string> = {
  native: 'vmm as released, which shows the signature of bhyve',
  kvm: 'vmm patched to show the signature of KVM: rebuild of vmm.ko, libvmmapi and bhyve, then a reboot of the host',
  hidden: 'vmm patched to show no hypervisor: rebuild of vmm.ko, libvmmapi and bhyve, then a reboot of the host',
};

export const signatureStep = (_: Configuration, theirs: Traits['signature']): Step => ({
  cost: 'rebuild',
  note: SIGNATURE_NOTES[theirs ?? ''] ?? 'a vmm that shows another signature',
});

/** Only to a branch that serves your card. */
export function branchStep(configuration: Configuration, theirs: string | null, { gpus }: Tables): Step {
  const row = cardRow(configuration, gpus);
  if (row !== undefined && theirs !== null && !serves(row, Number(theirs))) {
    return { not: `its driver branch ${theirs} does not serve your card` };
  }
  return { cost: 'guest-change', note: `driver branch ${theirs}: guest only` };
}

const serves = ({ firstBranch, lastBranch }: GpuRow, branch: number): boolean =>
  !(/^\d+$/.test(firstBranch) && branch < Number(firstBranch)) &&
  !(/^\d+$/.test(lastBranch) && branch > Number(lastBranch));

/** Only to a module that drives your card. */
export function flavourStep(configuration: Configuration, theirs: Traits['flavour'], { gpus }: Tables): Step {
  const { openModule } = cardRow(configuration, gpus) ?? {};
  if (openModule === 'unsupported' && theirs === 'open') {
    return { not: "its driver, NVIDIA's open module, does not drive your card" };
  }
  if (openModule === 'required' && theirs === 'proprietary') {
    return { not: "its driver, NVIDIA's proprietary module, does not drive your card" };
  }
  return { cost: 'guest-change', note: `the ${theirs} driver: guest only` };
}

const cardRow = ({ pciId }: Configuration, gpus: Tables['gpus']): GpuRow | undefined =>
  pciId === undefined ? undefined : gpus.get(pciId);
