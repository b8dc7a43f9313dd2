import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost, PANIC } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'vmm-reload',
  stage: 'host',
  kind: 'cause',
  severity: 'error',
  title: 'vmm.ko was unloaded or reloaded on the running host',
  why:
    'Unloading vmm takes ppt away from all reserved devices and switches the IOMMU off under them. Devices may be lost until the ' +
    'next boot, or the host may crash; after a reload the devices of pptdevs are not always taken again.',
  fix: [
    { text: 'Reboot the host: the reserved devices come up as at the first boot.', on: 'host', reboot: 'host' },
    {
      text: 'Load vmm from loader.conf and leave it loaded. To give one device back use a reboot with another pptdevs line.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"'] },
      on: 'host',
      risk: 'do not run kldunload vmm while a device is reserved or a VM runs',
    },
  ],
  references: ['wifibox(8)', 'sys/amd64/vmm/vmm.c, vmm_handler'],
  knowledge: 'inferred',
  needs: ['host-log'],
  patterns: onHost({
    unloaded: {
      regex: /(?:\bkldunload(?: -\w+)*(?: [\w./-]+)* (?:\S*\/)?vmm(?:\.ko)?\b|^ivhd\d+: detached)/,
      literals: ['kldunload', ': detached'],
    },
    notAssigned: NOT_ASSIGNED,
    panic: PANIC,
    lost: { regex: /devctl: Failed to \w+ .{1,80}: Device not configured/, literals: ['devctl: Failed to'] },
  }),
  explains: ['device-assign-failed', 'host-panic-on-start', 'host-freeze-on-start'],
  experiments: [
    {
      command: 'reboot the host, load vmm from /boot/loader.conf only, and start the VM once',
      on: 'host',
      cost: 'host-reboot',
      why: 'takes the reload out of the question',
      decides: ['vmm-reload'],
      outcomes: [
        { if: 'the VM starts', then: 'unloading vmm had lost the device' },
        { if: 'the same failure', then: 'the reload is not the cause' },
      ],
    },
  ],
  check({ hits, hitsOfAllBoots }) {
    const unloaded = hitsOfAllBoots('unloaded');
    if (unloaded.length === 0) return [];
    const first = unloaded[0]!;
    const after = [...hitsOfAllBoots('panic'), ...hits('notAssigned'), ...hits('lost')].filter(
      ({ artifact, line }) => artifact !== first.artifact || line > first.line,
    );
    if (after.length > 0) return [{ confidence: 'possible', evidence: [...unloaded, ...after] }];
    return [{ kind: 'notice', severity: 'warning', confidence: 'likely', evidence: unloaded }];
  },
  examples: {
    fires: [
      {
        name: 'the IOMMU units go away and the host panics',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 14.0-RELEASE #0 releng/14.0-n265380-f9716eee8ab4 GENERIC amd64\n' +
            'ppt0: attached\n' +
            'ppt0: detached\n' +
            'ivhd0: detached\n' +
            'panic: page fault\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'a device was only given back',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 14.0-RELEASE #0 releng/14.0-n265380-f9716eee8ab4 GENERIC amd64\n' +
            'ppt0: attached\n' +
            'ppt0: detached\n' +
            'hdac1: <NVIDIA (0x0fb9) HDA Controller> mem 0xf7080000-0xf7083fff irq 17 at device 0.1 on pci2\n',
        },
      },
    ],
  },
});
