import { defineRule } from '../../model/rule.ts';
import { unassigned } from '../lib/bars.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'pci-realloc-dropped-bars',
  stage: 'enumerate',
  kind: 'notice',
  severity: 'warning',
  title: 'A BAR has no address, and pci=realloc makes the kernel give up what firmware assigned',
  why:
    'With this option Linux releases bridge windows and assigns them anew. Where that does not succeed, BARs that firmware had placed well lose their ' +
    'addresses. There are reports of cards that came back without it, and of others that needed it.',
  fix: [
    {
      text: 'Boot once without the option, or with pci=realloc=off.',
      command: 'pci=realloc=off',
      on: 'guest',
      reboot: 'guest',
      verify: '`lspci -vv` shows an address for every Region of the card',
    },
  ],
  references: ['Linux drivers/pci/setup-bus.c', 'Linux Documentation/admin-guide/kernel-parameters'],
  knowledge: 'inferred',
  needs: ['guest-log'],
  experiments: [
    {
      command: 'boot the guest once with pci=realloc=off instead of pci=realloc',
      on: 'guest',
      cost: 'guest-change',
      why: 'keeps the addresses that firmware gave',
      decides: ['pci-realloc-dropped-bars', 'bar1-unassigned'],
      outcomes: [
        { if: 'every BAR has an address', then: 'the option was the cause' },
        { if: 'the same BAR is missing', then: 'firmware had no room for it either' },
      ],
    },
  ],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const line = guest.commandLine;
      const lost = unassigned(guest)[0];
      if (line === undefined || lost === undefined) return [];
      if (!/(?:^|\s)pci=(?:[\w@:.=;-]+,)*realloc(?!=off)(?:=on)?(?:[,\s]|$)/.test(line.value)) return [];
      return [
        { confidence: 'possible' as const, subject: guestSubject(guest, lost.gpu.bdf), evidence: [line, lost.bar] },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'the option and a BAR without an address',
        files: {
          'guest/box/dmesg.txt':
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/sda2 ro pci=realloc\n' +
            '[    0.400001] pci 0000:03:00.0: [10de:1bb3] type 00 class 0x030200\n' +
            "[    0.501001] pci 0000:03:00.0: BAR 1 [mem size 0x10000000 64bit pref]: can't assign; no space\n",
        },
        expect: { kind: 'notice', confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'every BAR has an address',
        files: {
          'guest/box/dmesg.txt':
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/sda2 ro pci=realloc\n' +
            '[    0.400001] pci 0000:03:00.0: [10de:1bb3] type 00 class 0x030200\n' +
            '[    0.501001] pci 0000:03:00.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]: assigned\n',
        },
      },
    ],
  },
});
