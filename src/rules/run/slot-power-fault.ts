import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'slot-power-fault',
  stage: 'run',
  kind: 'cause',
  severity: 'error',
  title: 'A PCIe slot of the host reported a power fault',
  why: 'The hot-plug controller of the slot switched its power off. A device in it is gone from the bus, whatever the guest says of it.',
  fix: [
    {
      text: 'Check the power supply, the auxiliary connectors and the seat of the card in that slot.',
      on: 'hardware',
      reboot: 'host',
    },
  ],
  references: ['sys/dev/pci/pci_pci.c, pcib_pcie_hotplug_update'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    fault: { regex: /pcib\d+: Power Fault Detected/, literals: ['Power Fault Detected'] },
    presence: {
      regex: /pcib\d+: (?:HotPlug interrupt: |Presence Detect Changed to )/,
      literals: ['HotPlug interrupt: ', 'Presence Detect Changed'],
    },
  }),
  explains: ['gpu-fell-off-bus', 'gpu-not-responding', 'xid'],
  check({ hits }): Claim[] {
    const faults = hits('fault');
    const events = hits('presence');
    if (faults.length > 0) return [{ confidence: 'likely', evidence: [...faults, ...events], count: faults.length }];
    return events.length === 0
      ? []
      : [
          {
            kind: 'notice',
            severity: 'info',
            confidence: 'confirmed',
            title: 'A hot-plug slot of the host reported events',
            evidence: events,
            count: events.length,
          },
        ];
  },
  examples: {
    fires: [
      {
        name: 'the slot lost power',
        files: {
          'host/dmesg.txt': 'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\npcib5: Power Fault Detected\n',
        },
        expect: { kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'a slot that can do hot-plug',
        files: {
          'host/dmesg.txt':
            'pcib5: <PCI-PCI bridge> at device 1.0 on pci0\nppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n',
        },
      },
    ],
  },
});
