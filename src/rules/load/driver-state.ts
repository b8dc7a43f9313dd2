import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'driver-state',
  stage: 'load',
  kind: 'notice',
  severity: 'info',
  title: 'The driver in the guest',
  why: 'Which module serves the card, in which version and flavour, and how far it got. The tables of the report show the same in full.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c'],
  knowledge: 'source',
  needs: [],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const { version, flavour, loaded, banner, nouveau } = guest.driver;
      const refs = [version, flavour, loaded, banner, nouveau].filter(
        (ref): ref is NonNullable<typeof ref> => ref !== undefined,
      );
      if (refs.length === 0) return [];
      const module = version === undefined && loaded === undefined ? 'nouveau' : 'nvidia';
      const words = [module, version?.value, flavour?.value, banner ? 'a card was accepted' : undefined].filter(
        (word) => word !== undefined,
      );
      return [
        {
          confidence: 'confirmed' as const,
          subject: { guest: guest.name },
          detail: `${words.join(', ')}.`,
          evidence: refs,
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'a banner tells version and flavour',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'no driver was tried',
        files: { 'guest/vm/dmesg.txt': '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n' },
      },
    ],
  },
});
