import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'iommu-mapping-failed',
  stage: 'start',
  kind: 'cause',
  severity: 'error',
  title: 'Guest memory could not be entered into the tables of the AMD IOMMU',
  why: 'vmm maps all memory of the VM for the device. A piece that the IOMMU driver refuses leaves a hole: DMA of the card to it fails, or the start does.',
  fix: [
    {
      text: 'Update the host release; give the VM a memory size that is a multiple of 1 GiB as a test.',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['sys/amd64/vmm/amd/amdvi_hw.c, amdvi_create_mapping'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    refused: {
      regex: /HPA is not size aligned|Error: Couldn't map HPA:0x/,
      literals: ['HPA is not size aligned', "Couldn't map HPA:"],
    },
  }),
  explains: ['vm-start-failed', 'iommu-dma-fault'],
  check({ hits }) {
    return saidOnHost(hits('refused'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'a mapping is refused',
        files: {
          'host/dmesg.txt':
            "ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\nError: Couldn't map HPA:0x230400000 GPA:0x0\n",
        },
        expect: { confidence: 'likely' },
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
