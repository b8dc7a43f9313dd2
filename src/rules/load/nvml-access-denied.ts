import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'nvml-access-denied',
  stage: 'load',
  kind: 'notice',
  severity: 'warning',
  title: 'This program may not use the GPU; the guest itself may have no fault',
  why:
    'These answers come where the device nodes are out of reach: in a container without them, after its control group was renewed, under WSL, or for an ' +
    'ordinary user. They say nothing about passthrough.',
  fix: [
    {
      text: 'Try nvidia-smi in the guest itself, outside the container and as root. If it works there, mend the container runtime.',
      command: 'sudo nvidia-smi; ls -l /dev/nvidia*',
      on: 'guest',
    },
  ],
  references: ['NVML, nvmlErrorString', 'https://github.com/NVIDIA/nvidia-container-toolkit'],
  knowledge: 'seen',
  needs: ['nvidia-smi'],
  patterns: {
    refused: {
      regex:
        /Failed to initialize NVML: (?:Unknown Error|Insufficient Permissions|Not Found|GPU access blocked by the operating system)|NVIDIA-SMI has failed because you are not root|nvidia-container-cli: (?!.{0,80}(?:driver\/library version mismatch|load library failed))/i,
      literals: ['Failed to initialize NVML', 'because you are not', 'nvidia-container-cli: '],
      kinds: ['nvidia-smi-error'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('refused'), 'likely');
  },
  examples: {
    fires: [
      {
        name: 'a container whose control group was renewed',
        files: { 'guest/vm/nvidia-smi.txt': 'Failed to initialize NVML: Unknown Error\n' },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'two versions',
        files: {
          'guest/vm/nvidia-smi.txt':
            'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124\n',
        },
      },
    ],
  },
});
