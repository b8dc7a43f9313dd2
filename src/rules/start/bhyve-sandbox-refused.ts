import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bhyve-sandbox-refused',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'The kernel does not let bhyve limit its own rights',
  why: 'bhyve gives up rights it does not need (Capsicum) and exits when the kernel refuses. That happens with a kernel built without Capsicum, or older than the bhyve that runs on it.',
  fix: [
    {
      text: 'Run kernel and userland of one release.',
      command: 'freebsd-version -kru',
      on: 'host',
      reboot: 'host',
      verify: 'the three versions agree',
    },
  ],
  references: ['usr.sbin/bhyve, caph_rights_limit', 'capsicum(4)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    refused: { regex: /Unable to apply rights for sandbox/, literals: ['Unable to apply rights for sandbox'] },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    return saidOnHost(hits('refused'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'the sandbox fails',
        files: { 'host/bhyve.log': 'bhyve: Unable to apply rights for sandbox: Function not implemented\n' },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a right that a jail lacks',
        files: { 'host/bhyve.log': 'bhyve: failed to open /dev/pci: Operation not permitted\n' },
      },
    ],
  },
});
