import { defineRule } from '../../model/rule.ts';
import { assertion, onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'bar-register-assert',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve aborts when firmware or guest moves a BAR onto addresses that are taken',
  why:
    'Windows and newer firmware move BARs. When a BAR lands on an address range that another BAR or device holds, registering it fails ' +
    'and an assertion aborts the VM (exit status 134).',
  fix: [
    {
      text: 'Update the host: newer releases keep decoding off while BARs are moved and have more room for it.',
      command: 'freebsd-update upgrade -r 14.4-RELEASE',
      on: 'host',
      reboot: 'host',
      risk: 'make a boot environment or backup first',
    },
    {
      text: 'Change the layout: put the card into a lower slot, leave out other devices with large BARs, or take fbuf out.',
      on: 'host',
      reboot: 'vm-restart',
    },
    { text: 'A Linux guest can be kept from moving them.', command: 'pci=nocrs', on: 'guest', reboot: 'guest' },
  ],
  references: [
    'usr.sbin/bhyve/pci_emul.c, modify_bar_registration',
    'https://github.com/chyves/chyves/issues/3',
    'https://reviews.freebsd.org/D24066',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    assertion: {
      regex: assertion('error == 0', 'modify_bar_registration'),
      literals: ['function modify_bar_registration'],
    },
  }),
  explains: ['vm-start-failed', 'guest-no-output'],
  check({ hits }) {
    const lines = hits('assertion');
    return lines.length > 0 ? [{ confidence: 'confirmed', evidence: lines }] : [];
  },
  examples: {
    fires: [
      {
        name: 'a Windows guest moves BARs',
        files: {
          'host/bhyve.log':
            'Assertion failed: (error == 0), function modify_bar_registration, file /usr/src/usr.sbin/bhyve/pci_emul.c, line 512.\nAbort trap (core dumped)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the assertion as illumos words it, quoted in a sentence',
        files: {
          'host/issue.md':
            'The zone ends at once with `"Assertion failed: error == 0, file pci_emul.c, line 533, function modify_bar_registration"` ' +
            'since the card is in it.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another assertion',
        files: {
          'host/bhyve.log':
            'Assertion failed: (pi->pi_bar[baridx].type == PCIBAR_IO), function passthru_read, file /usr/src/usr.sbin/bhyve/pci_passthru.c, line 866.\n',
        },
      },
    ],
  },
});
