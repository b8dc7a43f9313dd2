import { defineRule, type Claim } from '../../model/rule.ts';
import { functionsOf, hostSubject, nameOf } from '../lib/hosts.ts';

export default defineRule({
  code: 'passthru-not-configured',
  stage: 'config',
  kind: 'cause',
  severity: 'error',
  title: 'The VM is not given the card: its configuration has no passthru entry for it',
  why:
    'Reserving a card (pptdevs) only takes it from the host. A VM gets it when its own configuration has a passthru entry; ' +
    'without one it starts and shows no trace of the card.',
  fix: [
    {
      text: 'Add the card to the configuration of the VM (vm-bhyve), and start it again.',
      file: { path: 'NAME.conf', lines: ['passthru0="BUS/SLOT/FUNCTION"'] },
      on: 'host',
      reboot: 'vm-restart',
      verify: 'the log of the VM shows `-s N,passthru,BUS/SLOT/FUNCTION`; the guest lists the card',
    },
  ],
  references: ['vm(8), passthru', 'bhyve(8), passthru'],
  knowledge: 'source',
  needs: ['vm-config', 'host-pci'],
  explains: ['gpu-not-enumerated', 'gpu-not-present', 'nvidia-smi-no-devices'],
  check({ host, guests }) {
    // An entry that cannot be read may be for the card.
    if (
      host.vms.some(({ passthru }) =>
        passthru.some(({ hostBdf, pptName }) => hostBdf === undefined && pptName === undefined),
      )
    )
      return [];
    const passed = new Set(
      host.vms.flatMap(({ passthru }) => passthru.flatMap(({ hostBdf, pptName }) => [hostBdf, pptName])),
    );
    const cards = host.gpus.filter(({ display }) => display.driver === 'ppt');
    const missing = guests.filter(
      (guest) => guest.isBhyve !== false && guest.pciListed !== undefined && guest.gpus.length === 0,
    );
    return cards.flatMap((gpu): Claim[] => {
      const { display } = gpu;
      const subject = hostSubject(host, display.bdf);
      if (functionsOf(gpu).some(({ bdf, unit }) => passed.has(bdf) || passed.has(unit))) {
        const entries = host.vms.flatMap(({ passthru }) =>
          passthru.filter(({ hostBdf, pptName }) => hostBdf === display.bdf || pptName === display.unit),
        );
        return entries.length > 0 ? [{ state: 'absent', subject, against: entries }] : [];
      }
      const evidence = [display, ...host.vms];
      if (missing.length === 0) {
        return [
          {
            kind: 'notice',
            severity: 'info',
            confidence: 'confirmed',
            subject,
            title: `No VM configuration among the evidence passes ${nameOf(host, display.bdf)}`,
            evidence,
          },
        ];
      }
      return [
        { confidence: 'likely', subject, evidence: [...evidence, ...missing.map(({ pciListed }) => pciListed!)] },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'reserved, but the VM has no entry and the guest lists no card',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n',
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\nnetwork0_type="virtio-net"\ndisk0_type="virtio-blk"\n',
          'guest/vm/lspci.txt':
            '00:00.0 Host bridge [0600]: Network Appliance Corporation Device [1275:1275]\n' +
            '00:04.0 SCSI storage controller [0100]: Red Hat, Inc. Virtio block device [1af4:1001]\n' +
            '\tKernel driver in use: virtio-pci\n' +
            '00:1f.0 ISA bridge [0601]: Intel Corporation 82371SB PIIX3 ISA [Natoma/Triton II] [8086:7000]\n',
        },
        expect: { confidence: 'likely', kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'the VM has the entry',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n',
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="6/0/0"\n',
        },
      },
    ],
  },
});
