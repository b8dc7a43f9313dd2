import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bridge-window-refused',
  stage: 'firmware',
  kind: 'notice',
  severity: 'info',
  title: 'The host kernel could not reserve a memory window of a PCI bridge',
  why:
    'Firmware programmed a window into a bridge that its own description of the host bridge does not hold. Where no card sits behind that ' +
    'bridge nothing follows; a card there may end up without addresses.',
  fix: [],
  references: ['sys/dev/pci/pci_pci.c, pcib_alloc_window'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    window: {
      regex: /pcib\d+: failed to allocate initial (?:memory|prefetch) window/,
      literals: ['failed to allocate initial memory window', 'failed to allocate initial prefetch window'],
    },
    range: {
      regex: /requested unsupported memory range [0-9a-fx]+-[0-9a-fx]+ \(decoding /,
      literals: ['requested unsupported memory range'],
    },
  }),
  check({ hits }) {
    return saidOnHost([...hits('window'), ...hits('range')]);
  },
  examples: {
    fires: [
      {
        name: 'a prefetchable window',
        files: {
          'host/dmesg.txt':
            'pcib3: <ACPI PCI-PCI bridge> at device 1.0 on pci0\npcib3: failed to allocate initial prefetch window: 0x6000000000-0x600fffffff\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'I/O ports run out on many machines and no card needs them',
        files: {
          'host/dmesg.txt':
            'pcib3: <ACPI PCI-PCI bridge> at device 1.0 on pci0\npcib3: failed to allocate initial I/O port window: 0x3000-0x3fff\n',
        },
      },
    ],
  },
});
