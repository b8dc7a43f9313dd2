import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'pci-realloc-no-effect',
  stage: 'enumerate',
  kind: 'notice',
  severity: 'info',
  title: 'pci=realloc is set, but cannot act on a card that sits directly on bus 0',
  why: 'The option lets Linux resize the windows of PCI bridges. bhyve puts the card on the root bus, where there is no bridge whose window could grow.',
  fix: [],
  references: ['Linux Documentation/admin-guide/kernel-parameters', 'Linux drivers/pci/setup-bus.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const line = guest.commandLine;
      const onRoot = guest.gpus.find(({ bdf }) => bdf.startsWith('0000:00:'));
      if (guest.isBhyve !== true || line === undefined || onRoot === undefined) return [];
      if (!/(?:^|\s)pci=(?:[\w@:.=,-]*,)?realloc(?!=off)\b/.test(line.value)) return [];
      return [{ confidence: 'confirmed' as const, subject: guestSubject(guest, onRoot.bdf), evidence: [line] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'the option in a bhyve guest',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/vda2 ro pci=realloc\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'switched off',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/vda2 ro pci=realloc=off\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n',
        },
      },
    ],
  },
});
