import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'patched-bhyve',
  stage: 'start',
  kind: 'notice',
  severity: 'info',
  title: 'bhyve is a build with out-of-tree GPU patches',
  why: 'The traces of moved BARs come from a patch series of 2022 and from no release. What is known of stock bhyve need not hold for it.',
  fix: [],
  references: ['out-of-tree GPU passthrough patches of 2022', 'usr.sbin/bhyve/pci_passthru.c'],
  knowledge: 'seen',
  needs: ['bhyve-log'],
  patterns: onHost({
    trace: {
      regex: /\d{1,3}\/\d{1,3}\/\d{1,3} modify_mmio 0x[0-9a-f]+ -> 0x[0-9a-f]+ \(size /,
      literals: ['modify_mmio 0x'],
    },
  }),
  check({ hits }) {
    return saidOnHost(hits('trace'));
  },
  examples: {
    fires: [
      {
        name: 'a moved BAR',
        files: { 'host/bhyve.log': '6/0/0 modify_mmio 0xc0000000 -> 0xc1000000 (size 1000000) map\n' },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'stock bhyve says that mapping failed',
        files: { 'host/bhyve.log': 'bhyve: pci_passthru: map_pptdev_mmio failed: Invalid argument\n' },
      },
    ],
  },
});
