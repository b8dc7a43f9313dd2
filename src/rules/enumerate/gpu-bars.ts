import { defineRule } from '../../model/rule.ts';
import { formatSize } from '../../model/size.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-bars',
  stage: 'enumerate',
  kind: 'notice',
  severity: 'info',
  title: 'The BARs of the card',
  why: 'Sizes and addresses of the memory windows of the card, on the host and in the guest. The tables of the report show the same in full.',
  fix: [],
  references: ['pciconf(8)', 'lspci(8)'],
  knowledge: 'source',
  needs: [],
  check({ host, guests }) {
    const words = (
      bars: readonly { index: number; kind: string; sizeBytes?: number | undefined; base?: string | undefined }[],
    ): string =>
      bars
        .filter(({ kind }) => kind === 'mem')
        .map(
          ({ index, sizeBytes, base }) =>
            `BAR${index} ${sizeBytes === undefined ? 'of unknown size' : formatSize(sizeBytes)} ${base === undefined ? 'without an address' : `at ${base}`}`,
        )
        .join(', ');
    return [
      ...host.gpus
        .filter(({ display }) => display.bars.length > 0)
        .map(({ display }) => ({
          confidence: 'confirmed' as const,
          subject: { hostBdf: display.bdf, ...(display.pciId !== undefined && { pciId: display.pciId }) },
          detail: `Host: ${words(display.bars)}.`,
          evidence: display.bars,
        })),
      ...guests.flatMap((guest) =>
        guest.gpus
          .filter(({ bars }) => bars.length > 0)
          .map((gpu) => ({
            confidence: 'confirmed' as const,
            subject: guestSubject(guest, gpu.bdf),
            detail: `Guest: ${words(gpu.bars)}.`,
            evidence: gpu.bars,
          })),
      ),
    ];
  },
  examples: {
    fires: [
      {
        name: 'BARs on the host',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:2:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n' +
            "    vendor     = 'NVIDIA Corporation'\n" +
            '    bar   [10] = type Memory, range 32, base 0xde000000, size 16777216, enabled\n' +
            '    bar   [14] = type Prefetchable Memory, range 64, base 0xc0000000, size 268435456, enabled\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'a listing without BARs',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:2:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
        },
      },
    ],
  },
});
