import { defineRule } from '../../model/rule.ts';
import { BDF, claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'intx-routing-warning',
  stage: 'probe',
  kind: 'notice',
  severity: 'info',
  title: 'The guest cannot route the legacy interrupt of the card, which is harmless with MSI',
  why:
    'bhyve gives passed-through devices no legacy interrupt route, so Linux warns and falls back to an ISA number. The ' +
    'driver only needs a number that is not 0 to go on, and then uses MSI. It matters only when MSI is switched off.',
  fix: [],
  references: ['Linux drivers/acpi/pci_irq.c', 'open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    routing: {
      regex: new RegExp(
        String.raw`(?:nvidia|nouveau|amdgpu|radeon) ${BDF}: (?:can't derive routing for PCI INT [A-D]|PCI INT [A-D]: (?:no GSI|not connected))`,
      ),
      literals: ["can't derive routing for PCI INT", ': no GSI', ': not connected'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('routing'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'after the pin patch',
        files: {
          'guest/vm/dmesg.txt':
            "[    2.988219] nvidia 0000:00:05.0: can't derive routing for PCI INT A\n" +
            '[    2.988223] nvidia 0000:00:05.0: PCI INT A: no GSI - using ISA IRQ 11\n' +
            '[    3.221719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n',
        },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'a network card without a route',
        files: {
          'guest/vm/dmesg.txt':
            "[    1.988219] e1000 0000:00:03.0: can't derive routing for PCI INT A\n" +
            '[    3.221719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n',
        },
      },
    ],
  },
});
