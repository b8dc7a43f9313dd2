import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'iommu-claimed-elsewhere',
  stage: 'host',
  kind: 'notice',
  severity: 'warning',
  title: 'Another driver claims the IOMMU that vmm uses',
  why: "vmm drives the AMD IOMMU itself. Where a second IOMMU driver of the kernel has the unit, or dmar(4) fails to take the Intel one, the two get in each other's way.",
  fix: [
    {
      text: 'Let only vmm use it: take the other driver out of /boot/loader.conf.',
      file: { path: '/boot/loader.conf', lines: ['hw.amdiommu.enable=0', 'hw.dmar.enable=0'] },
      on: 'host',
      reboot: 'host',
      verify: 'the line does not come again',
    },
  ],
  references: ['sys/amd64/vmm/amd/amdvi_hw.c', 'sys/x86/iommu/intel_drv.c'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    claimed: {
      regex: /ivhd\d+: warning: IOMMU device is claimed by another driver/,
      literals: ['IOMMU device is claimed by another'],
    },
    translation: {
      regex: /dmar\d+: enabling translation failed, error \d+/,
      literals: ['enabling translation failed'],
    },
  }),
  check({ hits }) {
    return saidOnHost([...hits('claimed'), ...hits('translation')]);
  },
  examples: {
    fires: [
      {
        name: 'two drivers for one AMD unit',
        files: {
          'host/dmesg.txt':
            'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\nivhd0: warning: IOMMU device is claimed by another driver amdiommu\n',
        },
        expect: { kind: 'notice' },
      },
    ],
    silent: [{ name: 'one driver', files: { 'host/dmesg.txt': 'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n' } }],
  },
});
