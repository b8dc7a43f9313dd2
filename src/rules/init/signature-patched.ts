import { defineRule } from '../../model/rule.ts';

const BHYVE = '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n';

export default defineRule({
  code: 'signature-patched',
  stage: 'init',
  kind: 'notice',
  severity: 'info',
  title: 'vmm of the host is patched: a bhyve guest believes to run under KVM',
  why:
    'Firmware tables name bhyve and the processor answers with the signature of KVM. That makes the NVIDIA driver run in pass-through mode. It also makes Linux use the ' +
    'clock of KVM, which vmm does not have on new kernels.',
  fix: [
    {
      text: 'If the clock of the guest runs wrong, add no-kvmclock to its kernel command line.',
      command: 'no-kvmclock',
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: ['sys/amd64/vmm/x86.c', 'Linux arch/x86/kernel/kvmclock.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  check({ guests }) {
    return guests.flatMap(({ name, dmi, hypervisorDetected }) => {
      if (dmi === undefined || hypervisorDetected === undefined) return [];
      if (!/\bBHYVE\b/i.test(dmi.value) || !/^KVM/i.test(hypervisorDetected.value)) return [];
      return [{ confidence: 'confirmed' as const, subject: { guest: name }, evidence: [dmi, hypervisorDetected] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'two names for one hypervisor',
        files: { 'guest/vm/dmesg.txt': `${BHYVE}[    0.000001] Hypervisor detected: KVM\n` },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'the signature of bhyve itself',
        files: { 'guest/vm/dmesg.txt': `${BHYVE}[    0.000001] Hypervisor detected: Bhyve\n` },
      },
      {
        name: 'a real KVM guest',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.3 04/01/2014\n[    0.000001] Hypervisor detected: KVM\n',
        },
      },
    ],
  },
});
