import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'guest-interrupt-setup-failed',
  stage: 'init',
  kind: 'symptom',
  severity: 'error',
  title: 'The driver could not set up an interrupt for the card',
  why:
    'When a card is first opened the driver asks for MSI-X, then MSI, then the wired interrupt. The number in request_irq() says why the kernel refused: -107 not connected, -28 no ' +
    'vectors left, -16 taken, -22 invalid. A card that no longer answers gives "Failed to enable MSI-X" as well.',
  fix: [],
  references: [
    'open-gpu-kernel-modules, kernel-open/nvidia/nv-msi.c',
    'open-gpu-kernel-modules, kernel-open/nvidia/nv.c',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    failed: {
      regex:
        /NVRM: .{0,60}(?:Failed to enable MSI-X|No interrupts of any type are available|request_irq\(\) failed \(-\d+\))|Tried to get IRQ \d+, but another driver/i,
      literals: [
        'Failed to enable MSI-X',
        'No interrupts of any type',
        'request_irq() failed',
        'but another driver',
        'Tried to get IRQ',
      ],
    },
    fallback: {
      regex: /NVRM: .{0,60}Failed to enable MSI; falling back to PCIe virtual-wire/,
      literals: ['Failed to enable MSI; falling'],
    },
  },
  explains: [...BROKEN_BY_INIT],
  check(input) {
    const failed = claimsOfHits(input, input.hits('failed'), 'confirmed');
    if (failed.length > 0) return failed;
    // The wired interrupt may do; in bhyve it does not, and another line says so.
    return claimsOfHits(input, input.hits('fallback'), 'confirmed', () => ({
      severity: 'warning',
      title: 'The driver could not enable MSI and fell back to the wired interrupt',
    }));
  },
  examples: {
    fires: [
      {
        name: 'no kind of interrupt',
        files: {
          'guest/vm/dmesg.txt':
            '[    9.100001] NVRM: GPU 0000:00:05.0: No interrupts of any type are available. Cannot use this GPU.\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'the probe finds no interrupt line, which is another check',
        files: { 'guest/vm/dmesg.txt': "[    2.901130] NVRM: Can't find an IRQ for your NVIDIA card!\n" },
      },
    ],
  },
});
