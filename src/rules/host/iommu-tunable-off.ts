import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';
import { passthroughMeant } from '../lib/hosts.ts';
import { refusedOnPpt } from '../lib/meant.ts';

export default defineRule({
  code: 'iommu-tunable-off',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The tunable hw.vmm.iommu.enable is 0',
  why: 'vmm uses no IOMMU when the loader tunable hw.vmm.iommu.enable is 0, whatever the firmware offers. Its default is 1.',
  fix: [
    {
      text: 'Take the line out of loader.conf, or set it to 1.',
      file: { path: '/boot/loader.conf', lines: ['hw.vmm.iommu.enable="1"'] },
      on: 'host',
      reboot: 'host',
      verify: '`sysctl hw.vmm.iommu.enable` prints 1',
    },
  ],
  references: ['sys/amd64/vmm/io/iommu.c'],
  knowledge: 'source',
  needs: ['host-iommu'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED }),
  explains: ['device-assign-failed', 'vm-start-failed', 'iommu-init-failed'],
  check({ host, hits }) {
    const { enable } = host.iommu;
    if (enable === undefined) return [];
    if (enable.value !== 0) return [{ state: 'absent', against: [enable] }];
    const failed = refusedOnPpt(host, hits('notAssigned'));
    if (failed.length > 0) return [{ confidence: 'confirmed', evidence: [enable, ...failed] }];
    const meant = passthroughMeant(host);
    if (meant.length > 0) return [{ confidence: 'likely', evidence: [enable, ...meant] }];
    return [{ kind: 'notice', severity: 'info', confidence: 'confirmed', evidence: [enable] }];
  },
  examples: {
    fires: [
      {
        name: 'a reserved card, and the IOMMU switched off by tunable',
        files: {
          'host/sysctl.txt': 'hw.vmm.iommu.enable: 0\nhw.vmm.iommu.initialized: 0\nhw.vmm.ppt.devices: 1\n',
          'host/loader.conf': 'vmm_load="YES"\npptdevs="3/0/0"\n',
        },
        expect: { confidence: 'likely', kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'enabled, not initialised before the first VM with passthrough',
        files: {
          'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 0\nhw.vmm.ppt.devices: 1\n',
          'host/loader.conf': 'vmm_load="YES"\npptdevs="3/0/0"\n',
        },
      },
    ],
  },
});
