import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'vm-exit-unhandled',
  stage: 'boot',
  kind: 'symptom',
  severity: 'error',
  title: 'The guest stopped at an event that bhyve does not handle',
  why: 'bhyve prints the state of the virtual processor and aborts. The line exit_reason (Intel) or exitcode (AMD) in this block says what happened; send the whole block with a report.',
  fix: [],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_vmx and vmexit_svm'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    exit: { regex: /vm exit\[\d+\]/, literals: ['vm exit['] },
    reason: {
      regex: /(?:exit_reason|exitcode)\s+(?:0x)?[0-9a-f]+/,
      literals: ['exit_reason', 'exitcode'],
      kinds: ['bhyve-log'],
    },
  }),
  explains: ['guest-no-output', 'bhyve-crashed', 'vm-start-failed'],
  check({ hits }) {
    const exits = hits('exit');
    return exits.length === 0 ? [] : saidOnHost([...exits, ...hits('reason')], { count: exits.length });
  },
  examples: {
    fires: [
      {
        name: 'an exit on AMD',
        files: {
          'host/bhyve.log':
            'vm exit[0]\n\treason\t\tSVM\n\trip\t\t0xffffffff81234567\n\tinst_length\t0\n\texitcode\t\t0x7f\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'an instruction it cannot emulate',
        files: { 'host/bhyve.log': 'Failed to emulate instruction [0f 10 06] at 0xffffffffc0a81234\n' },
      },
    ],
  },
});
