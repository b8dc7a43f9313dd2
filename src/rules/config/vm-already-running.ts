import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { standing } from '../lib/hosts.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'vm-already-running',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'A bhyve process of this VM still runs',
  why: 'The VM exists in the kernel and another process holds it, so it can neither be started again nor destroyed. While it is held, its passed device is taken as well.',
  fix: [
    {
      text: 'Find the process and end it; shut the guest down first if it still answers.',
      command: 'pgrep -fl bhyve',
      on: 'host',
    },
    {
      text: 'Then remove what is left of the VM and start it.',
      command: 'bhyvectl --vm=NAME --destroy; vm start NAME',
      on: 'host',
      reboot: 'vm-restart',
      risk: 'destroying a VM that runs is like pulling its plug; a card in use then may need a host reboot',
      verify: '`ls /dev/vmm` no longer shows NAME before the start',
    },
  ],
  references: ['sys/amd64/vmm/vmm.c, vm_reinit', 'bhyvectl(8)', 'vm(8)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    busy: { regex: /vm_reinit: Device busy/, literals: ['vm_reinit: Device busy'] },
    manager: {
      regex: /fatal; failed to destroy existing vmm device/,
      literals: ['failed to destroy existing vmm device'],
    },
  }),
  explains: ['vm-start-failed', 'device-assign-failed', 'device-in-use'],
  check({ host, hits }) {
    const manager = standing(host, hits('manager'));
    const lines = [...hits('busy'), ...manager];
    // The error number alone may have another reason; the manager says it in words.
    return saidOnHost(lines, { confidence: 'likely', ...(manager.length === 0 && { severity: 'warning' }) });
  },
  examples: {
    fires: [
      {
        name: 'a second start',
        files: { 'host/bhyve.log': 'vm_reinit: Device busy\n' },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a busy device is another matter',
        files: {
          'host/bhyve.log':
            'bhyve: PCI device at 6/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: Device busy\n',
        },
      },
    ],
  },
});
