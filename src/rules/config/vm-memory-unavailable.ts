import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'vm-memory-unavailable',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'The host cannot wire as much memory as the VM is to have',
  why:
    'A VM with a passed device holds all its memory wired. Error 12 (ENOMEM) at memory set-up means that free memory, the limit ' +
    'vm.max_user_wired or a resource limit of the process does not allow that much; the ZFS cache is the usual competitor.',
  fix: [
    {
      text: 'See how much may be wired and how much is (pages of 4 KiB).',
      command:
        'sysctl vm.max_user_wired vm.stats.vm.v_user_wire_count vm.stats.vm.v_free_count kstat.zfs.misc.arcstats.size',
      on: 'host',
    },
    {
      text: 'Raise the limit, cap the ZFS cache, or give the VM less memory.',
      file: { path: '/etc/sysctl.conf', lines: ['vm.max_user_wired=PAGES', 'vfs.zfs.arc.max=BYTES'] },
      on: 'host',
      reboot: 'vm-restart',
      risk: 'a host with nearly all memory wired becomes unusable: leave a few GiB',
    },
  ],
  references: ['sys/amd64/vmm/vmm.c, vm_mmap_memseg', 'tuning(7)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    short: {
      regex: /(?:[Uu]nable to setup memory \(12\)|vm_setup_memory: Cannot allocate memory)/,
      literals: ['nable to setup memory (12)', 'vm_setup_memory: Cannot'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const short = hits('short');
    return short.length > 0 ? [{ confidence: 'confirmed', evidence: short }] : [];
  },
  examples: {
    fires: [
      {
        name: 'ENOMEM by number',
        files: { 'host/bhyve.log': 'Unable to setup memory (12)\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [{ name: 'memory that is there already', files: { 'host/bhyve.log': 'Unable to setup memory (17)\n' } }],
  },
});
