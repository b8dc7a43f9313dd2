import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'ept-misconfiguration',
  stage: 'boot',
  kind: 'cause',
  severity: 'error',
  title: 'An entry of the nested page tables is invalid for this processor',
  why:
    'The processor refused an entry that vmm made for a guest address: it points beyond the physical addresses the processor has, or has a memory type that is ' +
    'not allowed. A large BAR far up in the address space, or a fault of vmm, does that.',
  fix: [
    {
      text: 'Compare the GPA of the message and the BAR addresses of the card with the address width of the processor.',
      command: 'cpuid | grep -i "maximum physical address"; pciconf -lvb',
      on: 'host',
    },
    {
      text: 'Update the host; with a self-built vmm.ko go back to the one of the release.',
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_vmx', 'Intel SDM, volume 3, EPT misconfigurations'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    misconfigured: {
      regex: /exit_reason\s+49\b|EPT misconfiguration/,
      literals: ['exit_reason', 'EPT misconfiguration'],
    },
  }),
  explains: ['guest-no-output', 'vm-exit-unhandled', 'bhyve-crashed', 'vm-start-failed'],
  check({ hits }) {
    return saidOnHost(hits('misconfigured'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'exit reason 49',
        files: {
          'host/bhyve.log':
            'vm exit[2]\n\treason\t\tVMX\n\trip\t\t0xffffffff81234567\n\tinst_length\t3\n\tstatus\t\t0\n\texit_reason\t49 (EPT misconfiguration)\n' +
            '\tqualification\t0x0000000000000000\n\tEPT misconfiguration:\n\t\tGPA: 0x800000000\n\t\tPTE(4): 0x1 0x2 0x3 0x4\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'another exit',
        files: {
          'host/bhyve.log':
            'vm exit[2]\n\treason\t\tVMX\n\trip\t\t0xffffffff81234567\n\texit_reason\t48 (EPT violation)\n',
        },
      },
    ],
  },
});
