import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bhyve-crashed',
  stage: 'start',
  kind: 'symptom',
  severity: 'error',
  title: 'A bhyve process was ended by a signal',
  why: 'Signal 6 means that bhyve gave up by itself: an assertion, or an access of the guest that nobody handles. Its last words stand in its error output and not in the kernel log.',
  fix: [],
  references: ['usr.sbin/bhyve/vmexit.c', 'bhyve(8), EXIT STATUS', 'vm(8), debug'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    signal: {
      regex: /pid \d+ \(bhyve[^)]{0,20}\), .{0,60}exited on signal (?<signal>\d+)/,
      literals: ['exited on signal'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const lines = hits('signal');
    // Ended by hand or by its manager.
    const fatal = lines.filter(({ groups }) => !/^(?:2|9|15)$/.test(groups.signal ?? ''));
    return saidOnHost(fatal, {
      decideWith: 'vm set NAME debug=yes; vm start NAME; cat bhyve.log in the folder of the VM',
    });
  },
  examples: {
    fires: [
      {
        name: 'an abort',
        files: {
          'host/messages':
            'Feb  2 18:20:09 hv kernel: pid 2211 (bhyve), jid 0, uid 0: exited on signal 6 (core dumped)\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'another program',
        files: {
          'host/messages':
            'Feb  2 18:11:40 hv kernel: ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n' +
            'Feb  2 18:20:09 hv kernel: pid 2211 (Xorg), jid 0, uid 0: exited on signal 6 (core dumped)\n',
        },
      },
    ],
  },
});
