import type { LogHit } from '../../model/pattern.ts';
import type { Host } from '../../model/host.ts';
import { type Claim, defineRule } from '../../model/rule.ts';
import { claimsOfHits, hitsOf } from '../lib/guests.ts';
import { functionAt, gpuAt, hostSubject } from '../lib/hosts.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'iommu-dma-fault',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The IOMMU rejects memory accesses of the card',
  why: 'The card reads or writes an address for which the IOMMU has no mapping, so its DMA is refused. The driver then sees time-outs and failures that come from this.',
  fix: [
    {
      text: 'On a bhyve host: see that guest memory is wired and that the host kernel has all fixes of its release (15.0 needs at least patch level 1).',
      command: 'freebsd-version -kru',
      on: 'host',
      reboot: 'host',
    },
    {
      text: 'On a Linux machine: update firmware and kernel; as a test, boot with the IOMMU in pass-through mode.',
      command: 'iommu=pt',
      on: 'guest',
      reboot: 'guest',
      verify: 'no more DMAR or AMD-Vi fault lines that name the card',
    },
  ],
  experiments: [
    {
      command: 'dmesg | grep -E "IO_PAGE_FAULT|fault acc" while the VM runs; pciconf -l',
      on: 'host',
      cost: 'look',
      why: 'shows whose accesses are refused',
      decides: ['iommu-dma-fault'],
      outcomes: [
        {
          if: 'the device is the passed card',
          then: 'its DMA is refused: memory not wired, or a fault of the mapping',
        },
        { if: 'it is another device', then: 'the card is not concerned' },
      ],
    },
  ],
  references: ['Linux drivers/iommu/intel/dmar.c', 'sys/amd64/vmm/amd/amdvi_hw.c'],
  knowledge: 'seen',
  needs: [],
  needsAny: ['guest-log', 'host-log'],
  patterns: {
    // vmm's own AMD driver prints bus, slot and function as one number, dmar(4) prints them one by one.
    hostAmd: {
      regex: /\[IO_PAGE_FAULT EVT: devId:0x(?<id>[0-9a-f]{1,4}) /,
      literals: ['[IO_PAGE_FAULT EVT: devId:'],
      kinds: ['freebsd-dmesg'],
      side: 'host',
    },
    hostDmar: {
      regex: /DMAR\d+: .{0,60}?pci(?<bus>\d{1,3}):(?<slot>\d{1,2}):(?<fn>\d) sid [0-9a-f]+ fault acc [0-9a-f]+ /,
      literals: [' fault acc '],
      kinds: ['freebsd-dmesg'],
      side: 'host',
    },
    overflow: {
      regex: /DMAR\d+: Fault Overflow/,
      literals: [': Fault Overflow'],
      kinds: ['freebsd-dmesg'],
      side: 'host',
    },
    fault: {
      regex:
        /DMAR: \[(?:DMA (?:Read|Write)|INTR-REMAP)[^\]]*\] Request device \[(?<bdf>[0-9a-f:.]+)\]|AMD-Vi: Event logged \[IO_PAGE_FAULT (?:device=)?(?<amd>[0-9a-f:.]+)/,
      literals: ['Request device [', 'IO_PAGE_FAULT'],
    },
  },
  explains: [
    ...BROKEN_BY_INIT,
    'gsp-boot-failure',
    'gsp-wpr2-stuck',
    'gsp-rpc-timeout',
    'gpu-needs-cold-power-cycle',
    'gpu-fell-off-bus',
    'xid',
    'xid-application-fault',
    'driver-probe-failed',
  ],
  check(input) {
    const { host, hits } = input;
    const onHost = hostFaults(host, [...hits('hostAmd'), ...hits('hostDmar')], hits('overflow'));
    if (onHost.length > 0) return onHost;
    return claimsOfHits(input, input.hits('fault'), 'likely', (guest, own, bdf) => {
      const address = bdf ?? own[0]?.groups.amd;
      const gpu = guest.gpus.find(
        (candidate) => address !== undefined && candidate.bdf.endsWith(address.replace(/^0000:/, '')),
      );
      // Faults of other devices are another matter; faults of a card that works are no failure.
      const works = guest.smi.gpus.some((listed) => listed.guestBdf === gpu?.bdf && listed.failing === undefined);
      if (gpu === undefined || works) return undefined;
      const sameCard = hitsOf(guest, own);
      return { confidence: 'likely', evidence: sameCard.slice(0, 4), count: own.length };
    });
  },
  examples: {
    fires: [
      {
        name: 'the host refuses accesses of a reserved card',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:66:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
          'host/dmesg.txt':
            'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n\t[IO_PAGE_FAULT EVT: devId:0x4200 DomId:0x2 Addr:0xfd000000 0x50]\n',
        },
        expect: { confidence: 'likely', subject: { hostBdf: '66/0/0', pciId: '10de:1bb3' } },
      },
      {
        name: 'faults of the card before the adapter fails',
        files: {
          'guest/box/dmesg.txt':
            '[    8.000001] DMAR: [DMA Read NO_PASID] Request device [04:00.0] fault addr 0xffd00000 [fault reason 0x06] PTE Read access is not set\n' +
            '[    8.000201] NVRM: GPU 0000:04:00.0: RmInitAdapter failed! (0x25:0x65:1236)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'faults of another device of the host',
        files: {
          'host/pciconf.txt':
            'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x00 hdr=0x00 vendor=0x1022 device=0x1480 subvendor=0x1022 subdevice=0x1480\n' +
            'xhci0@pci0:10:0:0:\tclass=0x0c0330 rev=0x00 hdr=0x00 vendor=0x1022 device=0x149c subvendor=0x1022 subdevice=0x1486\n',
          'host/dmesg.txt':
            'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n\t[IO_PAGE_FAULT EVT: devId:0xa00 DomId:0x2 Addr:0xfd000000 0x50]\n',
        },
      },
      {
        name: 'faults of a network card',
        files: {
          'guest/box/dmesg.txt':
            '[    8.000001] DMAR: [DMA Read NO_PASID] Request device [02:00.0] fault addr 0xffd00000 [fault reason 0x06] PTE Read access is not set\n' +
            '[    8.000201] NVRM: GPU 0000:04:00.0: RmInitAdapter failed! (0x25:0x65:1236)\n',
        },
      },
    ],
  },
});

/** Faults that the host itself reports, of devices that are passed; those of others are another matter. */
function hostFaults(host: Host, faults: readonly LogHit[], overflows: readonly LogHit[]): Claim[] {
  const byDevice = new Map<string, LogHit[]>();
  for (const hit of faults) {
    const bdf = addressOf(hit);
    const fn = functionAt(host, bdf);
    if (fn !== undefined && fn.driver !== 'ppt' && gpuAt(host, bdf) === undefined) continue;
    byDevice.set(bdf, [...(byDevice.get(bdf) ?? []), hit]);
  }
  const claims = [...byDevice].map(([bdf, own]): Claim => {
    const known = functionAt(host, bdf) !== undefined;
    return {
      confidence: known ? 'likely' : 'possible',
      ...(!known && { severity: 'warning' as const }),
      subject: hostSubject(host, bdf),
      evidence: own.slice(0, 4),
      count: own.length,
    };
  });
  if (claims.length > 0 || overflows.length === 0) return claims;
  return [{ confidence: 'possible', severity: 'warning', evidence: overflows, count: overflows.length }];
}

function addressOf({ groups }: LogHit): string {
  if (groups.id === undefined) return `${groups.bus}/${groups.slot}/${groups.fn}`;
  const id = Number.parseInt(groups.id, 16);
  return `${id >> 8}/${(id >> 3) & 31}/${id & 7}`;
}
