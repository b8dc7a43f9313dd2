import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'iommu-domain-change-failed',
  stage: 'ppt',
  kind: 'symptom',
  severity: 'error',
  title: 'The device could not be moved between IOMMU domains',
  why:
    'When ppt takes a device, newer kernels take it out of the IOMMU domain of the host, and put it back later. Here one of these moves ' +
    'failed, so the device is not reserved although it is listed. The reason lies with the IOMMU.',
  fix: [],
  references: ['sys/amd64/vmm/io/ppt.c, ppt_attach', 'sys/amd64/vmm/io/iommu.c'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    attach: { regex: /device_attach: (?<unit>ppt\d+) attach returned (?<error>\d+)/, literals: ['device_attach: ppt'] },
    domain: { regex: /unable to (?:add to|remove from) host IOMMU domain: \d+/, literals: ['host IOMMU domain: '] },
  }),
  explains: ['device-assign-failed'],
  check({ hits }): Claim[] {
    const attach = hits('attach');
    const lines = [...attach, ...hits('domain')];
    if (lines.length === 0) return [];
    return [{ confidence: 'confirmed', evidence: lines, ...(attach.length === 0 && { severity: 'warning' as const }) }];
  },
  examples: {
    fires: [
      {
        name: 'ppt gives the device up',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\ndevice_attach: ppt0 attach returned 6\n',
        },
        expect: { kind: 'symptom', severity: 'error' },
      },
    ],
    silent: [
      {
        name: 'another driver that does not want its device',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\ndevice_attach: atrtc0 attach returned 6\n',
        },
      },
    ],
  },
});
