import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'instruction-emulation-failed',
  stage: 'boot',
  kind: 'symptom',
  severity: 'error',
  title: 'bhyve could not emulate an instruction of the guest and ended the VM',
  why:
    'Accesses to a BAR that is mapped into the guest never reach bhyve. Here one did, with an instruction that bhyve cannot emulate: the BAR was not mapped, or the ' +
    'driver reads the page that holds the MSI-X table with wide loads.',
  fix: [],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_inst_emul', 'sys/amd64/vmm/vmm_instruction_emul.c'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    failed: {
      regex: /Failed to emulate instruction (?:sequence )?\[[^\]]{0,200}\] at 0x(?<address>[0-9a-f]+)/,
      literals: ['Failed to emulate instruction'],
    },
  }),
  explains: ['guest-no-output', 'vm-start-failed', 'bhyve-crashed'],
  check({ hits }) {
    return saidOnHost(hits('failed'), {
      decideWith: 'lspci -vv in the guest before the driver loads, and pciconf -lvb on the host',
    });
  },
  examples: {
    fires: [
      {
        name: 'a wide load',
        files: {
          'host/bhyve.log':
            'Failed to emulate instruction sequence [ 0f 10 06 0f 11 07 48 83 c6 10 ] at 0xffffffffc0a81234\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      { name: 'an address where nothing is', files: { 'host/bhyve.log': 'Unhandled memory access to 0x1000000000\n' } },
    ],
  },
});
