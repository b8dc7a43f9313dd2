import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const log = (pending: string): string =>
  '==============NVSMI LOG==============\n\nTimestamp                                 : Thu Mar 14 20:46:07 2024\nDriver Version                            : 535.86.10\nCUDA Version                              : 12.2\n\nAttached GPUs                             : 1\nGPU 00000000:00:05.0\n    Product Name                          : Tesla V100-PCIE-16GB\n    Retired Pages\n        Single Bit ECC                    : 2\n        Double Bit ECC                    : 1\n' +
  `        Pending Page Blacklist            : ${pending}\n`;

export default defineRule({
  code: 'page-retirement-pending',
  stage: 'run',
  kind: 'cause',
  severity: 'warning',
  title: 'Memory pages wait to be taken out of use at the next reset',
  why: 'Cards before Ampere retire pages with memory errors. A page is recorded at once and left out only after the card was reset.',
  fix: [
    {
      text: 'Reset the card or restart the VM at a quiet time.',
      command: 'nvidia-smi -r -i 0',
      on: 'guest',
      reboot: 'guest',
      verify: '`nvidia-smi -q -d PAGE_RETIREMENT` says Pending Page Blacklist: No',
    },
  ],
  references: ['NVIDIA dynamic page retirement'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.smi.gpus
        .filter((gpu) => gpu.retiredPagesPending !== undefined)
        .map((gpu) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, gpu.guestBdf),
          evidence: [gpu.retiredPagesPending!],
        })),
    );
  },
  examples: {
    fires: [
      { name: 'pending', files: { 'guest/vm/nvidia-smi-q.txt': log('Yes') }, expect: { confidence: 'confirmed' } },
    ],
    silent: [{ name: 'retired and done with', files: { 'guest/vm/nvidia-smi-q.txt': log('No') } }],
  },
});
