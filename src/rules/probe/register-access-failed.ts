import { type Claim, defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'register-access-failed',
  stage: 'probe',
  kind: 'symptom',
  severity: 'error',
  title: 'The driver could not map or read the registers of the card',
  why: 'The first things a driver reads are the registers behind BAR0. What it got is no answer of a card: BAR0 is not mapped through, the card is asleep or gone, or the chip is newer than the driver.',
  fix: [],
  references: [
    'open-gpu-kernel-modules, src/nvidia/arch/nvalloc/unix/src/osinit.c',
    'open-gpu-kernel-modules, kernel-open/nvidia/nv.c',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    map: {
      regex:
        /NVRM: .{0,80}(?:rm_init_private_state\(\) failed|failed to map GPU registers|failed to get GpuArch for 0x|Failed to map regs registers)/,
      literals: [
        'rm_init_private_state() failed',
        'failed to map GPU registers',
        'failed to get GpuArch',
        'Failed to map regs',
      ],
    },
    odd: { regex: /NVRM: .{0,80}Possible bad register read: addr: 0x/, literals: ['Possible bad register read'] },
  },
  explains: [
    'driver-probe-failed',
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'gpu-init-failed',
    'nvidia-smi-no-devices',
    'gpu-not-present',
  ],
  check(input): Claim[] {
    const map = claimsOfHits(input, input.hits('map'), 'confirmed');
    if (map.length > 0) return map;
    // One odd value among thousands of good reads is a remark.
    return claimsOfHits(input, input.hits('odd'), 'confirmed', () => ({
      severity: 'warning',
      title: 'The driver read values from the card that look like an error pattern',
    }));
  },
  examples: {
    fires: [
      {
        name: 'no mapping',
        files: { 'guest/vm/dmesg.txt': '[    5.010001] NVRM: rm_init_private_state() failed!\n' },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'an adapter that fails later',
        files: {
          'guest/vm/dmesg.txt': '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x25:0x65:1240)\n',
        },
      },
    ],
  },
});
