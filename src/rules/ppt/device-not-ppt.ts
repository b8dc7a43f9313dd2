import type { Confidence } from '../../model/finding.ts';
import type { Host, HostGpu } from '../../model/host.ts';
import type { LogHit } from '../../model/pattern.ts';
import { defineRule, type Claim } from '../../model/rule.ts';
import { INIT_ERROR, NOT_ASSIGNED, NVIDIA_ATTACHED, onHost } from '../lib/bhyve-lines.ts';
import { askedAbout, hostUses } from '../lib/excerpt.ts';
import { functionsOf, holderOf, hostSubject, nameOf } from '../lib/hosts.ts';
import { meantDevices, namedAt, type Unbound, unboundDevices } from '../lib/meant.ts';

export default defineRule({
  code: 'device-not-ppt',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'The device meant for passthrough is not reserved (not on the ppt driver)',
  why:
    'Only a device on the driver ppt can be passed to a VM. ppt takes a device at boot when pptdevs in loader.conf names its ' +
    'decimal bus/slot/function and vmm is loaded by the boot loader; otherwise the ordinary driver of the host has it.',
  fix: [
    {
      text: 'Name the device (and the other functions of the same card) in pptdevs, and load vmm early. Decimal numbers as in pciconf, slashes, single spaces.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"', 'pptdevs="BUS/SLOT/FUNCTION"'] },
      on: 'host',
      reboot: 'host',
      risk: 'the host loses the device: do not name its only graphics card, its disk controller or its network card',
      verify: '`pciconf -l` shows it as pptN',
    },
    {
      text: 'Without a reboot the driver can be changed by hand, when nothing uses the device.',
      command: 'devctl set driver -f pci0:BUS:SLOT:FUNCTION ppt',
      on: 'host',
      risk: 'detaching a graphics card in use can crash the host; never do this to a device of a running VM',
    },
  ],
  references: ['vmm(4), pptdevs', 'sys/amd64/vmm/io/ppt.c', 'bhyve(8), passthru'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-pci', 'bhyve-log'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED, initError: INIT_ERROR, attached: NVIDIA_ATTACHED }),
  explains: ['device-assign-failed', 'vm-start-failed'],
  experiments: [
    {
      command: 'pciconf -lv; kenv pptdevs',
      on: 'host',
      cost: 'look',
      why: 'shows who holds the device and what the running kernel was told to reserve',
      decides: ['device-not-ppt', 'iommu-disabled', 'amdvi-not-enabled'],
      outcomes: [
        { if: 'the device is vgapciN, noneN or another driver', then: 'it is not reserved' },
        { if: 'the device is pptN', then: 'it is reserved: the IOMMU, another VM or a missing right is to blame' },
      ],
    },
  ],
  check({ host, hits }) {
    const refused = hits('notAssigned');
    const unbound = unboundDevices(host, refused).filter(
      ({ obstacle, refused: lines }) => obstacle !== 'reboot' || lines.length > 0,
    );
    const claims = unbound.flatMap((device) => claimOf(host, device, hits('initError')));
    const bound = meantDevices(host, refused).flatMap(({ fn, bdf }): Claim[] =>
      fn?.driver === 'ppt' ? [{ state: 'absent', subject: hostSubject(host, bdf), against: [fn] }] : [],
    );
    return [...claims, ...bound, ...(claims.length + bound.length === 0 ? shownAlone(host, hits('attached')) : [])];
  },
  examples: {
    fires: [
      {
        name: 'refused by bhyve, and the listing shows the driver of the host',
        files: {
          'host/pciconf.txt':
            'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec2 subvendor=0x1043 subdevice=0x8694\n' +
            '    class      = bridge\n' +
            'vgapci0@pci0:1:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c82 subvendor=0x1458 subdevice=0x3763\n' +
            "    device     = 'GP107 [GeForce GTX 1050 Ti]'\n" +
            '    class      = display\n',
          'host/bhyve.log':
            'bhyve: PCI device at 1/0/0 is not using the ppt(4) driver\n' +
            'Device emulation initialization error: No such file or directory\n',
        },
        expect: { confidence: 'confirmed', subject: { hostBdf: '1/0/0', pciId: '10de:1c82' } },
      },
      {
        name: 'an excerpt that shows just a card on its ordinary driver',
        files: {
          'host/pciconf.txt':
            'vgapci1@pci0:9:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1b38 subvendor=0x10de subdevice=0x11d9\n' +
            "    vendor     = 'NVIDIA Corporation'\n" +
            "    device     = 'GP102GL [Tesla P40]'\n" +
            '    class      = display\n' +
            '    subclass   = 3D\n',
        },
        expect: { confidence: 'possible', severity: 'warning' },
      },
    ],
    silent: [
      {
        name: 'what somebody shows who sets up X: the VGA function by itself',
        files: {
          'host/terminal.txt':
            '$ pciconf -lv|grep -B4 VGA\n' +
            'vgapci0@pci0:4:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1462 subdevice=0x3283\n' +
            "    vendor     = 'NVIDIA Corporation'\n" +
            "    device     = 'GP106 [GeForce GTX 1060 6GB]'\n" +
            '    class      = display\n' +
            '    subclass   = VGA\n',
        },
      },
      {
        name: 'a whole machine whose card serves the host',
        files: {
          'host/pciconf.txt':
            'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec2 subvendor=0x1043 subdevice=0x8694\n' +
            '    class      = bridge\n' +
            'vgapci0@pci0:1:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c82 subvendor=0x1458 subdevice=0x3763\n' +
            '    class      = display\n' +
            'em0@pci0:0:31:6:\tclass=0x020000 rev=0x10 hdr=0x00 vendor=0x8086 device=0x15bc subvendor=0x1043 subdevice=0x8672\n' +
            '    class      = network\n',
        },
      },
      {
        name: 'pciconf after the reboot is believed before the table from before it',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n',
          'host/vm-passthru.txt':
            'DEVICE     BHYVE ID     READY        DESCRIPTION\nvgapci0    6/0/0        No           GP104GL [Tesla P4]\n',
          'host/loader.conf': 'pptdevs="6/0/0"\n',
        },
      },
      {
        name: 'refused although reserved: another reason',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n',
          'host/bhyve.log':
            'bhyve: PCI device at 6/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: Device busy\n',
        },
      },
    ],
  },
});

function claimOf(host: Host, device: Unbound, initErrors: readonly LogHit[]): Claim[] {
  const { bdf, fn, refused, obstacle } = device;
  const subject = hostSubject(host, bdf);
  if (fn === undefined) {
    // Without a listing the error number is a hint: ENOENT is what a device that is not on ppt gives.
    const last = initErrors.find(({ artifact, line }) =>
      refused.some((hit) => hit.artifact === artifact && line > hit.line),
    );
    const errno = last?.groups.errno?.trim().toLowerCase();
    if (errno !== undefined && errno !== 'no such file or directory') return [];
    return [
      {
        confidence: errno === undefined ? 'possible' : 'likely',
        subject,
        evidence: [...refused, ...(last ? [last] : [])],
        decideWith: 'pciconf -lv',
      },
    ];
  }
  return [
    {
      confidence: confidenceOf(device),
      subject,
      title: `The device ${nameOf(host, bdf)} is meant for passthrough, but ${fn.driver === null ? 'is not on ppt' : `${holderOf(fn)} has it`}`,
      evidence: [fn, ...namedAt(device)],
      fix: reserve(host, bdf),
      ...(obstacle === 'unknown' && refused.length === 0 ? { decideWith: 'kenv pptdevs' } : {}),
    },
  ];
}

/** What names the obstacle is the cause; this is then no more certain than that. */
function confidenceOf({ obstacle, refused, reserved }: Unbound): Confidence {
  if (obstacle !== 'unknown') return 'possible';
  return refused.length > 0 || reserved.some(({ running }) => running === true) ? 'confirmed' : 'likely';
}

/** An excerpt of nothing but cards on their ordinary drivers, with nothing that says the host uses them. */
function shownAlone(host: Host, attached: readonly LogHit[]): Claim[] {
  const cards = askedAbout(host);
  if (cards.some(({ display }) => display.driver === 'ppt') || shownForX(host, cards)) return [];
  const pending = new Set(host.pptdevsConfigured.map(({ bdf }) => bdf));
  return cards
    .filter(({ display }) => display.driver === null || display.driver === 'vgapci')
    .filter((gpu) => !hostUses(host, gpu) && !pending.has(gpu.display.bdf))
    .filter(({ display }) => !attached.some(({ groups }) => groups.unit === display.unit))
    .map((gpu) => ({
      confidence: 'possible',
      severity: 'warning',
      subject: hostSubject(host, gpu.display.bdf),
      title: `The card ${nameOf(host, gpu.display.bdf)} is not reserved for passthrough`,
      detail: `The listing shows only the card, and ${holderOf(gpu.display)} has it. That is right for a card of the host and wrong for one that a guest is to have.`,
      evidence: functionsOf(gpu),
      fix: reserve(host, gpu.display.bdf),
      decideWith: 'pciconf -lv; cat /boot/loader.conf',
    }));
}

/**
 * The handbook has people type `pciconf -lv|grep -B4 VGA` to set up X, which shows VGA functions and nothing else. A card
 * for a guest is mostly shown with its audio function, or is no VGA controller.
 */
const shownForX = (host: Host, cards: readonly HostGpu[]): boolean =>
  host.vmmLoad === undefined &&
  host.vmmLoaded?.value !== true &&
  cards.every(({ display, siblings }) => display.classCode === '030000' && siblings.length === 0) &&
  host.functions.every(({ bdf }) => host.gpus.some(({ display }) => display.bdf === bdf));

/** The fix with the addresses of this card filled in. Bridges and functions of other slots are never named. */
function reserve(host: Host, bdf: string): Claim['fix'] {
  const gpu: HostGpu | undefined = host.gpus.find((card) => functionsOf(card).some((fn) => fn.bdf === bdf));
  const named = gpu === undefined ? [bdf] : functionsOf(gpu).map((fn) => fn.bdf);
  const kept = host.pptdevsConfigured.flatMap((entry) => (entry.bdf === undefined ? [] : [entry.bdf]));
  const all = [...new Set([...kept, ...named])];
  return [
    {
      text: 'Reserve the card with all its functions, and load vmm early. Keep what pptdevs names already.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"', `pptdevs="${all.join(' ')}"`] },
      on: 'host',
      reboot: 'host',
      risk: "the host loses the card: make sure that it is not the host's only console",
      verify: '`pciconf -l` shows each of them as pptN',
    },
  ];
}
