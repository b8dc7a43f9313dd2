import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { IOMMU_INIT_PATTERNS, iommuInitFailure } from '../lib/iommu.ts';

export default defineRule({
  code: 'iommu-init-regression',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The IOMMU of this Intel host may have stopped working with FreeBSD 14.3',
  why:
    'One host with an Intel CPU of the eighth or ninth generation initialised its IOMMU under 14.2 and no longer does under 14.3 ' +
    '(bug 290155). The resolution is not known here; a release next to it is the quickest test.',
  fix: [
    {
      text: 'Test with another release: boot 14.2 from its own boot environment or a memory stick, or a release after 14.3, and start the VM there.',
      command: 'bectl list',
      on: 'host',
      reboot: 'host',
      risk: 'stay on an older release only as a test: it no longer gets security fixes',
      verify: '`sysctl hw.vmm.iommu.initialized` prints 1 once the VM runs',
    },
    { text: 'Add your machine to bug 290155 with `acpidump -t` and `dmesg`.', on: 'host' },
  ],
  references: [
    'https://bugs.freebsd.org/bugzilla/show_bug.cgi?id=290155',
    'https://lists.freebsd.org/archives/freebsd-virtualization/2025-October/003208.html',
  ],
  knowledge: 'inferred',
  needs: ['host-release'],
  patterns: onHost(IOMMU_INIT_PATTERNS),
  explains: ['device-assign-failed', 'vm-start-failed'],
  experiments: [
    {
      command: 'Boot FreeBSD 14.2 from a boot environment or memory stick and start the VM there',
      on: 'host',
      cost: 'host-reboot',
      decides: ['iommu-init-regression', 'iommu-init-failed'],
      outcomes: [
        { if: 'hw.vmm.iommu.initialized becomes 1', then: 'the newer kernel is to blame' },
        { if: 'it stays 0', then: 'the tables of the firmware are to blame' },
      ],
    },
  ],
  check({ host, hits }) {
    const { release, cpu } = host;
    if (release?.value.major !== 14 || release.value.minor !== 3 || cpu?.vendor === 'amd') return [];
    const failure = iommuInitFailure(host, hits);
    return failure === undefined ? [] : [{ confidence: 'possible', evidence: [...failure.evidence, release] }];
  },
  examples: {
    fires: [
      {
        name: '14.3 on Intel, the IOMMU does not come up',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM) i5-9600K CPU @ 3.70GHz (3696.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x906ed  Family=0x6  Model=0x9e  Stepping=13\n' +
            'iommu_init: unable to create a host domain\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'the same words on another release',
        files: {
          'host/dmesg.txt':
            'FreeBSD 13.2-RELEASE releng/13.2-n254617-525ecfdad597 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM) i5-9600K CPU @ 3.70GHz (3696.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x906ed  Family=0x6  Model=0x9e  Stepping=13\n' +
            'iommu_init: unable to create a host domain\n',
        },
      },
    ],
  },
});
