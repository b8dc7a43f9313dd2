import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'iommu-hardware-error',
  stage: 'host',
  kind: 'cause',
  severity: 'error',
  title: 'The IOMMU of the host reports errors of its own',
  why:
    'These events are no refused accesses of a device: the unit could not read its own tables or commands, or does not answer any more. ' +
    'While it is in that state no device can be passed reliably.',
  fix: [
    { text: 'Power the host off and on; a warm reboot may leave the unit as it is.', on: 'hardware', reboot: 'host' },
    {
      text: 'Update firmware and release; if it comes again at once, suspect mainboard or memory.',
      on: 'firmware',
      reboot: 'host',
    },
  ],
  references: ['sys/amd64/vmm/amd/amdvi_hw.c', 'sys/x86/iommu/intel_qi.c'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    event: {
      regex: /\[(?:DEV_TAB_HW_ERR|PAGE_TAB_HW_ERR|ILLEGAL CMD|CMD HW ERR|INV_DTE)\b/,
      literals: ['[DEV_TAB_HW_ERR', '[PAGE_TAB_HW_ERR', '[ILLEGAL CMD', '[CMD HW ERR', '[INV_DTE'],
    },
    stuck: { regex: /ivhd\d+: ?Error: completion failed/, literals: ['Error: completion failed'] },
    queue: {
      regex: /DMAR\d*: ?Invalidation (?:timed out|completion error|queue error)/,
      literals: ['Invalidation timed out', 'Invalidation completion error', 'Invalidation queue error'],
    },
  }),
  explains: ['iommu-init-failed', 'device-assign-failed', 'vm-start-failed', 'host-freeze-on-start', 'iommu-dma-fault'],
  check({ hits }) {
    return saidOnHost([...hits('event'), ...hits('stuck'), ...hits('queue')], { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'commands do not complete',
        files: {
          'host/dmesg.txt':
            'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\nivhd0: Error: completion failed tail:0x40, head:0x0.\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a refused access is a matter of the device',
        files: {
          'host/dmesg.txt':
            'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n\t[IO_PAGE_FAULT EVT: devId:0x4200 DomId:0x2 Addr:0xfd000000 0x50]\n',
        },
      },
    ],
  },
});
