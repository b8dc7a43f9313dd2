import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bhyve-out-of-memory',
  stage: 'start',
  kind: 'cause',
  severity: 'warning',
  title: 'The host ended bhyve because it ran out of memory',
  why: 'Memory of a VM with a passed device is wired and cannot be paged out. With a large ZFS cache beside it the kernel finds nothing else to take and ends the largest process.',
  fix: [
    {
      text: 'Limit the ZFS cache so that it and the VMs together leave some gigabytes free.',
      file: { path: '/boot/loader.conf', lines: ['vfs.zfs.arc.max="8G"'] },
      on: 'host',
      reboot: 'host',
      verify: '`top` shows free memory while the VM runs',
    },
    { text: 'Or give the VM less memory.', on: 'host', reboot: 'vm-restart' },
  ],
  references: ['sys/vm/vm_pageout.c', 'bhyve(8), -S'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    killed: {
      regex: /pid \d+ \(bhyve[^)]{0,20}\), .{0,60}was killed: (?<why>[\w -]{1,60})/,
      literals: ['was killed: '],
    },
  }),
  explains: ['vm-start-failed', 'bhyve-crashed', 'guest-no-output'],
  check({ hits }) {
    return saidOnHost(hits('killed'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'no memory could be reclaimed',
        files: {
          'host/messages':
            'Feb  2 18:20:09 hv kernel: pid 2211 (bhyve), jid 0, uid 0, was killed: failed to reclaim memory\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'another process',
        files: {
          'host/messages':
            'Feb  2 18:11:40 hv kernel: ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n' +
            'Feb  2 18:20:09 hv kernel: pid 2211 (java), jid 0, uid 1001, was killed: failed to reclaim memory\n',
        },
      },
    ],
  },
});
