import { type Claim, defineRule } from '../../model/rule.ts';
import { BROKEN_BY_INIT, unexplainedInit } from '../lib/init.ts';
import { guestSubject } from '../lib/guests.ts';

const FAILS_IN_BHYVE =
  '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
  '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n' +
  '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x23:0xffff:1496)\n';

export default defineRule({
  code: 'hypervisor-signature-native',
  stage: 'init',
  kind: 'cause',
  severity: 'warning',
  title: "The driver may not recognise bhyve's own hypervisor signature",
  why:
    'The NVIDIA driver knows the CPUID signatures of KVM, VMware, Xen and Hyper-V, not the one of bhyve. Under stock bhyve ' +
    'it therefore believes to run on bare metal and reads parts of the configuration space through BAR0 from the hardware. ' +
    'That this is decisive for a given card has not been shown.',
  fix: [
    {
      text: 'As an experiment, build vmm.ko from your release with the signature string replaced by KVMKVMKVM, together with bhyve and libvmmapi of the same tree.',
      on: 'host',
      reboot: 'host',
      risk: 'a mixed build does not start VMs; on newer kernels the KVM signature makes Linux guests use clock registers that vmm lacks',
      verify:
        'the guest kernel says "Hypervisor detected: KVM" and `nvidia-smi -q` says Virtualization Mode: Pass-Through',
    },
  ],
  references: ['open-gpu-kernel-modules, src/nvidia/src/kernel/virtualization/hypervisor', 'sys/amd64/vmm/x86.c'],
  knowledge: 'inferred',
  needs: ['guest-log'],
  explains: [...BROKEN_BY_INIT],
  experiments: [
    {
      command: 'rebuild vmm.ko, bhyve and libvmmapi of one tree with the KVM signature',
      on: 'host',
      cost: 'rebuild',
      why: 'makes the driver run in pass-through mode',
      risk: 'a mixed build does not start VMs; keep the old kernel',
      decides: ['hypervisor-signature-native', 'config-mirror-untrapped'],
      outcomes: [
        { if: 'the adapter initialises', then: 'the signature was the cause' },
        { if: 'the same triple again', then: 'the signature is not the cause' },
      ],
    },
  ],
  check({ guests }) {
    return guests.flatMap((guest): Claim[] => {
      const failure = unexplainedInit(guest);
      const detected = guest.hypervisorDetected;
      const subject = guestSubject(guest, failure?.guestBdf);
      if (detected !== undefined && /^KVM/i.test(detected.value)) {
        return [{ state: 'absent' as const, subject, against: [detected] }];
      }
      const working = guest.smi.gpus.find(({ failing }) => failing === undefined);
      if (failure === undefined)
        return working && guest.isBhyve ? [{ state: 'absent' as const, subject, against: [working] }] : [];
      return [{ confidence: 'possible' as const, subject, evidence: [failure, ...(guest.dmi ? [guest.dmi] : [])] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'unexplained failure under stock bhyve',
        files: { 'guest/vm/dmesg.txt': FAILS_IN_BHYVE },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'the guest kernel already sees KVM',
        files: {
          'guest/vm/dmesg.txt': FAILS_IN_BHYVE.replace(
            '[    3.121719]',
            '[    0.000001] Hypervisor detected: KVM\n[    3.121719]',
          ),
        },
      },
      {
        name: 'the same failure on a physical machine',
        files: {
          'guest/box/dmesg.txt': FAILS_IN_BHYVE.replace('FreeBSD BHYVE/BHYVE', 'Dell Inc. PowerEdge R730/0H21J3'),
        },
      },
    ],
  },
});
