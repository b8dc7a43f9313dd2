import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const BHYVE = '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n';
const log = (mode: string): string =>
  '==============NVSMI LOG==============\n\nDriver Version                            : 570.124.06\n\nAttached GPUs                             : 1\n' +
  'GPU 00000000:00:05.0\n    Product Name                          : NVIDIA A10\n    GPU Virtualization Mode\n' +
  `        Virtualization Mode               : ${mode}\n`;

export default defineRule({
  code: 'driver-bare-metal-mode',
  stage: 'init',
  kind: 'notice',
  severity: 'info',
  title: 'The driver works, and believes to run on a physical machine',
  why: 'The driver knows the signatures of KVM, VMware, Xen and Hyper-V and not that of bhyve. It then reads the copy of the configuration space in BAR0 and looks for the slot above the card. Cards that work so need no change.',
  fix: [],
  references: [
    'open-gpu-kernel-modules, src/nvidia/src/kernel/virtualization/hypervisor',
    'nvidia-smi(1), GPU Virtualization Mode',
  ],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.isBhyve !== true
        ? []
        : guest.smi.gpus
            .filter(({ virtualizationMode }) => virtualizationMode?.value === 'None')
            .map((gpu) => ({
              confidence: 'confirmed' as const,
              subject: guestSubject(guest, gpu.guestBdf),
              evidence: [gpu.virtualizationMode!],
            })),
    );
  },
  examples: {
    fires: [
      {
        name: 'mode None under bhyve',
        files: { 'guest/vm/dmesg.txt': BHYVE, 'guest/vm/nvidia-smi-q.txt': log('None') },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'pass-through mode',
        files: { 'guest/vm/dmesg.txt': BHYVE, 'guest/vm/nvidia-smi-q.txt': log('Pass-Through') },
      },
      { name: 'a physical machine', files: { 'guest/box/nvidia-smi-q.txt': log('None') } },
    ],
  },
});
