import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { standing } from '../lib/hosts.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bhyve-option-invalid',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve does not accept an option of the VM',
  why:
    'bhyve checks its options before it creates anything, and leaves at the first it cannot use: a slot or device name it does not know, a device ' +
    'it takes only once, more CPUs than there are, a setting of another release. Passthrough has not been tried then.',
  fix: [
    {
      text: 'Correct the option that the line names. Names and forms are in bhyve(8) and bhyve_config(5) of the running release.',
      command: 'man bhyve; man bhyve_config',
      on: 'host',
      reboot: 'vm-restart',
    },
    {
      text: 'In vm-bhyve the options come from NAME.conf: loader, cpu and memory must be there, and bhyve_options is passed on as it stands.',
      file: { path: 'NAME.conf', lines: ['loader="uefi"', 'cpu=4', 'memory=8G'] },
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['usr.sbin/bhyve/pci_emul.c', 'usr.sbin/bhyve/bhyverun.c', 'bhyve(8)', 'vm(8)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    slot: {
      regex:
        /Invalid PCI slot info field "|pci slot [\d:]{3,12}: (?:unknown device "|missing "device" value|legacy device ")/,
      literals: ['Invalid PCI slot info field', 'unknown device "', 'missing "device" value', 'legacy device "'],
    },
    boot: {
      regex: /(?:Invalid|Could not set) bootindex \S+ for|init_pci: Unable to init bootorder|Invalid lowmem limit/,
      literals: ['Invalid bootindex', 'Could not set bootindex', 'Unable to init bootorder', 'Invalid lowmem limit'],
    },
    machine: {
      regex:
        /\d{1,5} vCPUs requested but (?:only )?\d{1,5} available|VM exit on (?:HLT|PAUSE) not supported|invalid (?:memsize|lpc device configuration|cpu topology|vcpu pinning configuration|fwcfg item) '/,
      literals: [
        'vCPUs requested but',
        'VM exit on HLT not',
        'VM exit on PAUSE not',
        'invalid memsize',
        'invalid lpc device',
        'invalid cpu topology',
        'invalid vcpu pinning',
        'invalid fwcfg item',
      ],
    },
    once: {
      regex:
        /LPC bridge can be present only on bus 0|Only one (?:LPC bridge|frame buffer device) is allowed|Unable to allocate resources for LPC device/,
      literals: [
        'LPC bridge can be present only',
        'Only one LPC bridge',
        'Only one frame buffer',
        'Unable to allocate resources for LPC',
      ],
    },
    manager: {
      regex: /fatal; unable to start - missing required configuration/,
      literals: ['missing required configuration'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    return saidOnHost([
      ...hits('slot'),
      ...hits('boot'),
      ...hits('machine'),
      ...hits('once'),
      ...standing(host, hits('manager')),
    ]);
  },
  examples: {
    fires: [
      {
        name: 'a device that this bhyve does not have',
        files: { 'host/bhyve.log': 'pci slot 0:6:0: unknown device "passthrough"\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a slot taken twice has a finding of its own',
        files: { 'host/bhyve.log': 'pci slot 0:6:0 already occupied!\n' },
      },
    ],
  },
});
