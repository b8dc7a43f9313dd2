import { defineRule } from '../../model/rule.ts';
import { BROKEN_BY_A_BAR } from '../lib/bars.ts';
import { BDF, claimsOfHits, gpuAt } from '../lib/guests.ts';

export default defineRule({
  code: 'bridge-window-missing',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'A BAR of the card lies outside the windows that the firmware describes',
  why:
    'The firmware placed a BAR at an address that its own tables do not hand to the bus of the card, so the kernel refuses ' +
    'to claim it and takes the address away.',
  fix: [
    {
      text: 'As a test, let the guest kernel ignore the host bridge windows of the firmware tables.',
      command: 'pci=nocrs',
      on: 'guest',
      reboot: 'guest',
      risk: 'a kernel that ignores the windows may place BARs where nothing answers; use it to find out, then fix the firmware',
      verify: '`lspci -vv` shows an address for every Region of the card',
    },
    {
      text: 'Update the guest firmware package, and bhyve, so that the tables describe the window.',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['Linux drivers/pci/setup-res.c', 'reports from the GVT-d reviews for bhyve'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    claim: {
      regex: new RegExp(
        String.raw`pci ${BDF}: (?:can't claim BAR [0-5] \[mem (?!size)[^\]]*\]: no compatible bridge window|BAR [0-5] \[mem (?!size)[^\]]*\]: can't claim; no compatible bridge window)`,
      ),
      literals: ['no compatible bridge window'],
    },
  },
  explains: [...BROKEN_BY_A_BAR, 'bar0-unassigned', 'bar1-unassigned'],
  check(input) {
    return claimsOfHits(input, input.hits('claim'), 'likely', (guest, own, bdf) => {
      const gpu = gpuAt(guest, bdf);
      // The kernel assigns anew what it could not claim; only a BAR that stays without an address is a fault, and
      // another device's BAR is another matter.
      if (gpu === undefined || gpu.bdf !== bdf || gpu.bars.every(({ assigned }) => assigned)) return undefined;
      return { evidence: own };
    });
  },
  examples: {
    fires: [
      {
        name: 'firmware and its tables disagree',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n' +
            '[    0.400101] pci 0000:00:05.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]\n' +
            "[    0.500001] pci 0000:00:05.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]: can't claim; no compatible bridge window\n" +
            "[    0.500101] pci 0000:00:05.0: BAR 1 [mem size 0x10000000 64bit pref]: can't assign; no space\n",
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the kernel finds another place for it',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n' +
            "[    0.500001] pci 0000:00:05.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]: can't claim; no compatible bridge window\n" +
            '[    0.500101] pci 0000:00:05.0: BAR 1 [mem 0x840000000-0x84fffffff 64bit pref]: assigned\n',
        },
      },
    ],
  },
});
