import { defineRule } from '../../model/rule.ts';
import { assertion, onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'msix-table-write-assert',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'The guest wrote the MSI-X table in a width that bhyve does not take',
  why: 'bhyve emulates the MSI-X table of a passed device and accepts only 32-bit writes to it. A driver that writes 64 bits at once ends the VM with this assertion.',
  fix: [
    {
      text: 'Use another driver branch in the guest, or let the driver use MSI instead of MSI-X.',
      on: 'guest',
      reboot: 'vm-restart',
    },
    {
      text: 'Update the host: report the driver with the assertion if a current bhyve still stops.',
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/pci_passthru.c, msix_table_write'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    assertion: {
      regex: assertion('size == 4', 'msix_table_write'),
      literals: ['function msix_table_write'],
    },
  }),
  explains: ['vm-start-failed', 'guest-no-output', 'bhyve-crashed'],
  check({ hits }) {
    return saidOnHost(hits('assertion'));
  },
  examples: {
    fires: [
      {
        name: 'a wide write',
        files: {
          'host/bhyve.log':
            'Assertion failed: (size == 4), function msix_table_write, file /usr/src/usr.sbin/bhyve/pci_passthru.c, line 402.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another assertion of passthrough',
        files: {
          'host/bhyve.log':
            'Assertion failed: (size == 1 || size == 2 || size == 4), function passthru_read, file /usr/src/usr.sbin/bhyve/pci_passthru.c, line 1002.\n',
        },
      },
    ],
  },
});
