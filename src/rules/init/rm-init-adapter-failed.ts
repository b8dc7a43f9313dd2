import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, guestSubject } from '../lib/guests.ts';
import { TRY_ANOTHER_BRANCH } from '../lib/experiments.ts';

export default defineRule({
  code: 'rm-init-adapter-failed',
  stage: 'init',
  kind: 'symptom',
  severity: 'error',
  title: 'The driver accepted the card but could not initialise it',
  why:
    'RmInitAdapter is the step in which the driver brings the card up when it is first opened. It prints three numbers: ' +
    'the stage it gave up at, a status, and a line of its source. The first two say where to look.',
  fix: [],
  references: ['open-gpu-kernel-modules, src/nvidia/arch/nvalloc/unix/src/osinit.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  explains: ['drm-device-alloc-failed', 'nvidia-smi-no-devices'],
  experiments: [TRY_ANOTHER_BRANCH],
  patterns: {
    // The echo of a failed open, all that old branches print and some excerpts keep.
    echo: {
      regex:
        /NVRM: .{0,60}rm_init_adapter(?:\(\d+\))? failed|nvidia_frontend_open: minor \d+, .{0,40}open\(\) failed, error -\d+/,
      literals: ['rm_init_adapter', 'nvidia_frontend_open: minor'],
    },
  },
  check(input) {
    const { guests, tables } = input;
    const decoded = guests.flatMap((guest) =>
      guest.rmInit.map((failure) => {
        const { stage, status, sourceLine, count } = failure;
        const word = (part: 'stage' | 'status', code: string): string =>
          tables.rmInit.find((row) => row.part === part && row.code === code)?.meaning ?? 'not known';
        return {
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, failure.guestBdf),
          title: `RmInitAdapter failed (${stage}:${status}:${sourceLine})`,
          detail: `Stage ${stage}: ${word('stage', stage)}. Status ${status}: ${word('status', status)}.`,
          evidence: [failure],
          count,
        };
      }),
    );
    return decoded.length > 0 ? decoded : claimsOfHits(input, input.hits('echo'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'three attempts, one finding',
        files: {
          'guest/vm/dmesg.txt':
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0xffff:1460)\n' +
            '[    3.441394] NVRM: GPU 0000:00:05.0: rm_init_adapter failed, device minor number 0\n' +
            '[    3.453812] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0xffff:1460)\n',
        },
        expect: { kind: 'symptom' },
      },
      {
        name: 'only the echo was kept',
        files: {
          'guest/vm/dmesg.txt': '[    3.441394] NVRM: rm_init_adapter failed for device bearing minor number 0\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'the adapter initialises',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n' +
            '[    5.093532] [drm] Initialized nvidia-drm 0.0.0 for 0000:00:05.0 on minor 1\n',
        },
      },
    ],
  },
});
