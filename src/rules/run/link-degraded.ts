import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const log = (utilization: string, width: string): string =>
  '==============NVSMI LOG==============\n\nDriver Version                            : 570.124.06\n\nAttached GPUs                             : 1\n' +
  'GPU 00000000:00:05.0\n    Product Name                          : NVIDIA A10\n    PCI\n        Bus Id                            : 00000000:00:05.0\n' +
  '        GPU Link Info\n            PCIe Generation\n                Max                       : 4\n                Current                   : 4\n' +
  `            Link Width\n                Max                       : 16x\n                Current                   : ${width}\n` +
  `    Utilization\n        Gpu                               : ${utilization} %\n`;

export default defineRule({
  code: 'link-degraded',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'The PCIe link of the card runs below its width or speed although the card is busy',
  why: 'At idle a low link speed is power saving. Under load a narrow or slow link shows a slot with fewer lanes, a riser, a dirty contact, or a limit of the firmware. It costs speed; a link with errors can also drop the card.',
  fix: [
    {
      text: 'Look at the lanes of the slot in the manual of the mainboard, seat the card again, take out risers.',
      on: 'hardware',
      reboot: 'host',
      verify: '`nvidia-smi -q` under load shows current equal to max',
    },
  ],
  references: ['nvidia-smi(1), GPU Link Info'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.smi.gpus.flatMap(({ link, busy, guestBdf }) => {
        if (link === undefined || busy === undefined) return [];
        const narrow = link.width !== undefined && link.widthMax !== undefined && link.width < link.widthMax;
        const slow =
          link.generation !== undefined && link.generationMax !== undefined && link.generation < link.generationMax;
        if (!narrow && !slow) return [];
        const detail = narrow
          ? `${link.width} of ${link.widthMax} lanes`
          : `generation ${link.generation} of ${link.generationMax}`;
        return [
          {
            confidence: 'confirmed' as const,
            subject: guestSubject(guest, guestBdf),
            detail: `It runs at ${detail}.`,
            evidence: [link, busy],
          },
        ];
      }),
    );
  },
  examples: {
    fires: [
      {
        name: 'four lanes under load',
        files: { 'guest/vm/nvidia-smi-q.txt': log('97', '4x') },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      { name: 'the same at idle', files: { 'guest/vm/nvidia-smi-q.txt': log('0', '4x') } },
      { name: 'all lanes', files: { 'guest/vm/nvidia-smi-q.txt': log('97', '16x') } },
    ],
  },
});
