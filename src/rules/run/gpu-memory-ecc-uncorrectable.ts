import { defineRule } from '../../model/rule.ts';
import { claimsOfXids, XIDS_OF_RULES } from '../lib/xids.ts';
import { guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-memory-ecc-uncorrectable',
  stage: 'run',
  kind: 'cause',
  severity: 'error',
  title: 'The card has an uncorrectable memory error',
  why: 'Error correction met more wrong bits than it can repair (Xid 48, 94, 95 or 171). Programs that used the memory are ended; the row or page is taken out at the next reset.',
  fix: [
    {
      text: 'Reset the card or restart the VM, so that the bad memory is taken out of use; watch the counters.',
      command: 'nvidia-smi -q -d ECC,ROW_REMAPPER,PAGE_RETIREMENT',
      on: 'guest',
      reboot: 'guest',
      verify: 'volatile uncorrectable counters stay 0 under load',
    },
    { text: 'When it comes back, replace the card.', on: 'hardware' },
  ],
  references: ['NVIDIA Xid catalogue, Xid 48, 94, 95', 'NVIDIA GPU memory error management'],
  knowledge: 'source',
  needs: [],
  explains: ['xid', 'row-remap-pending', 'page-retirement-pending', 'xid-application-fault'],
  check(input) {
    const said = claimsOfXids(input, XIDS_OF_RULES['gpu-memory-ecc-uncorrectable']);
    if (said.length > 0) return said;
    return input.guests.flatMap((guest) =>
      guest.smi.gpus
        .filter((gpu) => gpu.uncorrectableEcc !== undefined)
        .map((gpu) => ({
          confidence: 'likely' as const,
          severity: 'warning' as const,
          subject: guestSubject(guest, gpu.guestBdf),
          evidence: [gpu.uncorrectableEcc!],
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'Xid 48',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 48, pid=1801, name=solver, DBE (double bit error) ECC Error detected\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a corrected event',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 92, pid=0, High single-bit ECC error rate\n',
        },
      },
    ],
  },
});
