import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const TABLE =
  '+-----------------------------------------------------------------------------+\n' +
  '| NVIDIA-SMI 470.82.01    Driver Version: 470.82.01    CUDA Version: 11.4     |\n' +
  '|-------------------------------+----------------------+----------------------+\n' +
  '| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n' +
  '| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |\n' +
  '|===============================+======================+======================|\n' +
  '|   0  Tesla P40           Off  | 00000000:00:05.0 Off |                    0 |\n' +
  '| N/A   40C    P8    10W / 250W |      0MiB / 22919MiB |      0%      Default |\n' +
  '+-------------------------------+----------------------+----------------------+\n';

export default defineRule({
  code: 'inforom-corrupted',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'The information ROM of the card is corrupt',
  why: 'The card keeps its identity, ECC setting and retired pages in a small ROM. When that is corrupt the card may run, but these settings are lost or wrong.',
  fix: [
    {
      text: 'Back up the VBIOS and ask the vendor of the board for a repair; nvidia-smi itself cannot rewrite this ROM.',
      command: 'nvidia-smi -q -d ECC',
      on: 'guest',
    },
  ],
  references: ['nvidia-smi(1), return value 14'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.smi.gpus
        .filter((gpu) => gpu.inforomCorrupt !== undefined)
        .map((gpu) => ({
          confidence: 'confirmed' as const,
          // It is the fault of this card, not a remark on the side.
          kind: 'cause' as const,
          subject: guestSubject(guest, gpu.guestBdf),
          evidence: [gpu.inforomCorrupt!],
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'nvidia-smi warns',
        files: { 'guest/vm/nvidia-smi.txt': `${TABLE}WARNING: infoROM is corrupted at gpu 0000:00:05.0\n` },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [{ name: 'no warning', files: { 'guest/vm/nvidia-smi.txt': TABLE } }],
  },
});
