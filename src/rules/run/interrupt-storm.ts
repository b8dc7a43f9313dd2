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
    nobody: { regex: /\birq \d+: nobody cared/, literals: [': nobody cared'] },
    // In the list of handlers that follows; the driver shares the line.
    handler: { regex: /\bnvidia_isr\b.{0,20}\[nvidia\]/, literals: ['nvidia_isr'] },
  },
  check(input) {
    const handlers = input.hits('handler');
    const shared = input
      .hits('nobody')
      .filter((hit) =>
        handlers.some(({ artifact, line }) => artifact === hit.artifact && line > hit.line && line - hit.line < 80),
      );
    return claimsOfHits(input, [...input.hits('threshold'), ...shared], 'likely');
  },
  examples: {
    fires: [
      {
        name: 'over the threshold',
        files: { 'guest/vm/dmesg.txt': '[  110.1] NVRM: Going over RM unhandled interrupt threshold for irq 30\n' },
        expect: { severity: 'warning' },
      },
      {
        name: 'the kernel gives a shared line up',
        files: {
          'guest/vm/dmesg.txt':
            '[  305.100000] irq 19: nobody cared (try booting with the "irqpoll" option)\n' +
            '[  305.100310] handlers:\n' +
            '[  305.100322] [<00000000b7d1c2aa>] usb_hcd_irq\n' +
            '[  305.100340] [<0000000011aa40ef>] nvidia_isr [nvidia] threaded [<00000000f00dcafe>] nvidia_isr_kthread_bh [nvidia]\n' +
            '[  305.100351] Disabling IRQ #19\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a line of other devices',
        files: {
          'guest/vm/dmesg.txt':
            '[  305.100000] irq 19: nobody cared (try booting with the "irqpoll" option)\n' +
            '[  305.100310] handlers:\n' +
            '[  305.100322] [<00000000b7d1c2aa>] usb_hcd_irq\n' +
            '[  305.100351] Disabling IRQ #19\n',
        },
      },
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
