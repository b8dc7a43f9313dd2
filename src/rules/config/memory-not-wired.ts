import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'memory-not-wired',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'Guest memory is not wired',
  why:
    'A passed-through device reads and writes guest memory by itself, so the host must keep all of it in place. bhyve ' +
    'refuses to start a VM with a passthru device unless its memory is wired (-S). The "initialization error" line ' +
    'that follows is only the echo of this refusal.',
  fix: [
    {
      text: 'Add -S to the bhyve command line, and to bhyveload or grub-bhyve where one of them loads the guest.',
      command: 'bhyve -S ...',
      on: 'host',
      reboot: 'vm-restart',
      verify: 'the message is gone; the host has that much memory less',
    },
    {
      text: 'vm-bhyve adds -S by itself as soon as passthru0 is set. With CBSD, switch it on for the VM.',
      command: 'cbsd bset bhyve_wire_memory=1 jname=NAME',
      on: 'host',
    },
  ],
  references: ['bhyve(8), -S', 'usr.sbin/bhyve/pci_passthru.c, passthru_init'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: {
    refused: {
      regex: /passthru requires guest memory to be wired/,
      literals: ['passthru requires guest memory to be wired'],
    },
  },
  explains: ['vm-start-failed', 'device-assign-failed'],
  check({ hits, host }) {
    const refused = hits('refused');
    if (refused.length > 0) return [{ confidence: 'confirmed', evidence: refused }];
    const wired = host.vms.filter(({ passthru, wired: on }) => passthru.length > 0 && on === true);
    return wired.length > 0 ? [{ state: 'absent', against: wired.map((vm) => vm.wiredAt ?? vm) }] : [];
  },
  examples: {
    fires: [
      {
        name: 'bhyve started by hand without -S',
        files: {
          'host/bhyve.log':
            'bhyve: passthru requires guest memory to be wired\nDevice emulation initialization error: Device busy\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the same last line after another fault',
        files: {
          'host/bhyve.log':
            'bhyve: Could not open backing file: /vm/db/disk0.img: No such file or directory\n' +
            'Device emulation initialization error: No such file or directory\n',
        },
      },
    ],
  },
});
