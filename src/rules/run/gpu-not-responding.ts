import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-not-responding',
  stage: 'run',
  kind: 'symptom',
  severity: 'error',
  title: 'The card does not answer queries',
  why: 'nvidia-smi lists the card but reads errors instead of values, or cannot get a handle for it. The kernel log says what came first.',
  fix: [],
  references: ['nvidia-smi(1), return values'],
  knowledge: 'seen',
  needs: ['nvidia-smi'],
  patterns: {
    handle: {
      regex:
        /Unable to determine the device handle for GPU\d*:? ?(?<bdf>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): (?!Insufficient)/i,
      literals: ['Unable to determine the device handle'],
    },
  },
  check(input) {
    const rows = input.guests.flatMap((guest) =>
      guest.smi.gpus
        .filter((gpu) => gpu.failing !== undefined)
        .map((gpu) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, gpu.guestBdf),
          evidence: [gpu.failing!],
        })),
    );
    return [
      ...rows,
      ...claimsOfHits(input, input.hits('handle'), 'confirmed', () => ({ decideWith: 'dmesg | grep -E "NVRM|Xid"' })),
    ];
  },
  examples: {
    fires: [
      {
        name: 'no handle for one card',
        files: {
          'guest/vm/nvidia-smi.txt': 'Unable to determine the device handle for GPU 0000:00:05.0: Unknown Error\n',
        },
      },
    ],
    silent: [
      {
        name: 'not permitted to look',
        files: { 'guest/vm/nvidia-smi.txt': 'Failed to initialize NVML: Insufficient Permissions\n' },
      },
    ],
  },
});
