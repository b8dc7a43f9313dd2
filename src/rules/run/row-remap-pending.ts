import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';
import { eventsOf, XIDS_OF_RULES } from '../lib/xids.ts';

export default defineRule({
  code: 'row-remap-pending',
  stage: 'run',
  kind: 'cause',
  severity: 'warning',
  title: 'A memory row is to be replaced at the next reset of the card',
  why: 'Ampere and newer cards replace a bad memory row by a spare one. The replacement is recorded at once and takes effect when the card is reset.',
  fix: [
    {
      text: 'Reset the card or restart the VM at a quiet time.',
      command: 'nvidia-smi -r -i 0',
      on: 'guest',
      reboot: 'guest',
      verify: '`nvidia-smi -q -d ROW_REMAPPER` says Pending: No',
    },
    { text: 'If a remapping failed (Xid 64), the spares are used up: replace the card.', on: 'hardware' },
  ],
  references: ['NVIDIA Xid catalogue, Xid 63 and 64', 'NVIDIA GPU memory error management'],
  knowledge: 'source',
  needs: [],
  explains: ['xid'],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const pending = guest.smi.gpus.filter(
        (gpu) => gpu.rowRemapPending !== undefined || gpu.rowRemapFailure !== undefined,
      );
      const events = eventsOf(guest, XIDS_OF_RULES['row-remap-pending']);
      if (pending.length === 0 && events.length === 0) return [];
      const bdf = pending[0]?.guestBdf ?? events[0]?.guestBdf;
      return [
        {
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, bdf),
          evidence: [
            ...events,
            ...pending.flatMap((gpu) => [gpu.rowRemapPending, gpu.rowRemapFailure].filter((ref) => ref !== undefined)),
          ],
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'Xid 63',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 63, pid=1801, name=solver, Row Remapper: New row marked for remapping, reset gpu to activate.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'rows were replaced long ago, nothing pending',
        files: {
          'guest/vm/nvidia-smi-q.txt':
            '==============NVSMI LOG==============\n\nTimestamp                                 : Wed Jun  7 19:32:16 2023\nDriver Version                            : 535.86.10\nCUDA Version                              : 12.2\n\nAttached GPUs                             : 1\nGPU 00000000:00:05.0\n    Product Name                          : NVIDIA A100-PCIE-40GB\n    Remapped Rows\n        Correctable Error                 : 1\n        Uncorrectable Error               : 0\n        Pending                           : No\n        Remapping Failure Occurred        : No\n',
        },
      },
    ],
  },
});
