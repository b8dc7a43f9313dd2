import { compareReleases, parseRelease } from '../../model/release.ts';
import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost, PANIC } from '../lib/bhyve-lines.ts';

/** The first release whose notes name the fix. */
const FIXED = parseRelease('12.1-RELEASE-p7')!;

export default defineRule({
  code: 'iommu-unit-capability-bug',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'This release takes all VT-d units to be alike',
  why:
    'Before 12.1-RELEASE-p7 vmm read the capabilities of one VT-d unit and used them for all. On machines with several different ' +
    'units (Skylake and later with integrated graphics) the PCI bus stops or the host crashes when the first device is passed.',
  fix: [
    {
      text: 'Update to a supported release; 12.1-RELEASE-p7 was the first with the fix.',
      command: 'freebsd-update upgrade -r 14.4-RELEASE',
      on: 'host',
      reboot: 'host',
      risk: 'make a boot environment or backup first',
    },
  ],
  references: ['https://bugs.freebsd.org/bugzilla/show_bug.cgi?id=229852', 'https://reviews.freebsd.org/rS349184'],
  knowledge: 'inferred',
  needs: ['host-release'],
  patterns: onHost({ panic: PANIC, notAssigned: NOT_ASSIGNED }),
  explains: ['host-panic-on-start', 'host-freeze-on-start', 'device-assign-failed', 'vm-start-failed'],
  check({ host, hits, hitsOfAllBoots }) {
    const { release, iommu } = host;
    if (release === undefined) return [];
    if (compareReleases(release.value, FIXED) >= 0) return [{ state: 'absent', against: [release] }];
    const failed = [
      ...hits('notAssigned'),
      ...hitsOfAllBoots('panic').filter(({ groups }) => /vtd|dmar|iommu/i.test(groups.what ?? '')),
    ];
    const several = iommu.unitCount !== undefined && iommu.unitCount.value > 1;
    if (failed.length === 0 || host.cpu?.vendor === 'amd') return [];
    if (iommu.unitCount !== undefined && !several) return [{ state: 'absent', against: [iommu.unitCount] }];
    return [
      {
        confidence: several ? 'likely' : 'possible',
        evidence: [...failed, release, ...(several ? [iommu.unitCount!] : [])],
        ...(several ? {} : { decideWith: 'acpidump -t' }),
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'an old release and a panic of the VT-d code',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 12.0-RELEASE r341666 GENERIC amd64\n' +
            'CPU: Intel(R) Xeon(R) CPU E3-1275 v5 @ 3.60GHz (3600.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x506e3  Family=0x6  Model=0x5e  Stepping=3\n' +
            'panic: vtd_translation_enable: translation enable bit not set\n' +
            'cpuid = 2\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'a release with the fix',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 13.0-RELEASE releng/13.0-n244733-ea31abc261f GENERIC amd64\n' +
            'CPU: Intel(R) Xeon(R) CPU E3-1275 v5 @ 3.60GHz (3600.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x506e3  Family=0x6  Model=0x5e  Stepping=3\n' +
            'panic: vtd_add_device: device 8 is not in scope for any DMA remapping unit\n',
        },
      },
    ],
  },
});
