import { defineRule } from '../../model/rule.ts';
import { assertion, onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'passthru-mmio-assert',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'An old bhyve aborts when the guest reaches a memory BAR of the device',
  why:
    'bhyve of FreeBSD 12 and 13.0 expects only I/O ports in its passthrough read and write handlers. When a memory BAR is not mapped into ' +
    'the guest, an access ends there and the assertion aborts the VM.',
  fix: [
    {
      text: 'Update the host to a supported release: from 13.1 on the handlers take memory BARs.',
      command: 'freebsd-update upgrade -r 14.4-RELEASE',
      on: 'host',
      reboot: 'host',
      risk: 'make a boot environment or backup first',
    },
    {
      text: 'Until then a Linux guest may get past it when it leaves the BARs where bhyve put them.',
      command: 'pci=nocrs',
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: [
    'usr.sbin/bhyve/pci_passthru.c, passthru_read and passthru_write',
    'https://lists.freebsd.org/pipermail/freebsd-virtualization/2019-March/007259.html',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    assertion: {
      regex: assertion(String.raw`pi->pi_bar\[baridx\]\.type == PCIBAR_IO`, 'passthru_(?:read|write)'),
      literals: ['function passthru_'],
    },
    /** of 14 and later, not seen with an unchanged bhyve */
    width: {
      regex: assertion(String.raw`size == 1 \|\| size == 2 \|\| size == 4`, 'passthru_(?:read|write)'),
      literals: ['function passthru_'],
    },
  }),
  explains: ['vm-start-failed', 'guest-no-output'],
  check({ hits }) {
    const lines = hits('assertion');
    if (lines.length > 0) return [{ confidence: 'confirmed', evidence: lines }];
    const width = hits('width');
    if (width.length === 0) return [];
    return [
      {
        confidence: 'likely',
        title: 'bhyve aborts at an access of 8 bytes to a memory BAR of the device',
        evidence: width,
        fix: [
          {
            text: 'An unchanged bhyve splits such accesses: go back to the bhyve of your release, or report it to the author of the patches.',
            command: 'freebsd-update IDS',
            on: 'host',
            reboot: 'vm-restart',
          },
        ],
      },
    ];
  },
  examples: {
    fires: [
      {
        name: '12.x',
        files: {
          'host/bhyve.log':
            'Assertion failed: (pi->pi_bar[baridx].type == PCIBAR_IO), function passthru_write, file /usr/src/usr.sbin/bhyve/pci_passthru.c, line 850.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another assertion',
        files: {
          'host/bhyve.log':
            'Assertion failed: (error == 0), function modify_bar_registration, file /usr/src/usr.sbin/bhyve/pci_emul.c, line 512.\n',
        },
      },
    ],
  },
});
