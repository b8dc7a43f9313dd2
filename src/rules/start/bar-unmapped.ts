import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'bar-unmapped',
  stage: 'start',
  kind: 'symptom',
  severity: 'error',
  title: 'A BAR of the device could not be mapped into the guest',
  why:
    'The kernel refused to map host memory of a BAR at the guest address: the address is taken, the device has more ranges than the kernel ' +
    'keeps, or the host range is no BAR of the device. The guest then reaches nothing there, and an access may end the VM.',
  fix: [],
  references: [
    'usr.sbin/bhyve/pci_passthru.c, passthru_mmio_map',
    'sys/amd64/vmm/io/ppt.c, ppt_map_mmio',
    'usr.sbin/bhyve/vmexit.c',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    map: { regex: /pci_passthru: (?:un)?map_pptdev_mmio failed/, literals: ['map_pptdev_mmio failed'] },
    address: { regex: /Unhandled memory access to 0x[0-9a-f]+/i, literals: ['Unhandled memory access'] },
    bars: {
      regex: /failed to initialize BARs for PCI (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3})/,
      literals: ['failed to initialize BARs for PCI'],
    },
    unaligned: {
      regex: /passthru device (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3}) BAR \d+: .{1,80} not page aligned/,
      literals: ['not page aligned'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const said = [...hits('map'), ...hits('bars')];
    const unaligned = hits('unaligned');
    const aborted = hits('address');
    if (unaligned.length > 0) {
      return [
        {
          kind: 'cause',
          confidence: 'confirmed',
          subject: { hostBdf: unaligned[0]!.groups.bdf! },
          title: 'A BAR of the device is smaller than a page, or does not begin on one',
          evidence: [...unaligned, ...said],
          fix: [
            {
              text: 'Leave that function out of the VM: mostly it is not the display function.',
              on: 'host',
              reboot: 'vm-restart',
            },
            {
              text: 'Another firmware setting or slot may give the BAR an aligned address; a BAR smaller than 4 KiB needs a bhyve with review D52013.',
              on: 'firmware',
            },
          ],
        },
      ];
    }
    if (said.length > 0) return [{ confidence: 'confirmed', evidence: [...said, ...aborted] }];
    // The address may belong to any device of the VM.
    return aborted.length > 0
      ? [{ confidence: 'possible', evidence: aborted, title: 'The guest reached an address where no device is' }]
      : [];
  },
  examples: {
    fires: [
      {
        name: 'the kernel refuses a mapping',
        files: { 'host/bhyve.log': 'bhyve: pci_passthru: map_pptdev_mmio failed: Invalid argument\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'memory of the VM itself',
        files: { 'host/bhyve.log': 'Unable to setup memory (12)\n' },
      },
    ],
  },
});
