import { defineRule } from '../../model/rule.ts';
import { formatSize } from '../../model/size.ts';
import { BROKEN_BY_A_BAR, unassigned } from '../lib/bars.ts';
import { claimsOfHits, guestSubject, hitsOf } from '../lib/guests.ts';

export default defineRule({
  code: 'bar1-unassigned',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'A memory BAR of the card has no address',
  why:
    'Firmware and kernel of the machine that runs the driver found no room for a memory BAR, usually the large BAR1. ' +
    'The driver then cannot map video memory; what follows (no answer, init failure) comes from this.',
  fix: [
    {
      text: 'Give the machine a 64-bit memory window as large as the BAR: on a physical machine "Above 4G decoding" in the firmware; in a VM firmware or a machine type with a larger 64-bit window.',
      on: 'firmware',
      reboot: 'guest',
      verify: '`lspci -vv` shows an address for every Region of the card',
    },
    {
      text: 'If the kernel kept a bad layout of the firmware, pci=realloc lets it assign anew; if BARs vanished with that option, remove it. It cannot help a card that sits directly on bus 0.',
      command: 'pci=realloc',
      on: 'guest',
      reboot: 'guest',
      risk: 'reports conflict about this option: try it only with the BAR lines of the kernel log before you',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c', 'Linux drivers/pci/setup-res.c'],
  knowledge: 'source',
  needs: [],
  patterns: {
    zero: {
      regex: /BAR(?<bar>[1-5]) is 0M @ 0x0+ \((?:PCI:)?(?<bdf>[0-9a-f:.]+)\)/,
      literals: ['is 0M @ 0x'],
    },
    zero0: { regex: /BAR0 is 0M @/, literals: ['BAR0 is 0M'] },
    noSpace: {
      regex:
        /(?:pci|nvidia) (?<bdf>[0-9a-f:.]+): BAR (?<bar>[1-5]):? (?:\[mem size 0x[0-9a-f]+[^\]]*\]: (?:can't assign; no space|failed to assign|not assigned)|no space for \[mem size|failed to assign \[mem size|can't assign mem)/,
      literals: [
        "can't assign; no space",
        'failed to assign',
        'no space for [mem size',
        ']: not assigned',
        "can't assign mem",
      ],
    },
  },
  explains: [...BROKEN_BY_A_BAR],
  check(input) {
    const said = claimsOfHits(input, input.hits('zero'), 'confirmed', (guest, own, bdf) => {
      const more = hitsOf(guest, input.hits('noSpace'));
      const shown = unassigned(guest).filter(({ gpu, bar }) => gpu.bdf === bdf && bar.index !== 0);
      const large = guest.gpus
        .find((gpu) => gpu.bdf === bdf)
        ?.bars.find((bar) => !bar.assigned && bar.sizeBytes !== undefined);
      // The driver passes over a third BAR that is not prefetchable and then calls it empty, although it has an address.
      const sure = more.length > 0 || shown.length > 0 || own.some(({ groups }) => groups.bar === '1');
      return {
        confidence: sure ? 'confirmed' : 'likely',
        evidence: [...own, ...more, ...shown.map(({ bar }) => bar)],
        ...(large?.sizeBytes !== undefined && { detail: `BAR${large.index} asks for ${formatSize(large.sizeBytes)}.` }),
      };
    });
    if (said.length > 0) return said;
    // Without the driver's word a listing is enough only when another BAR of the card has an address: a card whose
    // decoding is off altogether shows none.
    return input.guests.flatMap((guest) =>
      unassigned(guest)
        .filter(
          ({ gpu, bar }) => bar.index !== 0 && gpu.bars.some((other) => other.assigned && other.base !== undefined),
        )
        // A working state shown beside the broken one means that it was repaired.
        .filter(
          ({ gpu }) => !guest.smi.gpus.some(({ guestBdf, failing }) => guestBdf === gpu.bdf && failing === undefined),
        )
        .map(({ gpu, bar }) => ({
          confidence: 'likely' as const,
          subject: guestSubject(guest, gpu.bdf),
          evidence: [bar],
          ...(bar.sizeBytes !== undefined && { detail: `BAR${bar.index} asks for ${formatSize(bar.sizeBytes)}.` }),
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'kernel finds no space, driver finds no BAR1',
        files: {
          'guest/vm/dmesg.txt':
            "[    0.501001] pci 0000:00:05.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space\n" +
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'only the driver speaks, and of the third one',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR2 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'virtual functions need no address of their own',
        files: {
          'guest/vm/dmesg.txt':
            "[    0.501001] pci 0000:00:05.0: VF BAR 1 [mem size 0x10000000 64bit pref]: can't assign; no space\n" +
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
