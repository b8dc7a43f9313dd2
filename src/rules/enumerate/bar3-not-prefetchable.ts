import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'bar3-not-prefetchable',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'The third memory BAR is there, but not marked prefetchable',
  why:
    'The driver looks for its third BAR among prefetchable 64-bit ones. A hypervisor that drops the prefetchable bit makes it believe that the BAR ' +
    'has no address, although the listing shows one.',
  fix: [
    {
      text: 'Keep the bit: use a hypervisor release that passes it on. bhyve does; where it does not, report it with both listings.',
      on: 'host',
      reboot: 'vm-restart',
      verify: '`lspci -vv` shows "64-bit, prefetchable" for Region 3',
    },
  ],
  references: ['https://github.com/NVIDIA/open-gpu-kernel-modules/issues/344'],
  knowledge: 'seen',
  needs: ['guest-log', 'guest-pci'],
  patterns: {
    zero: { regex: /BAR[23] is 0M @ 0x0+ \((?:PCI:)?(?<bdf>[0-9a-f:.]+)\)/, literals: ['is 0M @ 0x'] },
  },
  explains: [
    'bar1-unassigned',
    'driver-probe-failed',
    'rm-init-adapter-failed',
    'gpu-init-failed',
    'nvidia-smi-no-devices',
    'drm-device-alloc-failed',
  ],
  check(input) {
    return claimsOfHits(input, input.hits('zero'), 'confirmed', (guest, own, bdf) => {
      const region = guest.gpus
        .find((gpu) => gpu.bdf === bdf)
        ?.bars.find(({ index, assigned, prefetchable }) => index === 3 && assigned && prefetchable === false);
      return region === undefined ? undefined : { evidence: [...own, region] };
    });
  },
  examples: {
    fires: [
      {
        name: 'the listing has the address that the driver misses',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR2 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
          'guest/vm/lspci.txt':
            '00:05.0 VGA compatible controller [0300]: NVIDIA Corporation GA106 [10de:2504] (rev a1)\n' +
            '\tRegion 0: Memory at c1000000 (32-bit, non-prefetchable) [size=16M]\n' +
            '\tRegion 1: Memory at 800000000 (64-bit, prefetchable) [size=256M]\n' +
            '\tRegion 3: Memory at 810000000 (64-bit, non-prefetchable) [size=32M]\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the third BAR has no address',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR2 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
          'guest/vm/lspci.txt':
            '00:05.0 VGA compatible controller [0300]: NVIDIA Corporation GA106 [10de:2504] (rev a1)\n' +
            '\tRegion 0: Memory at c1000000 (32-bit, non-prefetchable) [size=16M]\n' +
            '\tRegion 1: Memory at 800000000 (64-bit, prefetchable) [size=256M]\n' +
            '\tRegion 3: Memory at <unassigned> (64-bit, prefetchable)\n',
        },
      },
    ],
  },
});
