import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const TESLA_P4 = '10de:1bb3';
/** Branches whose list of supported products leaves the P4 out although the ones before and after have it. */
const BRANCHES = new Set([535, 550]);

export default defineRule({
  code: 'supported-list-gap',
  stage: 'probe',
  kind: 'notice',
  severity: 'info',
  title: 'The Tesla P4 is missing from the product list of this driver branch, but served by it',
  why: 'The lists of 535 and 550 do not name the P4, those of 470 and 580 do, and 535 is used with it. A tool that checks against the list calls the card unsupported; that is a gap of the list.',
  fix: [],
  references: ['NVIDIA driver README 470, 535, 550 and 580, "Supported NVIDIA GPU Products"'],
  knowledge: 'seen',
  needs: ['guest-driver'],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const { version } = guest.driver;
      const card = guest.gpus.find(({ pciId }) => pciId === TESLA_P4);
      if (version === undefined || card === undefined || !BRANCHES.has(Number.parseInt(version.value, 10))) return [];
      return [{ confidence: 'confirmed' as const, subject: guestSubject(guest, card.bdf), evidence: [version] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'a P4 with 535',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n' +
            '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'a P4 with 580',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n' +
            '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
