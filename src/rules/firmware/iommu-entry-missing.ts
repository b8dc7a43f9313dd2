import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'iommu-entry-missing',
  stage: 'firmware',
  kind: 'notice',
  severity: 'warning',
  title: 'The IVRS table of the firmware lacks a device that is passed',
  why: 'vmm looks up in this table which AMD IOMMU serves a device. When the device is missing there, vmm takes the first unit, which need not be the right one.',
  fix: [
    {
      text: 'Update the firmware of the mainboard; if it stays, move the card to a slot that another unit serves.',
      on: 'firmware',
      reboot: 'host',
    },
  ],
  references: ['sys/amd64/vmm/amd/amdvi_hw.c, amdvi_find_iommu'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    missing: {
      regex: /BIOS bug device\((?<bdf>\d{1,3}\.\d{1,2}\.\d)\) doesn't have IVHD entry/,
      literals: ["doesn't have IVHD entry"],
    },
  }),
  check({ hits }) {
    const lines = hits('missing');
    const bdf = lines[0]?.groups.bdf?.replaceAll('.', '/');
    return saidOnHost(lines, bdf === undefined ? {} : { subject: { hostBdf: bdf } });
  },
  examples: {
    fires: [
      {
        name: 'one device without an entry',
        files: {
          'host/dmesg.txt':
            "ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\nBIOS bug device(66.0.0) doesn't have IVHD entry.\n",
        },
        expect: { kind: 'notice', subject: { hostBdf: '66/0/0' } },
      },
    ],
    silent: [
      {
        name: 'units that attach',
        files: {
          'host/dmesg.txt': 'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\nivhd0: Flag:b0<IotlbSup,Coherent>\n',
        },
      },
    ],
  },
});
