import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'bar-mapping-garbage',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'What the driver writes through a BAR does not arrive in the card',
  why:
    'The driver writes a pattern through BAR2 and reads it back through BAR0. Garbage means that guest and card do not agree on where the BAR lies: it was moved or resized ' +
    'without the card being reset, it is not mapped, or the link is dead (all ones).',
  fix: [
    {
      text: 'Power the host off and on, and undo a change of the BAR size made on the running system.',
      on: 'hardware',
      reboot: 'host',
    },
    { text: 'Compare the BARs on both sides.', command: 'pciconf -lvb (host); lspci -vv (guest)', on: 'host' },
  ],
  references: ['open-gpu-kernel-modules, src/nvidia/src/kernel/gpu/bus, kbusVerifyBar2'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    test: {
      regex: /MMUTest (?:BAR0 window offset 0x[0-9a-f]+ returned garbage|BAR2 readback .{0,60}returned garbage)/i,
      literals: ['MMUTest BAR'],
    },
  },
  explains: [...BROKEN_BY_INIT, 'gpu-needs-cold-power-cycle'],
  check(input) {
    return claimsOfHits(input, input.hits('test'), 'likely');
  },
  examples: {
    fires: [
      {
        name: 'all ones',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: kbusVerifyBar2_GM107: MMUTest BAR2 readback VA 0x0 returned garbage 0xffffffff\n' +
            '[    5.010101] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0x72:1589)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the same triple without the test',
        files: {
          'guest/vm/dmesg.txt': '[    5.010101] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0x72:1589)\n',
        },
      },
    ],
  },
});
