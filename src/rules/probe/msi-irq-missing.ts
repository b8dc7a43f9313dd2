import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, gpuAt, hitsOf } from '../lib/guests.ts';

export default defineRule({
  code: 'msi-irq-missing',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The kernel gave the card no interrupt',
  why:
    'The card has no interrupt number and no MSI-X. On a physical machine the BIOS assigns none, or a kernel fault lost ' +
    'it; on another hypervisor the device was built without an interrupt.',
  fix: [
    {
      text: 'On a physical machine: let the BIOS assign an interrupt to the graphics card ("Assign IRQ for VGA"), or boot the kernel that worked before.',
      on: 'firmware',
      reboot: 'guest',
      verify: '`lspci -v` shows an IRQ for the card',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    noIrq: {
      regex: /Can't find an IRQ for your NVIDIA card/,
      literals: ["Can't find an IRQ for your NVIDIA card"],
    },
    noRoute: {
      regex: /PCI: (?:IRQ 0 for device|No IRQ known for interrupt pin)/,
      literals: ['IRQ 0 for device', 'No IRQ known for interrupt pin'],
    },
  },
  explains: ['nvidia-irq-missing', 'driver-probe-failed', 'nvidia-smi-no-driver', 'gpu-not-present'],
  check(input) {
    return claimsOfHits(input, input.hits('noIrq'), 'likely', (guest, own, bdf) => {
      // In a bhyve guest without a pin it is bhyve that presents none: a finding of its own.
      if (guest.isBhyve === true && typeof gpuAt(guest, bdf)?.interruptPin?.value !== 'string') return undefined;
      const routes = hitsOf(guest, input.hits('noRoute'));
      return routes.length > 0 ? { confidence: 'confirmed', evidence: [...own, ...routes] } : {};
    });
  },
  examples: {
    fires: [
      {
        name: 'the BIOS assigns no interrupt to the card',
        files: {
          'guest/box/dmesg.txt':
            "[   30.372004] PCI: IRQ 0 for device 0000:00:0a.0 doesn't match PIRQ mask - try pci=usepirqmask\n" +
            "[   30.372018] NVRM: Can't find an IRQ for your NVIDIA card!\n",
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a bhyve guest, where the pin is to blame',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            "[    2.901130] NVRM: Can't find an IRQ for your NVIDIA card!\n",
        },
      },
    ],
  },
});
