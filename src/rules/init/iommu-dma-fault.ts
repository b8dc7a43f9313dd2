import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, hitsOf } from '../lib/guests.ts';
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
  references: ['Linux drivers/iommu/intel/dmar.c', 'sys/amd64/vmm/amd/amdvi_hw.c'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    fault: {
      regex: /DMAR: \[(?:DMA (?:Read|Write)|INTR-REMAP)[^\]]*\] Request device \[(?<bdf>[0-9a-f:.]+)\]|AMD-Vi: Event logged \[IO_PAGE_FAULT (?:device=)?(?<amd>[0-9a-f:.]+)/,
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
    return claimsOfHits(input, input.hits('fault'), 'likely', (guest, own, bdf) => {
      const address = bdf ?? own[0]?.groups.amd;
      const gpu = guest.gpus.find((candidate) => address !== undefined && candidate.bdf.endsWith(address.replace(/^0000:/, '')));
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
