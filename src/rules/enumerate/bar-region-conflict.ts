import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'bar-region-conflict',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'Something else claims the memory range of the register BAR',
  why: 'The driver asks the kernel for the address range of BAR0 and is refused, because a framebuffer driver or another module registered that range first.',
  fix: [
    {
      text: 'See who owns the range.',
      command: 'grep -i -A3 "nvidia\\|efifb\\|simplefb\\|vesafb" /proc/iomem',
      on: 'guest',
    },
    {
      text: 'Keep the boot framebuffer off this card: use another device (bhyve fbuf) as boot display, or boot the guest with the framebuffer driver disabled.',
      command: 'video=efifb:off',
      on: 'guest',
      reboot: 'guest',
      risk: 'the console of this card stays dark until the driver takes over',
      verify: 'the message is gone',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    refused: {
      regex: /request_mem_region failed for (?<size>\d+)M @ 0x(?<address>[0-9a-f]+)/,
      literals: ['request_mem_region failed'],
    },
  },
  explains: ['driver-probe-failed', 'nvidia-smi-no-driver', 'gpu-not-present', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfHits(input, input.hits('refused'), 'confirmed', (guest, own) => {
      const owner = guest.gpus.find(({ screenOwner }) => screenOwner !== undefined)?.screenOwner;
      return owner === undefined
        ? {}
        : { detail: `The range belongs to ${owner.value}, the driver of the boot screen.`, evidence: [...own, owner] };
    });
  },
  examples: {
    fires: [
      {
        name: 'BAR0 is taken',
        files: {
          'guest/vm/dmesg.txt':
            '[   12.877802] NVRM: request_mem_region failed for 16M @ 0xc1000000. This can\n' +
            '               NVRM: occur when a driver such as rivatv is loaded and claims\n' +
            "               NVRM: ownership of the device's registers.\n" +
            '[   12.878623] nvidia: probe of 0000:00:05.0 failed with error -1\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a BAR without an address is another matter',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR0 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
        },
      },
    ],
  },
});
