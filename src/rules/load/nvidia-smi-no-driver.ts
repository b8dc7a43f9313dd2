import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'nvidia-smi-no-driver',
  stage: 'load',
  kind: 'symptom',
  severity: 'error',
  title: 'nvidia-smi cannot reach the kernel module',
  why: 'The nvidia module is not in the kernel: it was never installed or built, was refused, or unloaded again because it found no card it could use.',
  fix: [],
  references: ['nvidia-smi(1), return value 9'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  patterns: {
    none: {
      regex: /NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver/,
      literals: ["couldn't communicate with the NVIDIA driver"],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('none'), 'confirmed', () => ({
      decideWith: 'dmesg | grep -E "NVRM|nvidia"; modinfo nvidia; lspci -nnk',
    }));
  },
  examples: {
    fires: [
      {
        name: 'no module',
        files: {
          'guest/vm/nvidia-smi.txt':
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
        },
      },
    ],
    silent: [
      { name: 'the module answers and finds nothing', files: { 'guest/vm/nvidia-smi.txt': 'No devices were found\n' } },
    ],
  },
});
