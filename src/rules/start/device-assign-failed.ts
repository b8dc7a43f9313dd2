import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';
import { functionAt, hostSubject } from '../lib/hosts.ts';

/** What tells the reasons apart: who holds the device, whether there is an IOMMU, which other VMs there are. */
const LISTING = 'pciconf -lv';
const IOMMU = 'acpidump -t; sysctl hw.vmm';
const OTHERS = 'ls /dev/vmm; ps axww -o pid,command | grep bhyve; sysctl hw.vmm.iommu';

export default defineRule({
  code: 'device-assign-failed',
  stage: 'start',
  kind: 'symptom',
  severity: 'error',
  title: 'bhyve could not assign the device to the VM',
  why:
    'The message speaks of the ppt driver, but bhyve prints it for every failure of the assignment: the device is not on ppt, there is no ' +
    'usable IOMMU, another VM has the device, or a right is missing. What pciconf, the ACPI tables and the other VMs show decides.',
  fix: [],
  references: ['usr.sbin/bhyve/pci_passthru.c, passthru_init', 'sys/amd64/vmm/vmm.c, vm_assign_pptdev'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    const lines = hits('notAssigned');
    const { dmarTable, ivrsTable, initialized, units } = host.iommu;
    const iommuKnown =
      dmarTable !== undefined || ivrsTable !== undefined || initialized !== undefined || units.length > 0;
    return [...new Set(lines.map(({ groups }) => groups.bdf!))].map((bdf) => ({
      confidence: 'confirmed',
      subject: hostSubject(host, bdf),
      title: `bhyve could not assign ${bdf} to the VM`,
      decideWith: functionAt(host, bdf) === undefined ? `${LISTING}; ${IOMMU}` : iommuKnown ? OTHERS : IOMMU,
      evidence: lines.filter(({ groups }) => groups.bdf === bdf),
    }));
  },
  examples: {
    fires: [
      {
        name: 'the message of 13 and later',
        files: {
          'host/bhyve.log':
            'bhyve: PCI device at 9/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: Device busy\n',
        },
        expect: { confidence: 'confirmed', subject: { hostBdf: '9/0/0' } },
      },
    ],
    silent: [{ name: 'a wrong selector', files: { 'host/bhyve.log': 'bhyve: passthru: invalid options "9:0:0"\n' } }],
  },
});
