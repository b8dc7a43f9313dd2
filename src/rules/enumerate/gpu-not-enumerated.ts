import { defineRule } from '../../model/rule.ts';

const HOST =
  'ppt0@pci0:2:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n' +
  "    vendor     = 'NVIDIA Corporation'\n    device     = 'GP104GL [Tesla P4]'\n";
const VM = 'loader="uefi"\ncpu=4\nmemory=8G\npassthru0="2/0/0"\n';

export default defineRule({
  code: 'gpu-not-enumerated',
  stage: 'enumerate',
  kind: 'symptom',
  severity: 'error',
  title: 'The guest does not list the card that its VM is given',
  why: 'The VM configuration passes a graphics card, and the full PCI listing of the guest does not show one of that kind. The VM may run an older configuration, or the device was left out when it started.',
  fix: [],
  references: ['bhyve(8)', 'lspci(8)'],
  knowledge: 'seen',
  needs: ['vm-config', 'guest-pci', 'host-pci'],
  check({ host, guests }) {
    // Only with one VM and one guest is it plain which guest should have the card.
    const given = host.vms.filter(({ passthru }) => passthru.length > 0);
    const names = new Set(given.map(({ name }) => name));
    const guest = guests.length === 1 ? guests[0] : undefined;
    if (guest?.pciListed === undefined || names.size > 1) return [];
    const card = host.gpus.find(({ display }) =>
      given.some(({ passthru }) => passthru.some((entry) => entry.hostBdf === display.bdf)),
    );
    if (card === undefined || guest.gpus.some(({ pciId }) => pciId === undefined || pciId === card.display.pciId))
      return [];
    const entry = given.flatMap(({ passthru }) => passthru).find(({ hostBdf }) => hostBdf === card.display.bdf)!;
    return [
      {
        confidence: 'likely' as const,
        subject: {
          hostBdf: card.display.bdf,
          guest: guest.name,
          ...(card.display.pciId !== undefined && { pciId: card.display.pciId }),
        },
        evidence: [entry, card.display, guest.pciListed],
        decideWith: 'vm stop NAME; vm start NAME; then lspci -nn in the guest',
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'nothing of NVIDIA in the guest',
        files: {
          'host/pciconf.txt': HOST,
          'host/vm.conf': VM,
          'guest/vm/lspci.txt':
            '00:00.0 Host bridge [0600]: Network Appliance Corporation Device [1275:1275]\n' +
            '00:04.0 SCSI storage controller [0100]: Red Hat, Inc. Virtio block device [1af4:1001]\n' +
            '00:1f.0 ISA bridge [0601]: Intel Corporation 82371SB PIIX3 ISA [Natoma/Triton II] [8086:7000]\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'the guest has it',
        files: {
          'host/pciconf.txt': HOST,
          'host/vm.conf': VM,
          'guest/vm/lspci.txt':
            '00:00.0 Host bridge [0600]: Network Appliance Corporation Device [1275:1275]\n' +
            '00:06.0 3D controller [0302]: NVIDIA Corporation GP104GL [Tesla P4] [10de:1bb3] (rev a1)\n',
        },
      },
    ],
  },
});
