import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const log = (status: string): string =>
  '==============NVSMI LOG==============\n\nDriver Version                            : 550.90.07\n\nAttached GPUs                             : 1\n' +
  'GPU 00000000:00:05.0\n    Product Name                          : NVIDIA A10\n    vGPU Software Licensed Product\n' +
  `        Product Name                      : NVIDIA RTX Virtual Workstation\n        License Status                    : ${status}\n`;

export default defineRule({
  code: 'vgpu-unlicensed',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'The guest runs a vGPU driver without a licence',
  why: 'The GRID and vGPU packages look for a licence server and slow the card down without one. A card that is passed whole needs no such package.',
  fix: [
    {
      text: 'For a passed card install the data-centre driver instead.',
      on: 'guest',
      reboot: 'guest',
      verify: '`nvidia-smi -q` no longer lists a licensed product',
    },
  ],
  references: ['NVIDIA vGPU Client Licensing User Guide'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.smi.gpus
        .filter(({ licence }) => /^Unlicensed/i.test(licence?.value ?? ''))
        .map(({ licence, guestBdf }) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, guestBdf),
          evidence: [licence!],
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'no licence',
        files: { 'guest/vm/nvidia-smi-q.txt': log('Unlicensed (Unrestricted)') },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      { name: 'licensed', files: { 'guest/vm/nvidia-smi-q.txt': log('Licensed (Expiry: 2027-1-4 9:0:0 GMT)') } },
    ],
  },
});
