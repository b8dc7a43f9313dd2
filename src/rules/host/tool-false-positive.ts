import { defineRule } from '../../model/rule.ts';
import { NO_PASSTHROUGH_SUPPORT, onHost } from '../lib/bhyve-lines.ts';
import { iommuOffered, standing } from '../lib/hosts.ts';

export default defineRule({
  code: 'tool-false-positive',
  stage: 'host',
  kind: 'notice',
  severity: 'error',
  title: "vm-bhyve's check for an IOMMU is wrong on this host",
  why:
    'Before it starts a VM with passthrough, vm-bhyve looks for the word DMAR in `acpidump -t` or for hw.vmm.amdvi.enable=1. ' +
    'The evidence shows an IOMMU although that check failed, so the check and not the hardware keeps the VM from starting.',
  fix: [
    {
      text: 'Update vm-bhyve: an old version returned the wrong status from this check.',
      command: 'pkg upgrade vm-bhyve',
      on: 'host',
    },
    {
      text: 'Or skip its host checks.',
      file: { path: '/etc/rc.conf', lines: ['vm_disable_host_checks="YES"'] },
      on: 'host',
      risk: 'on a host without an IOMMU bhyve then fails by itself, with a less clear message',
      verify: 'the VM starts, and `sysctl hw.vmm.iommu.initialized` prints 1',
    },
  ],
  references: ['https://github.com/churchers/vm-bhyve/issues/93', 'vm-bhyve, lib/vm-run'],
  knowledge: 'seen',
  needs: ['bhyve-log'],
  patterns: onHost({ unsupported: NO_PASSTHROUGH_SUPPORT }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    const refused = standing(host, hits('unsupported'));
    const { iommu } = host;
    // On AMD an attached unit means nothing to the check without the tunable; a table alone does not satisfy it either.
    const shown = [
      ...(iommu.dmarTable?.value === true ? [iommu.dmarTable] : []),
      ...(iommu.amdviEnable?.value === 1 && iommuOffered(host).length > 0 ? [iommu.amdviEnable] : []),
      ...(iommu.initialized?.value === 1 ? [iommu.initialized] : []),
    ];
    if (refused.length === 0 || shown.length === 0) return [];
    return [{ kind: 'cause', confidence: 'likely', evidence: [...refused, ...shown] }];
  },
  examples: {
    fires: [
      {
        name: 'the table is there, vm-bhyve says it is not',
        files: {
          'host/acpidump.txt': '  DMAR: Length=184, Revision=1, Checksum=90,\n',
          'host/vm-bhyve.log':
            'May 11 09:12:55: initialising\nMay 11 09:12:55: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n',
        },
        expect: { confidence: 'likely', kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'nothing contradicts the check',
        files: {
          'host/vm-bhyve.log':
            'May 11 09:12:55: initialising\nMay 11 09:12:55: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n',
        },
      },
    ],
  },
});
