import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { formatSize } from '../../model/size.ts';
import { BAR_PATTERNS, unplacedBars } from '../lib/host-bars.ts';
import { isMeant } from '../lib/hosts.ts';

/** BARs from this size on are what 32-bit address space has no room for. */
const LARGE = 256 * 2 ** 20;
const HUGE = 2 ** 30;

export default defineRule({
  code: 'above-4g-decoding-off',
  stage: 'firmware',
  kind: 'cause',
  severity: 'error',
  title: 'The firmware found no address for a large BAR of the card',
  why:
    'A large BAR needs room above 4 GiB, and firmware only hands that out when "Above 4G Decoding" (or MMIO High) is ' +
    'on and large enough. Without an address on the host the BAR cannot be mapped into a guest.',
  fix: [
    {
      text: 'Switch on "Above 4G Decoding" in the firmware set-up (servers: "MMIO High Base" and "MMIO High Size" or "Memory Mapped I/O above 4GB"). Boot in UEFI mode without CSM. Where it stays without an address, update the firmware or use another slot.',
      on: 'firmware',
      reboot: 'host',
      risk: 'PCI addresses can change: compare pptdevs with pciconf afterwards',
      verify: 'no memory BAR of the card reads `base 0` in `pciconf -lvbBceV`',
    },
  ],
  references: ['sys/dev/pci/pci.c, pci_add_map', 'https://github.com/huataihuang/cloud-atlas (bhyve, pci_passthru)'],
  // The missing address is seen; that the setting is to blame, and not a slot or a fault of the firmware, is inferred.
  knowledge: 'inferred',
  needs: ['host-pci'],
  needsAny: ['host-bars', 'host-log'],
  patterns: onHost(BAR_PATTERNS),
  explains: ['host-bar-unassigned', 'bar-unmapped', 'vm-start-failed', 'guest-no-output', 'bar1-unassigned'],
  experiments: [
    {
      command: 'Switch on "Above 4G Decoding" in the firmware set-up, then compare `pciconf -lvbBceV`',
      on: 'firmware',
      cost: 'host-reboot',
      decides: ['above-4g-decoding-off'],
      outcomes: [
        { if: 'the BAR has an address', then: 'that was it' },
        { if: 'still base 0', then: 'the firmware cannot place this card in this slot' },
      ],
    },
  ],
  check({ host, hits }) {
    return unplacedBars(host, hits('reserve'), hits('allocate'))
      .filter(({ sizeBytes }) => sizeBytes !== undefined && sizeBytes >= LARGE)
      .map(({ gpu, fn, bar, sizeBytes, lines }) => ({
        confidence: sizeBytes! >= HUGE ? 'likely' : 'possible',
        // A card that nobody wants to pass harms nothing by this.
        ...(isMeant(host, gpu) ? {} : { kind: 'notice' as const, severity: 'warning' as const }),
        subject: { hostBdf: fn.bdf, ...(fn.pciId !== undefined && { pciId: fn.pciId }) },
        detail: `A BAR of ${formatSize(sizeBytes!)} has no address.`,
        evidence: [...(bar === undefined ? [] : [bar]), ...lines],
      }));
  },
  examples: {
    fires: [
      {
        name: 'kernel and pciconf agree on a 32 GiB BAR without an address',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:65:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1b38 subvendor=0x10de subdevice=0x11d9\n' +
            "    device     = 'GP102GL [Tesla P40]'\n" +
            '    class      = display\n' +
            '    bar   [10] = type Memory, range 32, base 0xb8000000, size 16777216, disabled\n' +
            '    bar   [14] = type Prefetchable Memory, range 64, base 0, size 34359738368, disabled\n',
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'ppt0: 0x800000000 bytes of rid 0x14 res 3 failed (0, 0xffffffffffffffff).\n' +
            'ppt0 mem 0xb8000000-0xb8ffffff at device 0.0 on pci5\n',
        },
        expect: { confidence: 'likely', severity: 'error', kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'a large BAR with its address',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:65:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1b38 subvendor=0x10de subdevice=0x11d9\n' +
            '    class      = display\n' +
            '    bar   [10] = type Memory, range 32, base 0xb8000000, size 16777216, disabled\n' +
            '    bar   [14] = type Prefetchable Memory, range 64, base 0x20000000000, size 34359738368, disabled\n',
        },
      },
      {
        name: 'the kernel had no room for the window of a bridge without a card',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'pcib4: failed to allocate initial prefetch window: 0xd0000000-0xdfffffff\n',
        },
      },
    ],
  },
});
