import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-not-present',
  stage: 'enumerate',
  kind: 'symptom',
  severity: 'error',
  title: 'The NVIDIA module found no card it could use',
  why: 'The module looked through the PCI devices and found no NVIDIA display device, or ignored every one it found. The lines before say which.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    none: {
      regex: /NVRM: No NVIDIA (?:GPU found|PCI devices found|graphics adapter found)/,
      literals: ['No NVIDIA GPU found', 'No NVIDIA PCI devices found', 'No NVIDIA graphics adapter found'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfHits(input, input.hits('none'), 'confirmed', (guest) =>
      guest.pciListed === undefined ? { decideWith: 'lspci -nnk -d 10de:' } : {},
    );
  },
  examples: {
    fires: [
      {
        name: 'no card in this guest',
        files: { 'guest/vm/dmesg.txt': '[    6.100001] NVRM: No NVIDIA GPU found.\n' },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'a card was probed',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
