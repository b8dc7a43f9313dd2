import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { formatSize } from '../../model/size.ts';
import { BAR_PATTERNS, unplacedBars } from '../lib/host-bars.ts';
import { isMeant } from '../lib/hosts.ts';

export default defineRule({
  code: 'host-bar-unassigned',
  stage: 'firmware',
  kind: 'symptom',
  severity: 'error',
  title: 'A memory BAR of the graphics card has no address on the host',
  why:
    'A BAR at base 0 was never placed by firmware or kernel, and the kernel then switches memory decoding off for the ' +
    'whole function. The guest cannot be given memory that has no address. `disabled` at a BAR that has an address ' +
    'is something else: recent kernels keep an idle ppt device that way.',
  fix: [],
  references: ['sys/dev/pci/pci.c, pci_add_map and pci_reserve_map', 'pciconf(8)'],
  knowledge: 'source',
  needs: ['host-pci'],
  needsAny: ['host-bars', 'host-log'],
  patterns: onHost(BAR_PATTERNS),
  check({ host, hits }) {
    return unplacedBars(host, hits('reserve'), hits('allocate')).map(({ gpu, fn, bar, sizeBytes, lines }) => ({
      confidence: 'confirmed',
      severity: isMeant(host, gpu) ? 'error' : 'warning',
      subject: { hostBdf: fn.bdf, ...(fn.pciId !== undefined && { pciId: fn.pciId }) },
      title: `${bar === undefined ? 'A memory BAR' : `BAR${bar.index}`}${sizeBytes === undefined ? '' : ` (${formatSize(sizeBytes)})`} of ${fn.unit} has no address on the host`,
      evidence: [...(bar === undefined ? [] : [bar]), ...lines],
    }));
  },
  examples: {
    fires: [
      {
        name: 'a 16 GiB BAR1 that found no room',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:23:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x15f8 subvendor=0x10de subdevice=0x118f\n' +
            "    vendor     = 'NVIDIA Corporation'\n" +
            "    device     = 'GP100GL [Tesla P100 PCIe 16GB]'\n" +
            '    class      = display\n' +
            '    bar   [10] = type Memory, range 32, base 0xc4000000, size 16777216, disabled\n' +
            '    bar   [14] = type Prefetchable Memory, range 64, base 0, size 17179869184, disabled\n' +
            '    bar   [1c] = type Prefetchable Memory, range 64, base 0, size 33554432, disabled\n',
        },
        expect: { confidence: 'confirmed', severity: 'error', subject: { hostBdf: '23/0/0', pciId: '10de:15f8' } },
      },
    ],
    silent: [
      {
        name: 'an idle ppt device: decoding off, addresses there; the I/O BAR at 0 is no memory',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:9:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c82 subvendor=0x1043 subdevice=0x8613\n' +
            '    class      = display\n' +
            '    bar   [10] = type Memory, range 32, base 0xf6000000, size 16777216, disabled\n' +
            '    bar   [14] = type Prefetchable Memory, range 64, base 0xe0000000, size 268435456, disabled\n' +
            '    bar   [24] = type I/O Port, range 32, base 0, size 128, disabled\n',
        },
      },
    ],
  },
});
