import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';
import { unexplainedInit } from '../lib/init.ts';
import { TRY_ANOTHER_BRANCH } from '../lib/experiments.ts';

export default defineRule({
  code: 'hardware-unproven',
  stage: 'init',
  kind: 'notice',
  severity: 'info',
  title: 'Nothing in the evidence shows that this very card ever worked',
  why: 'Second-hand data-centre cards are often faulty. While the cause of an init failure is open, a defect of the card is one of the candidates.',
  fix: [],
  references: ['observations of the compatibility matrix'],
  knowledge: 'inferred',
  needs: ['guest-log'],
  experiments: [
    TRY_ANOTHER_BRANCH,
    {
      command: 'try the card in a physical machine with Linux and the same driver',
      on: 'hardware',
      cost: 'hardware',
      why: 'takes bhyve out of the picture',
      decides: ['hardware-unproven'],
      outcomes: [
        { if: 'it works there', then: 'the card is good; look at bhyve and its configuration' },
        { if: 'it fails there too', then: 'the card or its VBIOS is faulty' },
      ],
    },
  ],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const failure = unexplainedInit(guest);
      return failure === undefined
        ? []
        : [{ confidence: 'possible' as const, subject: guestSubject(guest, failure.guestBdf), evidence: [failure] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'unexplained init failure',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'the card works',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
