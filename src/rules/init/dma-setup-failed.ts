import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'dma-setup-failed',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The guest cannot give the card memory that it can address',
  why: 'A card addresses a limited range of memory (40 to 52 bits). With guest memory above it, or an IOMMU in the guest that gives out no such range, DMA cannot be set up.',
  fix: [
    {
      text: 'Give the VM less memory as a test, and take options for an IOMMU out of the guest kernel command line.',
      on: 'host',
      reboot: 'vm-restart',
      verify: 'the line does not come again',
    },
  ],
  references: [
    'NVIDIA driver README, "Addressing Capabilities"',
    'open-gpu-kernel-modules, src/nvidia/arch/nvalloc/unix/src/osinit.c',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    refused: {
      regex: /NVRM: .{0,80}Cannot configure the device for DMA/,
      literals: ['Cannot configure the device for DMA'],
    },
  },
  explains: [...BROKEN_BY_INIT],
  check(input) {
    return claimsOfHits(input, input.hits('refused'), 'likely');
  },
  examples: {
    fires: [
      {
        name: 'stage 0x26 of 560 and later',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: RmInitAdapter: *** Cannot configure the device for DMA\n' +
            '[    5.010101] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x26:0x1a:1150)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the same stage without the line',
        files: {
          'guest/vm/dmesg.txt': '[    5.010101] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x26:0xffff:1150)\n',
        },
      },
    ],
  },
});
