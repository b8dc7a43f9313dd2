import type { Host, PassthruEntry, Vm } from '../../model/host.ts';
import { defineRule, type Claim } from '../../model/rule.ts';
import { functionAt, gpuAt, hostSubject, nameOf } from '../lib/hosts.ts';
import { guestSubject } from '../lib/guests.ts';
import { SUPPLY_ROM } from '../lib/experiments.ts';

/** The driver's stage that reads and runs the VBIOS; failures at other stages say nothing about it. */
const VBIOS_STAGE = '0x31';

export default defineRule({
  code: 'rom-not-supplied',
  stage: 'config',
  kind: 'notice',
  severity: 'info',
  title: 'The card is passed without a VBIOS file (rom=)',
  why:
    'bhyve does not pass the option ROM of a card. Drivers that want to read the VBIOS or to have it run find none, unless a file is ' +
    'given with rom=. NVIDIA cards were seen to work with Windows guests with such a file; many AMD cards need one.',
  fix: [
    {
      text: 'Get the VBIOS of exactly this card (GPU-Z, nvflash, or /sys/bus/pci/devices/.../rom on Linux) and cut off everything before its header, the bytes 55 AA that precede "VIDEO".',
      on: 'hardware',
    },
    {
      text: 'Give it to the VM; vm-bhyve from 1.7.1 on has a line for it.',
      file: { path: 'NAME.conf', lines: ['passthru0="BUS/SLOT/FUNCTION"', 'passthru0_options="rom=/path/card.rom"'] },
      on: 'host',
      reboot: 'vm-restart',
      risk: 'a file of another card or with its vendor prefix left on does not work; nothing is written to the card',
    },
  ],
  references: ['bhyve(8), passthru: rom', 'https://reviews.freebsd.org/D33129', 'FreeBSD Journal March/April 2023'],
  knowledge: 'inferred',
  needs: [],
  needsAny: ['vm-config', 'guest-log'],
  explains: [
    'vbios-unreadable',
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'gpu-init-failed',
    'nvidia-smi-no-devices',
  ],
  experiments: [SUPPLY_ROM],
  check({ host, guests }) {
    // A guest that fails at the VBIOS shows by itself that what it was passed is a card.
    const fails = guests.some(
      (guest) => guest.isBhyve === true && guest.rmInit.some(({ stage }) => stage === VBIOS_STAGE),
    );
    const entries = host.vms.flatMap((vm) =>
      vm.passthru.filter((entry) => wantsRom(host, entry, fails)).map((entry) => ({ vm, entry })),
    );
    const given = entries.filter(({ entry }) => entry.rom !== undefined);
    const without = entries.filter(
      ({ entry }) => entry.rom === undefined && !given.some((other) => other.entry.hostBdf === entry.hostBdf),
    );
    const failing = guests.flatMap((guest): Claim[] => {
      const failure = guest.isBhyve === true ? guest.rmInit.find(({ stage }) => stage === VBIOS_STAGE) : undefined;
      if (failure === undefined || given.length > 0) return [];
      return [
        {
          kind: 'cause',
          severity: 'warning',
          confidence: 'possible',
          subject: guestSubject(guest, failure.guestBdf),
          title:
            without.length > 0
              ? 'The driver fails at the VBIOS, and the card is passed without rom='
              : 'The driver fails at the VBIOS; whether rom= is given is not shown',
          evidence: [failure, ...without.map(({ entry }) => entry)],
        },
      ];
    });
    if (failing.length > 0) return failing;
    const cards = new Map(without.map((one) => [one.entry.hostBdf, one]));
    const told = [...cards.values()].map(({ vm, entry }: { vm: Vm; entry: PassthruEntry }): Claim => ({
      confidence: 'possible',
      subject: { ...hostSubject(host, entry.hostBdf!), ...(vm.name !== undefined && { vm: vm.name }) },
      title: `The card ${nameOf(host, entry.hostBdf!)} is passed without a VBIOS file (rom=)`,
      evidence: [entry],
    }));
    return [
      ...told,
      ...given.map(({ entry }): Claim => ({
        state: 'absent',
        subject: hostSubject(host, entry.hostBdf!),
        against: [entry],
      })),
    ];
  },
  examples: {
    fires: [
      {
        name: 'an NVIDIA card without rom=',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n',
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="6/0/0"\n',
        },
        expect: { kind: 'notice', severity: 'info', confidence: 'possible' },
      },
      {
        name: 'the driver fails at the VBIOS step',
        files: {
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="6/0/0"\n',
          'guest/vm/dmesg.txt':
            '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    3.441376] NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
        },
        expect: { kind: 'cause', confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'the file is given',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n',
          'host/start.sh':
            'bhyve -c 4 -m 8G -AHP -S -s 0,hostbridge -s 31,lpc -s 6:0,passthru,6/0/0,rom=/vm/roms/p4.rom \\\n' +
            '  -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd render\n',
        },
      },
      {
        name: 'a network card needs none',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x020000 rev=0x01 hdr=0x00 vendor=0x8086 device=0x1521 subvendor=0x8086 subdevice=0x0002\n    class      = network\n',
          'host/router.conf': 'loader="uefi"\ncpu=2\nmemory=2G\npassthru0="6/0/0"\n',
        },
      },
    ],
  },
});

/** The display function of an NVIDIA or AMD card; with `otherwise` also a device that no listing shows. */
function wantsRom(host: Host, { hostBdf }: PassthruEntry, otherwise: boolean): boolean {
  if (hostBdf === undefined) return false;
  const gpu = gpuAt(host, hostBdf);
  if (gpu === undefined) return otherwise && functionAt(host, hostBdf) === undefined;
  if (gpu.display.bdf !== hostBdf) return false;
  const { pciId, name } = gpu.display;
  return pciId === undefined
    ? /GeForce|Tesla|Quadro|RTX|Radeon|FirePro/.test(name ?? '')
    : /^(?:10de|1002):/.test(pciId);
}
