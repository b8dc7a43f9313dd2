import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const BHYVE = '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n';
const log = (mode: string): string =>
  '==============NVSMI LOG==============\n\nDriver Version                            : 570.124.06\n\nAttached GPUs                             : 1\n' +
  `GPU 00000000:00:05.0\n    Product Name                          : Tesla P4\n    Persistence Mode                      : ${mode}\n`;

export default defineRule({
  code: 'persistence-off',
  stage: 'run',
  kind: 'notice',
  severity: 'info',
  title: 'Without persistence the card is initialised anew by every program',
  why: 'When the last program closes the card, the driver shuts it down, and the next one, also nvidia-smi, waits 5 to 10 s for its start. In a VM each of these starts is one more chance to fail.',
  fix: [
    {
      text: 'Let the daemon hold the card open.',
      command: 'systemctl enable --now nvidia-persistenced',
      on: 'guest',
      verify: '`nvidia-smi` answers at once',
    },
  ],
  references: ['NVIDIA driver README, "Driver Persistence"'],
  knowledge: 'source',
  needs: ['nvidia-smi'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.isBhyve !== true || guest.os?.value === 'windows'
        ? []
        : guest.smi.gpus
            .filter(({ persistence, failing }) => persistence?.value === false && failing === undefined)
            .map(({ persistence, guestBdf }) => ({
              confidence: 'confirmed' as const,
              subject: guestSubject(guest, guestBdf),
              evidence: [persistence!],
            })),
    );
  },
  examples: {
    fires: [
      {
        name: 'switched off',
        files: { 'guest/vm/dmesg.txt': BHYVE, 'guest/vm/nvidia-smi-q.txt': log('Disabled') },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      { name: 'held open', files: { 'guest/vm/dmesg.txt': BHYVE, 'guest/vm/nvidia-smi-q.txt': log('Enabled') } },
    ],
  },
});
