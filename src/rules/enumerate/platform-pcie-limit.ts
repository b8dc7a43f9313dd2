import { defineRule } from '../../model/rule.ts';
import { unassigned } from '../lib/bars.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'platform-pcie-limit',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'warning',
  title: 'The PCIe port of this small board may be unable to place or reach the card',
  why: 'The PCIe root of many ARM boards has a window of a few hundred megabytes at most and handles only some kinds of accesses. A graphics card asks for more than that.',
  fix: [
    { text: 'Use the card in a machine whose PCIe root has a 64-bit window of the size of its BARs.', on: 'hardware' },
  ],
  references: ['reports of graphics cards on small ARM boards'],
  knowledge: 'inferred',
  needs: ['guest-log'],
  experiments: [
    {
      command: 'try the card in an x86 machine with Above 4G Decoding',
      on: 'hardware',
      cost: 'hardware',
      why: 'takes the small board and its PCIe root out of the picture',
      decides: ['platform-pcie-limit'],
      outcomes: [
        { if: 'it gets all its BARs there', then: 'the board cannot place them' },
        { if: 'the same BAR is missing', then: 'the firmware setting or the card is to blame' },
      ],
    },
  ],
  patterns: {
    notQualified: {
      regex: /The NVIDIA GPU driver for AArch64 has not been qualified on this CPU/,
      literals: ['driver for AArch64 has not been qualified'],
    },
  },
  check({ guests, hits }) {
    return guests.flatMap((guest) => {
      const lines = hits('notQualified').filter((hit) => (hit.guest ?? guest.name) === guest.name);
      const missing = unassigned(guest);
      if (lines.length === 0 || missing.length === 0) return [];
      return [
        {
          confidence: 'possible' as const,
          subject: guestSubject(guest, missing[0]!.gpu.bdf),
          evidence: [...lines, ...missing.map(({ bar }) => bar)],
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'an ARM board without room for BAR1',
        files: {
          'guest/board/dmesg.txt':
            '[   10.010001] The NVIDIA GPU driver for AArch64 has not been qualified on this CPU\n' +
            '[   10.020001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR1 is 0M @ 0x0 (PCI:0001:01:00.0)\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'an ARM server where the card works',
        files: {
          'guest/board/dmesg.txt':
            '[   10.010001] The NVIDIA GPU driver for AArch64 has not been qualified on this CPU\n' +
            '[   10.880021] NVRM: loading NVIDIA UNIX aarch64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\n',
        },
      },
    ],
  },
});
