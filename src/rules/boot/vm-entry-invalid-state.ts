import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'vm-entry-invalid-state',
  stage: 'boot',
  kind: 'cause',
  severity: 'error',
  title: 'The processor refuses to enter the guest: its saved state is invalid',
  why: 'Exit reason 33 comes from the check the processor makes before it runs a guest. On a host that is itself a VM the outer hypervisor is the usual reason, else a fault of vmm.',
  fix: [
    { text: 'Run bhyve on a physical machine, not inside another hypervisor.', on: 'host' },
    {
      text: 'Update the host to the newest patch level of its release.',
      command: 'freebsd-update fetch install',
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_vmx', 'Intel SDM, volume 3, VM-entry failures'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    refused: {
      regex: /exit_reason\s+33\b|VM-entry failure due to invalid guest state/,
      literals: ['exit_reason', 'VM-entry failure due to'],
    },
  }),
  explains: ['guest-no-output', 'vm-exit-unhandled', 'bhyve-crashed', 'vm-start-failed'],
  check({ hits }) {
    return saidOnHost(hits('refused'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'exit reason 33',
        files: {
          'host/bhyve.log':
            'vm exit[0]\n\treason\t\tVMX\n\trip\t\t0x000000000000fff0\n\texit_reason\t33 (VM-entry failure due to invalid guest state)\n',
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
