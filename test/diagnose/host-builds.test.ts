import { describe, expect, it } from 'vitest';
import { configurationOf } from '../../src/matrix/report-part.ts';
import { diagnoseFull } from '../support/diagnose.ts';

const VMM = '/boot/kernel/vmm.ko';
const strings = (path: string, found: Record<string, boolean>): string =>
  Object.entries(found)
    .map(([text, present]) => `STRING (${path}) "${text}" = ${present ? 'present' : 'absent'}\n`)
    .join('');
const signed = (path: string, native: boolean, kvm: boolean): string =>
  strings(path, { 'bhyve bhyve ': native, KVMKVMKVM: kvm });
const trap = (present: boolean): string => strings('/usr/sbin/bhyve', { 'config space mirror': present });
const loadedFrom = (path: string): Record<string, string> => ({
  'host/kldstat.txt': `Id Refs Address                Size Name\n 1   42 0xffffffff80200000  1f3c2c8 kernel (/boot/kernel/kernel)\n 2    1 0xffffffff82140000   3df128 vmm.ko (${path})\n`,
});

function told(builds: string, more: Record<string, string> = {}) {
  const diagnosis = diagnoseFull({ 'host/builds.txt': builds, ...more });
  const { patch, signature } = configurationOf(diagnosis, undefined);
  return { patch, signature, text: diagnosis.report.overview.host?.hypervisor };
}

describe('what vmm.ko and bhyve on the disk prove', () => {
  it.each([
    ['the signature of bhyve', signed(VMM, true, false), 'native', 'vmm.ko with the signature of bhyve'],
    ['the signature of KVM', signed(VMM, false, true), 'kvm', 'vmm.ko with the signature of KVM'],
    ['both', signed(VMM, true, true), undefined, undefined],
    ['neither, which may be hidden or cut in two', signed(VMM, false, false), undefined, undefined],
    ['a file that was not read', `UNREAD (${VMM}) = permission denied\n`, undefined, undefined],
  ])('%s', (_, builds, signature, text) => {
    expect(told(builds)).toEqual({ patch: undefined, signature, text });
  });

  it('of several modules the one that is loaded counts, and none when they differ', () => {
    const builds = signed('/boot/kernel.old/vmm.ko', true, false) + signed(VMM, false, true);
    expect(told(builds).signature).toBeUndefined();
    expect(told(builds, loadedFrom(VMM)).signature).toBe('kvm');
    expect(told(builds, loadedFrom('/boot/kernel.old/vmm.ko')).signature).toBe('native');
    expect(told(builds, loadedFrom('/boot/modules/vmm.ko')).signature).toBeUndefined();
  });

  it('the trap for the config mirror is that of one family of branches, unless patches were mixed', () => {
    expect(told(trap(true))).toMatchObject({
      patch: 'beckhoff-nvidia-wip',
      text: 'bhyve with a trap for the config mirror',
    });
    expect(told(trap(true) + signed(VMM, false, false)).patch).toBe('beckhoff-nvidia-wip');
    expect(told(trap(true) + signed(VMM, false, true)).patch).toBeUndefined();
    // Its absence does not show that nothing else was patched.
    expect(told(trap(false) + signed(VMM, true, false)).patch).toBeUndefined();
  });

  it('a guest that sees KVM is believed before the disk', () => {
    const guest = {
      'guest/g/dmesg.txt':
        '[    0.000000] Linux version 6.8.0-52-generic (b@x) #53-Ubuntu SMP\n[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n[    0.000000] Hypervisor detected: KVM\n',
    };
    expect(told(signed(VMM, true, false), guest).signature).toBe('kvm');
  });
});
