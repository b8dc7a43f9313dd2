import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'rom-alloc-failed',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'The memory segment for the option ROM of the card cannot be set up',
  why:
    'A VBIOS given with rom= goes into a memory segment of 256 MiB. bhyve exits when the kernel does not give it, because a VM of an ' +
    'earlier run is left over or memory is laid out unfavourably, when the files are too large together, or when a file is empty.',
  fix: [
    {
      text: 'Remove a VM that is left over, then start again.',
      command: 'bhyvectl --destroy --vm=NAME',
      on: 'host',
      risk: 'this ends the VM of that name if it runs',
    },
    {
      text: 'Check the ROM file: a VBIOS is mostly between 60 KiB and 1 MiB and begins with the bytes 55 AA.',
      command: 'hexdump -C FILE | head -n 1',
      on: 'host',
    },
    {
      text: 'As a test give the VM less memory, or leave rom= out.',
      on: 'host',
      reboot: 'vm-restart',
      verify: 'the message is gone',
    },
  ],
  references: ['usr.sbin/bhyve/pci_emul.c, pci_emul_alloc_rom', 'usr.sbin/bhyve/pci_passthru.c, passthru_init_rom'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    segment: {
      regex:
        /(?:pci_emul_alloc_rom: (?:failed to create rom segment|no space left in rom segment)|passthru_init_rom: (?:failed to alloc rom segment|can't fstat romfile|unable to mmap romfile))/,
      literals: [
        'pci_emul_alloc_rom: ',
        'passthru_init_rom: failed',
        'passthru_init_rom: unable',
        "passthru_init_rom: can't fstat",
      ],
    },
    mapping: { regex: /passthru_addr_rom: (?:munmap|mmap)_memseg @/, literals: ['passthru_addr_rom: '] },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const lines = [...hits('segment'), ...hits('mapping')];
    return lines.length > 0 ? [{ confidence: 'confirmed', evidence: lines }] : [];
  },
  examples: {
    fires: [
      {
        name: 'no segment',
        files: {
          'host/bhyve.log':
            'pci_emul_alloc_rom: failed to create rom segment\npassthru_init_rom: failed to alloc rom segment\nDevice emulation initialization error: Cannot allocate memory\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the file is not there',
        files: { 'host/bhyve.log': 'passthru_init_rom: can\'t open romfile "/vm/roms/card.rom"\n' },
      },
    ],
  },
});
