import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'interrupt-storm',
  stage: 'run',
  kind: 'cause',
  severity: 'warning',
  title: 'Interrupts arrive for the card that are not its own',
  why: 'The handler of the driver is called again and again and finds no reason in the card: another device shares the line, or the vector is delivered for something else.',
  fix: [
    {
      text: 'See which counter grows, in the guest and on the host.',
      command: 'grep nvidia /proc/interrupts (guest); vmstat -i (host)',
      on: 'guest',
    },
    { text: 'Let the card use MSI: no pci=nomsi, no NVreg_EnableMSI=0.', on: 'guest', reboot: 'guest' },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    threshold: {
      regex: /NVRM: .{0,60}Going over RM unhandled interrupt threshold for irq \d+/,
      literals: ['unhandled interrupt threshold'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('threshold'), 'likely');
  },
  examples: {
    fires: [
      {
        name: 'over the threshold',
        files: { 'guest/vm/dmesg.txt': '[  110.1] NVRM: Going over RM unhandled interrupt threshold for irq 30\n' },
        expect: { severity: 'warning' },
      },
    ],
    silent: [
      {
        name: 'no interrupt at all',
        files: {
          'guest/vm/dmesg.txt':
            '[    9.1] NVRM: GPU 0000:00:05.0: No interrupts of any type are available. Cannot use this GPU.\n',
        },
      },
    ],
  },
});
