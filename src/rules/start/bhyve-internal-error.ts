import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bhyve-internal-error',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve stopped at a check of its own state',
  why: 'These lines tell of a state that the program itself excludes. They were seen with patched builds, and with parts of bhyve, libvmmapi and vmm.ko from different sources.',
  fix: [
    {
      text: 'Install bhyve, libvmmapi, kernel and vmm.ko of one unmodified release and try again; report it with the exact sources if it stays.',
      command: 'freebsd-version -kru; sha256 /usr/sbin/bhyve /usr/lib/libvmmapi.so.* /boot/kernel/vmm.ko',
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/pci_emul.c', 'usr.sbin/bhyve/pci_passthru.c', 'usr.sbin/bhyve/bhyverun.c'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    state: {
      regex:
        /(?:passthru_addr: invalid BAR type|pci_emul_alloc_base: invalid bar type) \d+|qemu fwcfg initialization error/,
      literals: [
        'passthru_addr: invalid BAR type',
        'pci_emul_alloc_base: invalid bar type',
        'qemu fwcfg initialization error',
      ],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    return saidOnHost(hits('state'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'a BAR of no type',
        files: { 'host/bhyve.log': 'passthru_addr: invalid BAR type 5\n' },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'an assertion with a known meaning',
        files: {
          'host/bhyve.log':
            'Assertion failed: (error == 0), function modify_bar_registration, file /usr/src/usr.sbin/bhyve/pci_emul.c, line 516.\n',
        },
      },
    ],
  },
});
