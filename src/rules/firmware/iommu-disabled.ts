import type { Host } from '../../model/host.ts';
import { defineRule, type Claim } from '../../model/rule.ts';
import { NO_PASSTHROUGH_SUPPORT, NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';
import { iommuOffered, isAmd, isX86, standing } from '../lib/hosts.ts';
import { refusedOnPpt } from '../lib/meant.ts';

export default defineRule({
  code: 'iommu-disabled',
  stage: 'firmware',
  kind: 'cause',
  severity: 'fatal',
  title: 'The firmware does not offer an IOMMU (VT-d or AMD-Vi)',
  why:
    'Passthrough needs the IOMMU, which keeps the DMA of the passed device inside the memory of its VM. The firmware ' +
    'announces it in the ACPI table DMAR (Intel) or IVRS (AMD); with the setting off there is no table, and vmm can ' +
    'assign no device. Other VMs run all the same.',
  fix: [
    {
      text: 'Switch the IOMMU on in the firmware set-up. Intel: "VT-d" or "Intel Virtualization Technology for Directed I/O" (not the same as VT-x). AMD: "IOMMU" or "AMD-Vi", set to Enabled rather than Auto, often under NBIO or AMD CBS. Update the firmware when there is no such setting.',
      on: 'firmware',
      reboot: 'host',
      risk: 'PCI addresses can change with firmware settings: compare pptdevs with pciconf afterwards',
      verify: 'the table is there: `acpidump -t | grep -E "DMAR|IVRS"` prints a line',
    },
    {
      text: 'On AMD the loader tunable is needed as well.',
      file: { path: '/boot/loader.conf', lines: ['hw.vmm.amdvi.enable="1"'] },
      on: 'host',
      reboot: 'host',
    },
  ],
  references: [
    'vmm(4)',
    'vm-bhyve, lib/vm-run (host check)',
    'sys/amd64/vmm/intel/vtd.c',
    'AMD I/O Virtualization Technology (IOMMU) Specification',
  ],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-iommu', 'bhyve-log'],
  patterns: onHost({
    unsupported: NO_PASSTHROUGH_SUPPORT,
    noHardware: {
      regex: /vtd_create_domain: no dma remapping hardware available/,
      literals: ['no dma remapping hardware available'],
    },
    notAssigned: NOT_ASSIGNED,
  }),
  explains: [
    'device-assign-failed',
    'vm-start-failed',
    'iommu-init-failed',
    'host-panic-on-start',
    'amdvi-not-enabled',
  ],
  experiments: [
    {
      command: "acpidump -t | grep -E 'DMAR|IVRS'",
      on: 'host',
      cost: 'look',
      why: 'shows whether the firmware announces an IOMMU',
      decides: ['iommu-disabled'],
      outcomes: [
        { if: 'no line', then: 'VT-d or AMD-Vi is off in the firmware' },
        {
          if: 'a DMAR line (Intel) or IVRS line (AMD)',
          then: 'the firmware offers it; look at the kernel (on AMD at hw.vmm.amdvi.enable)',
        },
      ],
    },
  ],
  check({ host, hits }) {
    const { iommu } = host;
    const noHardware = hits('noHardware');
    if (noHardware.length > 0) return [{ confidence: 'confirmed', evidence: noHardware }];
    const offered = iommuOffered(host);
    if (offered.length > 0) return [{ state: 'absent', against: offered }];
    if (iommu.amdFunction?.value === 'disabled') {
      return [
        {
          confidence: iommu.ivrsTable?.value === false ? 'confirmed' : 'likely',
          evidence: [iommu.amdFunction, ...(iommu.ivrsTable ? [iommu.ivrsTable] : [])],
          detail: 'The IOMMU is there as a PCI function, but firmware left it disabled and without an address.',
        },
      ];
    }
    const tables = [iommu.dmarTable, iommu.ivrsTable].filter((table) => table !== undefined);
    if (isX86(host) && tables.some(({ value }) => !value) && tableMissing(host)) {
      return [{ confidence: 'confirmed', evidence: tables, ...nested(host) }];
    }
    const unsupported = standing(host, hits('unsupported'));
    if (unsupported.length > 0 && !isAmd(host)) {
      return [
        { confidence: host.cpu?.vendor === 'intel' ? 'confirmed' : 'likely', evidence: unsupported, ...nested(host) },
      ];
    }
    const refused = refusedOnPpt(host, hits('notAssigned'));
    if (refused.length === 0 || isAmd(host)) return [];
    return [
      {
        confidence: 'possible',
        evidence: refused,
        detail:
          'bhyve refuses a device that is on ppt. A missing IOMMU is one reason; the evidence does not show whether there is one.',
        decideWith: 'acpidump -t',
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'vm-bhyve refuses on an Intel host',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz (3192.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x906ea  Family=0x6  Model=0x9e  Stepping=10\n' +
            '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID\n',
          'host/vm-bhyve.log':
            '2026-03-02T19:10:44+01:00: initialising\n' +
            '2026-03-02T19:10:44+01:00: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the AMD IOMMU is a PCI function without an address',
        files: {
          'host/pciconf.txt':
            'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x00 hdr=0x00 vendor=0x1022 device=0x1480 subvendor=0x1022 subdevice=0x1480\n' +
            '    class      = bridge\n' +
            'none0@pci0:0:0:2:\tclass=0x080600 rev=0x00 hdr=0x00 vendor=0x1022 device=0x1481 subvendor=0x1022 subdevice=0x1481\n' +
            '    class      = base peripheral\n' +
            '    subclass   = IOMMU\n' +
            '    cap 0f[40] = AMD IOMMU Base Capability Base=000000000000000000/Disabled\n' +
            '    cap 05[64] = MSI supports 4 messages, 64 bit \n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the table is there, the kernel prints no dmar lines and no VM was started yet',
        files: {
          'host/acpidump.txt': '  DMAR: Length=136, Revision=1, Checksum=41,\n',
          'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 0\nhw.vmm.ppt.devices: 2\n',
        },
      },
      {
        name: 'vm-bhyve refuses although the firmware announces VT-d',
        files: {
          'host/acpidump.txt': '  DMAR: Length=136, Revision=1, Checksum=41,\n',
          'host/vm-bhyve.log':
            'Mar 02 19:10:44: initialising\n' +
            'Mar 02 19:10:44: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n',
        },
      },
    ],
  },
});

/** The listing of ACPI tables lacks the one that this processor needs. */
function tableMissing({ cpu, iommu }: Host): boolean {
  if (cpu?.vendor === 'intel') return iommu.dmarTable?.value === false;
  if (cpu?.vendor === 'amd') return iommu.ivrsTable?.value === false;
  return iommu.dmarTable?.value === false && iommu.ivrsTable?.value === false;
}

const nested = ({ nestedUnder }: Host): Pick<Claim, 'detail'> =>
  nestedUnder === undefined
    ? {}
    : {
        detail: `The host is itself a guest (${nestedUnder.value.trim()}): it would need a virtual IOMMU from its own hypervisor.`,
      };
