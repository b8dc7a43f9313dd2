import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'nvml-library-missing',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'nvidia-smi does not find its library (libnvidia-ml)',
  why: 'The tool and its library come from different packages in some distributions, and a container has neither unless the runtime puts them there. The card itself is not concerned.',
  fix: [
    {
      text: 'Install the user-space part of the driver in the version of the kernel module, and renew the linker cache.',
      command: 'ldconfig -p | grep libnvidia-ml; cat /proc/driver/nvidia/version',
      on: 'guest',
      verify: '`nvidia-smi` lists the card',
    },
  ],
  references: ['nvidia-smi(1), return value 12'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  patterns: {
    missing: {
      regex:
        /NVIDIA-SMI could\s?n.?t find libnvidia-ml\.so|nvidia-container-cli: .{0,80}load library failed: libnvidia-ml/i,
      literals: ['find libnvidia-ml', 'load library failed: libnvidia-ml'],
      kinds: ['nvidia-smi-error'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfHits(input, input.hits('missing'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'no library',
        files: {
          'guest/vm/nvidia-smi.txt':
            "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the NVIDIA Display Driver is properly installed and present in your system.\n",
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the driver does not answer',
        files: {
          'guest/vm/nvidia-smi.txt':
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
        },
      },
    ],
  },
});
