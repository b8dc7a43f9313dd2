import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'io-port-unhandled',
  stage: 'boot',
  kind: 'cause',
  severity: 'error',
  title: 'The guest used an I/O port that nobody emulates, and bhyve runs with -e',
  why: 'With -e bhyve ends the VM at an access to a port without a handler. Without it such a read gives all ones, as on a machine where nothing answers.',
  fix: [
    {
      text: 'Start the VM without -e (x86.strictio in a configuration file).',
      on: 'host',
      reboot: 'vm-restart',
      verify: 'the VM no longer ends there',
    },
  ],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_inout', 'bhyve(8), -e'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    port: {
      regex: /Unhandled (?:in|out)[bwl]? 0x[0-9a-f]+ at 0x[0-9a-f]+/,
      literals: ['Unhandled in', 'Unhandled out'],
    },
  }),
  explains: ['guest-no-output', 'vm-start-failed', 'bhyve-crashed'],
  check({ hits }) {
    return saidOnHost(hits('port'));
  },
  examples: {
    fires: [
      {
        name: 'a port of another chipset',
        files: { 'host/bhyve.log': 'Unhandled inl 0x4d0 at 0xffffffff81a0b1c2\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [{ name: 'a memory address', files: { 'host/bhyve.log': 'Unhandled memory access to 0x1000000000\n' } }],
  },
});
