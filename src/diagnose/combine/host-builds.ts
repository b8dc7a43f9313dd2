import type { BuildFingerprintFacts, FingerprintedFile } from '../../../parsers/host/build-fingerprint.ts';
import type { KldstatFacts } from '../../../parsers/host/kldstat.ts';
import type { Host } from '../../model/host.ts';
import { type Sourced, sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';

type HostBuilds = Pick<Host, 'vmmSignature' | 'configMirrorTrap'>;

/** CPUID signature of vmm (sys/amd64/vmm/x86.c) and what the patches put in its place. */
const NATIVE = 'bhyve bhyve ';
const KVM = 'KVMKVMKVM';
/** Part of a message of pci_passthru_quirks.c in the branches nvidia-wip; upstream's file of that name lacks it. */
const TRAP = 'config space mirror';

/**
 * What the strings in vmm.ko and bhyve prove of their build. Files that were not read, and several that differ, prove
 * nothing.
 */
export function hostBuilds(reading: Reading): HostBuilds {
  const files = reading.of<BuildFingerprintFacts>('build-fingerprint').flatMap(({ facts }) => facts.files);
  const loaded = reading
    .of<KldstatFacts>('kldstat')
    .flatMap(({ facts }) => facts.files)
    .find(({ name }) => name === 'vmm.ko')?.path;
  // A kernel that was kept for emergencies has a vmm.ko too.
  const modules = files.filter(({ path }) => (loaded === undefined ? path.endsWith('/vmm.ko') : path === loaded));
  const vmmSignature = agreed(modules.map(signatureOf));
  const configMirrorTrap = agreed(files.filter(({ path }) => path.endsWith('/bhyve')).map((file) => held(file, TRAP)));
  return {
    ...(vmmSignature !== undefined && { vmmSignature }),
    ...(configMirrorTrap !== undefined && { configMirrorTrap }),
  };
}

/** Neither string: the signature may be taken out, or not be stored in one piece. */
function signatureOf(file: Located<FingerprintedFile>): Sourced<'native' | 'kvm'> | undefined {
  const [native, kvm] = [held(file, NATIVE), held(file, KVM)];
  if (native === undefined || kvm === undefined || native.value === kvm.value) return undefined;
  return native.value ? { ...native, value: 'native' } : { ...kvm, value: 'kvm' };
}

function held(file: Located<FingerprintedFile>, wanted: string): Sourced<boolean> | undefined {
  const found = file.strings.find(({ text }) => text === wanted);
  return found === undefined ? undefined : sourced(found.present, found);
}

function agreed<T>(values: readonly (Sourced<T> | undefined)[]): Sourced<T> | undefined {
  const [first] = values;
  return values.every((each) => each?.value === first?.value) ? first : undefined;
}
