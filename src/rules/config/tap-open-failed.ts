import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'tap-open-failed',
  stage: 'config',
  kind: 'notice',
  severity: 'info',
  title: 'A network interface of the VM cannot be opened; that has nothing to do with the card',
  why: 'bhyve warns that the tap device is missing and goes on without that interface. The "initialization error" text that may follow shows the error number of this warning.',
  fix: [
    {
      text: 'Create the interface, or let the manager do it.',
      command: 'ifconfig tap0 create; sysctl net.link.tap.up_on_open=1',
      on: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/net_backends.c', 'tap(4)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    tap: { regex: /open of tap device (?<device>\S{1,60}) failed/, literals: ['open of tap device'] },
  }),
  check({ hits }) {
    return saidOnHost(hits('tap'));
  },
  examples: {
    fires: [
      {
        name: 'no such tap device',
        files: { 'host/bhyve.log': 'open of tap device /dev/tap3 failed\n' },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'a missing disk',
        files: { 'host/bhyve.log': 'bhyve: Could not open backing file: /vm/a/disk0.img: No such file or directory\n' },
      },
    ],
  },
});
