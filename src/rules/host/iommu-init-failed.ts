import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { IOMMU_INIT_PATTERNS, iommuInitFailure } from '../lib/iommu.ts';

export default defineRule({
  code: 'iommu-init-failed',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The kernel fails to initialise the IOMMU',
  why:
    'The firmware announces an IOMMU, but vmm cannot bring it up when the first VM with passthrough starts, so no device can be ' +
    'assigned. Faulty ACPI tables are the usual reason; a missing device scope or too few interrupt vectors are others.',
  fix: [
    {
      text: 'Update the firmware of the machine: DMAR and IVRS tables come from there.',
      on: 'firmware',
      reboot: 'host',
    },
    {
      text: 'Try the newest patch level of your release, or the next release from a memory stick.',
      command: 'freebsd-update fetch install',
      on: 'host',
      reboot: 'host',
    },
    {
      text: 'If it stays, report it with the output of `acpidump -t`, `dmesg` after `boot -v` and `sysctl hw.vmm`.',
      on: 'host',
    },
  ],
  references: ['sys/amd64/vmm/io/iommu.c, iommu_init', 'sys/amd64/vmm/amd/ivrs_drv.c'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-log', 'host-iommu'],
  patterns: onHost(IOMMU_INIT_PATTERNS),
  explains: ['device-assign-failed', 'vm-start-failed', 'host-panic-on-start'],
  check({ host, hits }) {
    const failure = iommuInitFailure(host, hits);
    if (failure !== undefined)
      return [{ confidence: failure.said ? 'confirmed' : 'likely', evidence: failure.evidence }];
    const { initialized } = host.iommu;
    return initialized?.value === 1 ? [{ state: 'absent', against: [initialized] }] : [];
  },
  examples: {
    fires: [
      {
        name: 'vmm says so',
        files: {
          'host/dmesg.txt':
            'FreeBSD 13.2-RELEASE releng/13.2-n254617-525ecfdad597 GENERIC amd64\n' +
            'ppt0 mem 0xde000000-0xdeffffff,0xc0000000-0xcfffffff at device 0.0 on pci1\n' +
            'iommu_init: unable to create a host domain\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'refused although on ppt, VT-d announced, still not initialised',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:4:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1e84 subvendor=0x10de subdevice=0x139f\n    class      = display\n',
          'host/acpidump.txt': '  DMAR: Length=168, Revision=1, Checksum=7,\n',
          'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 0\n',
          'host/bhyve.log':
            'bhyve: PCI device at 4/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: Device busy\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'no VM was started yet',
        files: {
          'host/acpidump.txt': '  DMAR: Length=168, Revision=1, Checksum=7,\n',
          'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 0\n',
        },
      },
    ],
  },
});
