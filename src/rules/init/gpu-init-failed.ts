import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-init-failed',
  stage: 'init',
  kind: 'symptom',
  severity: 'error',
  title: 'The adapter never initialised: the driver shows question marks for it',
  why: 'The driver fills in Video BIOS version and UUID only when a card initialises. Question marks in /proc/driver/nvidia/gpus mean that it was accepted and never came up.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-procfs.c'],
  knowledge: 'source',
  needs: ['guest-pci'],
  explains: ['nvidia-smi-no-devices'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.gpus
        .filter(({ videoBios }) => videoBios?.value === null)
        .map((gpu) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, gpu.bdf),
          evidence: [gpu.videoBios!],
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'no Video BIOS, no UUID',
        files: {
          'guest/vm/proc-gpu.txt':
            'Model: \t\t Tesla P4\nIRQ:   \t\t 30\nGPU UUID: \t GPU-????????-????-????-????-????????????\nVideo BIOS: \t ??.??.??.??.??\nBus Type: \t PCIe\nDMA Size: \t 47 bits\nDMA Mask: \t 0x7fffffffffff\nBus Location: \t 0000:00:05.0\nDevice Minor: \t 0\n',
        },
      },
    ],
    silent: [
      {
        name: 'an initialised card',
        files: {
          'guest/vm/proc-gpu.txt':
            'Model: \t\t Tesla P4\nIRQ:   \t\t 30\nGPU UUID: \t GPU-11112222-3333-4444-5555-666677778888\nVideo BIOS: \t 86.04.55.00.01\nBus Type: \t PCIe\nDMA Size: \t 47 bits\nDMA Mask: \t 0x7fffffffffff\nBus Location: \t 0000:00:05.0\nDevice Minor: \t 0\n',
        },
      },
    ],
  },
});
