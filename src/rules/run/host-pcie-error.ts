import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { functionAt, gpuAt, hostSubject } from '../lib/hosts.ts';

export default defineRule({
  code: 'host-pcie-error',
  stage: 'run',
  kind: 'cause',
  severity: 'error',
  title: 'The host got a fatal PCIe error from the card',
  why:
    'After a non-maskable interrupt the kernel prints the error registers of the devices that report one. The card, its slot, a riser or its power ' +
    'supply is at fault; what the driver in the guest says after that is a consequence.',
  fix: [
    {
      text: 'Power the host off, seat the card again, take out risers, check the auxiliary power.',
      on: 'hardware',
      reboot: 'host',
    },
    {
      text: 'Lower the link speed of the slot in the firmware as a test.',
      on: 'firmware',
      reboot: 'host',
      verify: 'no further errors under the same load',
    },
  ],
  references: ['sys/dev/pci/pci.c, pci_print_faulted_dev', 'PCI Express base specification, Advanced Error Reporting'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    device: {
      regex:
        /pci0:(?<bus>\d{1,3}):(?<slot>\d{1,2}):(?<fn>\d)(?: \((?<unit>\w+)\))? PCIe DEVCTL 0x[0-9a-f]+ DEVSTA 0x[0-9a-f]+/,
      literals: [' PCIe DEVCTL 0x'],
    },
    registers: { regex: /AER UC 0x[0-9a-f]{1,8} Mask 0x/, literals: ['AER UC 0x'] },
  }),
  explains: ['host-nmi', 'gpu-fell-off-bus', 'gpu-not-responding', 'xid'],
  check({ host, hits }) {
    const registers = hits('registers').filter(({ text }) => !text.includes('clearing AER'));
    return hits('device').map((hit): Claim => {
      const bdf = `${hit.groups.bus}/${hit.groups.slot}/${hit.groups.fn}`;
      const near = registers.filter(
        ({ artifact, line }) => artifact === hit.artifact && line > hit.line && line <= hit.line + 3,
      );
      // The registers of bridges and other devices are printed too.
      const own =
        gpuAt(host, bdf) !== undefined ||
        (hit.groups.unit?.startsWith('ppt') ?? functionAt(host, bdf)?.driver === 'ppt');
      const claim: Claim = { confidence: 'likely', subject: hostSubject(host, bdf), evidence: [hit, ...near] };
      return own
        ? claim
        : { ...claim, kind: 'notice', severity: 'warning', title: 'The host got a PCIe error from another device' };
    });
  },
  examples: {
    fires: [
      {
        name: 'registers of a reserved card',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n' +
            'NMI ISA 30, EISA ff\n' +
            'pci0:4:0:0 (ppt0) PCIe DEVCTL 0x283f DEVSTA 0x0004\n' +
            '  AER UC 0x00004000 Mask 0x00000000 Svr 0x00062030\n',
        },
        expect: { kind: 'cause', subject: { hostBdf: '4/0/0' } },
      },
    ],
    silent: [
      {
        name: 'errors that a verbose boot clears at attach',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\npci0:4:0:0: clearing AER COR 0x00002000 -> 0x00000000\n',
        },
      },
    ],
  },
});
