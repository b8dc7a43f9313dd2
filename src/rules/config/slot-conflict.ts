import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'slot-conflict',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'Two devices claim one slot of the VM',
  why:
    'bhyve refuses a second device on the same slot and function. It happens when a manager numbers slots by itself and an option of ' +
    'your own (bhyve_options, or passthru0="...=SLOT:FUNCTION") takes one of them, or when -o pci.0.31.0... comes before -s 31,lpc.',
  fix: [
    {
      text: 'Give the device a free slot. The log of vm-bhyve lists the slots in use in its "bhyve devices" line.',
      file: { path: 'NAME.conf', lines: ['passthru0="BUS/SLOT/FUNCTION=12:0"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
    {
      text: 'If an -o pci.… option in bhyve_options is the second one: update vm-bhyve to 1.7.1 or later, which puts devices first.',
      command: 'pkg upgrade vm-bhyve',
      on: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/pci_emul.c, pci_parse_slot', 'vm-bhyve 1.7.1'],
  knowledge: 'source',
  needs: [],
  needsAny: ['bhyve-log', 'vm-config'],
  patterns: onHost({
    occupied: { regex: /pci slot (?<slot>\d{1,3}(?::\d{1,3}){1,2}) already occupied/, literals: [' already occupied'] },
  }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    const lines = hits('occupied');
    const twice = host.vms.flatMap(({ slotConflicts }) => slotConflicts);
    if (lines.length > 0) return [{ confidence: 'confirmed', evidence: [...lines, ...twice] }];
    return twice.length > 0 ? [{ confidence: 'likely', evidence: twice }] : [];
  },
  examples: {
    fires: [
      {
        name: 'bhyve says so',
        files: { 'host/bhyve.log': 'bhyve: pci slot 0:6:0 already occupied!\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the command line shows it',
        files: {
          'host/start.sh':
            'bhyve -c 4 -m 8G -AHP -S \\\n  -s 0,hostbridge -s 31,lpc \\\n  -s 6,virtio-net,tap0 \\\n  -s 6:0,passthru,9/0/0 \\\n  -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd render\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'two functions of one slot',
        files: {
          'host/start.sh':
            'bhyve -c 4 -m 8G -AHP -S \\\n  -s 0,hostbridge -s 31,lpc \\\n  -s 6:0,passthru,9/0/0 \\\n  -s 6:1,passthru,9/0/1 \\\n  -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd render\n',
        },
      },
    ],
  },
});
