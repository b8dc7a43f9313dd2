import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'module-loaded-twice',
  stage: 'host',
  kind: 'notice',
  severity: 'warning',
  title: 'A kernel module is in the kernel already and was loaded a second time',
  why: 'The kernel keeps the copy it has and refuses the other one. When the second file is the patched build that was meant, it is not in use.',
  fix: [
    {
      text: 'Load it in one place only: take the extra line out of /boot/loader.conf or rc.conf, or the driver out of the kernel configuration.',
      command: 'kldstat -v | head; grep _load /boot/loader.conf; sysrc kld_list',
      on: 'host',
      reboot: 'host',
      verify: '`kldstat` shows the file that was meant',
    },
  ],
  references: ['sys/kern/kern_linker.c, linker_load_module'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    twice: {
      regex: /interface \S{1,60} already present in the KLD '(?<file>[^'\n]{1,120})'/,
      literals: ['already present in the KLD'],
    },
  }),
  check({ hits }) {
    const lines = hits('twice');
    const file = lines[0]?.groups.file;
    return saidOnHost(lines, file === undefined ? {} : { detail: `The copy in use is ${file}.` });
  },
  examples: {
    fires: [
      {
        name: 'vmm is in the kernel',
        files: {
          'host/dmesg.txt':
            "FreeBSD 14.2-STABLE stable/14-n270012-3b2a1f0c9d8e VIRT amd64\ninterface vmm.1 already present in the KLD 'kernel'!\n",
        },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'loaded once, by the loader',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-STABLE stable/14-n270012-3b2a1f0c9d8e VIRT amd64\nPreloaded elf obj module "/boot/kernel/vmm.ko" at 0xffffffff82f0c3a8.\n',
        },
      },
    ],
  },
});
