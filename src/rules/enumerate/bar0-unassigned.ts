import { defineRule } from '../../model/rule.ts';
import { BROKEN_BY_A_BAR } from '../lib/bars.ts';
import { BDF, claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'bar0-unassigned',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'BAR0, the register BAR, has no address',
  why:
    'The driver reaches the registers of the card through BAR0. Without an address nothing works. BAR0 is a 32-bit BAR, ' +
    'so the space below 4 GiB is full or the firmware tables describe too little of it.',
  fix: [
    {
      text: 'Free 32-bit address space: remove other devices with memory BARs from the VM, or switch the compute mode of the card back so that its BARs shrink.',
      on: 'host',
      reboot: 'vm-restart',
      verify: '`lspci -vv` in the guest shows an address for Region 0',
    },
    {
      text: 'As a test only, boot the guest kernel with pci=nocrs (a guest kernel that ignores wrong host bridge windows) or pci=realloc (one that assigns anew).',
      command: 'pci=nocrs',
      on: 'guest',
      reboot: 'guest',
      risk: 'a wrong option can leave other devices without addresses; remove it when it does not help',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c', 'Linux drivers/pci/setup-res.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    zero: {
      regex: /BAR0 is 0M @ 0x0+ \(PCI:/,
      literals: ['BAR0 is 0M'],
    },
    kernel: {
      regex: new RegExp(
        String.raw`(?:pci|nvidia) ${BDF}: (?:BAR 0:? (?:\[mem size 0x[0-9a-f]+[^\]]*\])?:? ?(?:can't assign|no space for|failed to assign|not assigned; can't enable|not claimed; can't enable))`,
      ),
      literals: [': BAR 0'],
    },
  },
  explains: [...BROKEN_BY_A_BAR, 'bar1-unassigned'],
  check(input) {
    return claimsOfHits(input, input.hits('zero'), 'confirmed', (guest, own, bdf) => {
      const kernel = input
        .hits('kernel')
        .filter((hit) => hit.groups.bdf === bdf && (hit.guest ?? guest.name) === guest.name);
      return { evidence: [...own, ...kernel] };
    });
  },
  examples: {
    fires: [
      {
        name: 'the driver finds BAR0 empty',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR0 is 0M @ 0x0 (PCI:0000:00:05.0)\n' +
            '[    5.010401] nvidia: probe of 0000:00:05.0 failed with error -1\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'BAR1 is the one without an address',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
        },
      },
    ],
  },
});
