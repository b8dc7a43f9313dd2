import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'smi-field-error',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'nvidia-smi cannot read one value of a card that answers otherwise',
  why: 'A single ERR! mostly is a sensor or the power controller of the board. The card computes, and may be throttled or run without fan control.',
  fix: [
    {
      text: 'Reset the card, or power the host off and on; if the field stays, the board has a fault.',
      command: 'nvidia-smi -r -i 0',
      on: 'guest',
      risk: 'in a VM the reset may not reach the card',
    },
  ],
  references: ['nvidia-smi(1)'],
  knowledge: 'seen',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.smi.gpus
        .filter(({ fieldErrors }) => fieldErrors !== undefined)
        .map(({ fieldErrors, guestBdf }) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, guestBdf),
          detail: `It reads ${fieldErrors!.map(({ value }) => value).join(', ')}.`,
          evidence: fieldErrors!,
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'no fan speed',
        files: {
          'guest/vm/nvidia-smi.txt':
            '+-----------------------------------------------------------------------------------------+\n' +
            '| NVIDIA-SMI 570.124.06             Driver Version: 570.124.06     CUDA Version: 12.8     |\n' +
            '|-----------------------------------------+------------------------+----------------------+\n' +
            '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |\n' +
            '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |\n' +
            '|                                         |                        |               MIG M. |\n' +
            '|=========================================+========================+======================|\n' +
            '|   0  NVIDIA RTX A4000               Off |   00000000:00:05.0 Off |                  Off |\n' +
            '|ERR!   43C    P8             12W /  140W |       1MiB /  16376MiB |      0%      Default |\n' +
            '|                                         |                        |                  N/A |\n' +
            '+-----------------------------------------+------------------------+----------------------+\n',
        },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'a card without a fan',
        files: {
          'guest/vm/nvidia-smi.txt':
            '+-----------------------------------------------------------------------------------------+\n' +
            '| NVIDIA-SMI 570.124.06             Driver Version: 570.124.06     CUDA Version: 12.8     |\n' +
            '|-----------------------------------------+------------------------+----------------------+\n' +
            '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |\n' +
            '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |\n' +
            '|                                         |                        |               MIG M. |\n' +
            '|=========================================+========================+======================|\n' +
            '|   0  Tesla P4                       Off |   00000000:00:05.0 Off |                    0 |\n' +
            '| N/A   43C    P8              7W /   75W |       1MiB /   7680MiB |      0%      Default |\n' +
            '|                                         |                        |                  N/A |\n' +
            '+-----------------------------------------+------------------------+----------------------+\n',
        },
      },
    ],
  },
});
