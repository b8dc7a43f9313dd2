import { defineRule } from '../../model/rule.ts';
import { BDF, claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'pci-enable-failed',
  stage: 'enumerate',
  kind: 'symptom',
  severity: 'error',
  title: 'The guest kernel could not switch the card on',
  why: 'Before a driver may use a card, the kernel enables its memory decoding. It refuses when a BAR has no address or was not claimed; which one, the line of the kernel says.',
  fix: [],
  references: [
    'Linux drivers/pci/setup-res.c, pci_enable_resources',
    'open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    driver: { regex: /NVRM: .{0,60}pci_enable_device failed, aborting/, literals: ['pci_enable_device failed'] },
    kernel: {
      regex: new RegExp(
        `(?:pci|nvidia|nouveau) ${BDF}: (?:can't enable device: BAR \\d|BAR \\d [^\\n]{0,80}can't enable device)`,
      ),
      literals: ["can't enable device"],
    },
  },
  explains: ['driver-probe-failed', 'gpu-not-present', 'nvidia-smi-no-driver', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfHits(input, [...input.hits('kernel'), ...input.hits('driver')], 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'a BAR that nobody claimed',
        files: {
          'guest/vm/dmesg.txt':
            "[    5.010001] nvidia 0000:00:05.0: BAR 1 [mem size 0x400000000 64bit pref]: not claimed; can't enable device\n" +
            '[    5.010101] NVRM: pci_enable_device failed, aborting\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'the device is enabled',
        files: { 'guest/vm/dmesg.txt': '[    5.010001] nvidia 0000:00:05.0: enabling device (0000 -> 0002)\n' },
      },
    ],
  },
});
