import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'bar1-resize-failed',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'The driver tried to enlarge BAR1 and lost it',
  why: 'Newer drivers resize BAR1 where the card allows it. When the larger BAR finds no address and the old one cannot be given back, the card is left without BAR1.',
  fix: [
    {
      text: 'Switch resizing off in the driver.',
      file: { path: '/etc/modprobe.d/nvidia.conf', lines: ['options nvidia NVreg_EnableResizableBar=0'] },
      on: 'guest',
      reboot: 'guest',
      verify: 'the line does not come again and the card initialises',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c, nv_resize_pcie_bars'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    lost: { regex: /NVRM: .{0,60}FATAL: Failed to re-allocate BAR1/, literals: ['Failed to re-allocate BAR1'] },
    noRoom: { regex: /NVRM: .{0,60}No address space to allocate resized BAR1/, literals: ['to allocate resized BAR1'] },
  },
  explains: [...BROKEN_BY_INIT, 'bar1-unassigned', 'driver-probe-failed'],
  check(input) {
    const lost = claimsOfHits(input, input.hits('lost'), 'confirmed');
    if (lost.length > 0) return lost;
    // Without room the driver keeps the BAR it had.
    return claimsOfHits(input, input.hits('noRoom'), 'confirmed', () => ({
      kind: 'notice',
      severity: 'info',
      title: 'There is no room for a larger BAR1; the driver keeps the size it has',
    }));
  },
  examples: {
    fires: [
      {
        name: 'the old BAR is gone as well',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: No address space to allocate resized BAR1.\n[    5.010101] NVRM: FATAL: Failed to re-allocate BAR1.\n',
        },
        expect: { kind: 'cause', confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a BAR that never had an address',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:05.0)\n',
        },
      },
    ],
  },
});
