import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'host-nmi',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'The host got a non-maskable interrupt',
  why: 'Chipsets raise it for memory errors and for PCIe errors that a device reports as fatal. The button of a management controller and some profilers raise it too.',
  fix: [
    {
      text: 'Look at what the kernel printed beside it, and at the event log of the management controller.',
      command: 'dmesg | grep -A6 NMI; ipmitool sel list',
      on: 'host',
    },
  ],
  references: ['sys/x86/x86/nmi.c', 'sys/x86/isa/nmi.c'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    nmi: {
      regex:
        /NMI ISA [0-9a-f]+, EISA [0-9a-f]+|NMI\/cpu\d+ .{0,60}going to debugger|RAM parity error, likely hardware failure/,
      literals: ['NMI ISA ', 'NMI/cpu', 'RAM parity error, likely'],
    },
  }),
  check({ hits }) {
    return saidOnHost(hits('nmi'));
  },
  examples: {
    fires: [
      {
        name: 'an NMI of the chipset',
        files: { 'host/dmesg.txt': 'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\nNMI ISA 20, EISA ff\n' },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'a watchdog that is set up',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\nichwd0: <Intel Lewisburg watchdog timer> on isa0\n',
        },
      },
    ],
  },
});
