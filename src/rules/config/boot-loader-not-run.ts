import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { standing } from '../lib/hosts.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'boot-loader-not-run',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'The VM has no firmware and no loader has put a kernel into its memory',
  why: 'A VM boots from a boot ROM (UEFI) or from what bhyveload or grub-bhyve loaded before bhyve starts. Neither is there: no ROM is given, and the loader did not run or failed.',
  fix: [
    {
      text: 'For a Linux or Windows guest with a passed card use UEFI.',
      file: { path: 'NAME.conf', lines: ['loader="uefi"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
    {
      text: 'With bhyveload or grub-bhyve: run it first, with the same memory size and with -S, and look at what it prints.',
      command: 'bhyveload -S -m 8G -d DISK NAME',
      on: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/bhyverun.c, do_open', 'bhyveload(8)', 'vm(8)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    noRom: {
      regex: /virtual machine cannot be booted|no bootrom was configured/,
      literals: ['virtual machine cannot be booted', 'no bootrom was configured'],
    },
    manager: { regex: /fatal; loader returned error \d+/, literals: ['loader returned error'] },
  }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    const bhyve = hits('noRom');
    const manager = standing(host, hits('manager'));
    // That a loader failed is certain, why is not: its own output stands elsewhere.
    if (bhyve.length === 0)
      return saidOnHost(manager, { confidence: 'likely', title: 'The loader of the VM ended with an error' });
    return saidOnHost([...bhyve, ...manager]);
  },
  examples: {
    fires: [
      {
        name: 'no boot ROM, no loader',
        files: { 'host/bhyve.log': 'virtual machine cannot be booted\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a boot ROM that is missing',
        files: {
          'host/bhyve.log':
            'Error opening bootrom "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd": No such file or directory\n',
        },
      },
    ],
  },
});
