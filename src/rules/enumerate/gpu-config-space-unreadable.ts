import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-config-space-unreadable',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'The configuration space of the card reads all ones',
  why: 'lspci shows revision ff or header type 7f: the card does not answer configuration cycles. It is in D3cold, held in reset, lost from the link, or the host no longer maps it.',
  fix: [
    {
      text: 'Look at the same card from the host. If it reads all ones there too, power the host off and on; if not, restart the VM.',
      command: 'pciconf -lvbc pci0:BUS:SLOT:FUNCTION',
      on: 'host',
      verify: '`lspci` shows a revision other than ff',
    },
  ],
  references: ['pciutils, lspci.c'],
  knowledge: 'source',
  needs: ['guest-pci'],
  explains: [
    'gpu-fell-off-bus',
    'driver-probe-failed',
    'gpu-init-failed',
    'rm-init-adapter-failed',
    'gpu-not-responding',
    'nvidia-smi-no-devices',
    'nvidia-smi-no-driver',
  ],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.gpus
        .filter((gpu) => gpu.unreadable !== undefined)
        .map((gpu) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, gpu.bdf),
          evidence: [gpu.unreadable!],
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'lspci sees only ones',
        files: {
          'guest/vm/lspci.txt':
            '00:05.0 3D controller: NVIDIA Corporation GP104GL [Tesla P4] (rev ff) (prog-if ff)\n' +
            '\t!!! Unknown header type 7f\n' +
            '\tKernel driver in use: nvidia\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'an ordinary revision',
        files: { 'guest/vm/lspci.txt': '00:05.0 3D controller: NVIDIA Corporation GP104GL [Tesla P4] (rev a1)\n' },
      },
    ],
  },
});
