import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'dmar-table-corrupt',
  stage: 'firmware',
  kind: 'cause',
  severity: 'error',
  title: 'The DMAR table of the host firmware is corrupt',
  why:
    'The kernel reads from this ACPI table which remapping unit covers which device. With a broken table it cannot set up VT-d as a whole, ' +
    'and a device that no unit covers cannot be passed.',
  fix: [
    {
      text: 'Update the firmware of the mainboard, or reset its set-up to defaults and switch VT-d on again.',
      on: 'firmware',
      reboot: 'host',
      verify: '`dmesg | grep -i dmar` no longer complains',
    },
  ],
  references: ['sys/x86/iommu/intel_drv.c, dmar_identify', 'Intel VT-d specification, chapter 8'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    corrupt: { regex: /dmar_identify: corrupted DMAR table/, literals: ['corrupted DMAR table'] },
  }),
  explains: ['iommu-init-failed', 'device-assign-failed', 'host-panic-on-start', 'vm-start-failed'],
  check({ hits }) {
    return saidOnHost(hits('corrupt'), { confidence: 'likely' });
  },
  examples: {
    fires: [
      {
        name: 'the kernel refuses the table',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\ndmar_identify: corrupted DMAR table, l 0\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a region for a device that is not there is common and harmless',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'dmar0 no dev found for RMRR [0x7b800000, 0x7fffffff] rid 0x10 scope path  (2,0)\n',
        },
      },
    ],
  },
});
