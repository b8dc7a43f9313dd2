import type { Guest, GuestBar } from '../../model/guest.ts';
import type { Host, HostBarFit, HostGpu } from '../../model/host.ts';
import { defineRule, type Claim } from '../../model/rule.ts';
import { formatSize } from '../../model/size.ts';
import type { Tables } from '../../model/tables.ts';
import { functionAt, hostSubject, isMeant, nameOf } from '../lib/hosts.ts';

/** What bhyve and the stock UEFI firmware have for all 64-bit BARs of a VM together. */
const WINDOW = 32 * 2 ** 30;
/** Smaller 64-bit BARs lie below 4 GiB. */
const LARGE = 128 * 2 ** 20;

const SIZES_COMMAND = 'pciconf -lvbBceV';

export default defineRule({
  code: 'bar-window-overflow',
  stage: 'config',
  kind: 'cause',
  severity: 'error',
  title: "The BARs of the card do not fit bhyve's address window or the guest firmware's",
  why:
    'From FreeBSD 13.1 on bhyve has 32 GiB of addresses for large BARs of a VM, and the stock UEFI firmware has 32 GiB for all its ' +
    '64-bit BARs, small ones included. A card with a 32 GiB BAR1 (24 GB Tesla boards of the Pascal family and others) therefore overflows ' +
    'the firmware by its own BAR3. bhyve drops a BAR that does not fit without a word.',
  fix: [
    {
      text: 'Pass one card with large BARs per VM, on bus 0 of the VM, in its lowest slots.',
      on: 'host',
      reboot: 'vm-restart',
    },
    {
      text: "Make BAR1 smaller where the card allows it: NVIDIA's mode selection tool for Tesla boards, or Resizable BAR off in the firmware set-up for GeForce.",
      on: 'firmware',
      reboot: 'host',
      risk: 'a wrong mode can make a board unusable until it is set back',
    },
    {
      text: 'Or build edk2 with a larger PcdPciMmio64Size and bhyve with the same larger PCI_EMUL_MEMSIZE64.',
      on: 'host',
      risk: 'both must be changed alike, and bhyve, libvmmapi and vmm.ko must come from one tree',
      verify: '`lspci -vv` in the guest shows an address for every BAR of the card',
    },
    {
      text: 'Where the VM starts with UEFI firmware, a Linux guest can be started without it (grub-bhyve), which leaves the addresses of bhyve in place.',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: [
    'usr.sbin/bhyve/pci_emul.c, init_pci',
    'edk2, OvmfPkg/Bhyve/BhyveX64.dsc',
    'https://reviews.freebsd.org/D33118',
  ],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-bars', 'host-pci'],
  explains: [
    'bar0-unassigned',
    'bar1-unassigned',
    'guest-mmio64-too-small',
    'gpu-not-enumerated',
    'guest-no-output',
    'bar-unmapped',
    'vm-start-failed',
  ],
  experiments: [
    {
      command: SIZES_COMMAND,
      on: 'host',
      cost: 'look',
      why: 'shows the real sizes of the BARs, on which the computation rests',
      decides: ['bar-window-overflow'],
      outcomes: [
        { if: 'BAR1 has a size of 34359738368', then: 'with BAR3 it needs more than the 32 GiB of the firmware' },
        { if: 'BAR1 is 17179869184 or smaller', then: 'one such card fits' },
      ],
    },
    {
      command: 'start the VM once without its passthru lines',
      on: 'host',
      cost: 'vm-restart',
      why: 'tells whether the card keeps the guest from starting',
      decides: ['bar-window-overflow'],
      outcomes: [
        { if: 'the guest boots', then: 'the card is what stops it, and its BARs are the first suspect' },
        { if: 'it does not boot either', then: 'look at firmware, disk and console of the VM first, not at the card' },
      ],
    },
  ],
  check({ host, guests, tables }) {
    const passed = new Set(host.barFits.map(({ hostBdf }) => hostBdf));
    const computed = [...passed].flatMap((bdf) => judge(host, guests, bdf));
    const ahead = host.gpus
      .filter((gpu) => !passed.has(gpu.display.bdf) && isMeant(host, gpu))
      .flatMap((gpu) => aheadOfTime(host, gpu, tables));
    return [...computed, ...ahead];
  },
  examples: {
    fires: [
      {
        name: 'the family has a 32 GiB BAR1, the sizes of this card are not shown',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:2:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1b39 subvendor=0x10de subdevice=0x1217\n' +
            "    device     = 'GP102GL [Tesla P10]'\n    class      = display\n",
          'host/start.sh':
            'bhyve -c 4 -m 12G -AHPw -S -s 0,hostbridge -s 31,lpc -s 6:0,passthru,2/0/0 \\\n' +
            '  -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd infer\n',
        },
        expect: { confidence: 'possible', kind: 'cause' },
      },
      {
        name: 'two cards with 32 GiB each: bhyve drops the second one',
        files: {
          'host/uname.txt':
            'FreeBSD lab2 14.3-RELEASE-p1 FreeBSD 14.3-RELEASE-p1 releng/14.3-n271444-0f0fe2aab8d1 GENERIC amd64\n',
          'host/pciconf.txt': [23, 101]
            .map(
              (bus, i) =>
                `ppt${i}@pci0:${bus}:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1db6 subvendor=0x10de subdevice=0x124a\n` +
                "    device     = 'GV100GL [Tesla V100 PCIe 32GB]'\n    class      = display\n" +
                '    bar   [10] = type Memory, range 32, base 0xb4000000, size 16777216, disabled\n' +
                `    bar   [14] = type Prefetchable Memory, range 64, base 0x${i === 0 ? '38' : '48'}0000000000, size 34359738368, disabled\n` +
                `    bar   [1c] = type Prefetchable Memory, range 64, base 0x${i === 0 ? '39' : '49'}0000000000, size 33554432, disabled\n`,
            )
            .join(''),
          'host/start.sh':
            'bhyve -c 8 -m 16G -AHPw -S -s 0,hostbridge -s 31,lpc -s 6:0,passthru,23/0/0 -s 7:0,passthru,101/0/0 \\\n' +
            '  -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd train\n',
        },
      },
    ],
    silent: [
      {
        name: 'a card with 256 MiB fits',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    class      = display\n' +
            '    bar   [10] = type Memory, range 32, base 0xde000000, size 16777216, disabled\n' +
            '    bar   [14] = type Prefetchable Memory, range 64, base 0xc0000000, size 268435456, disabled\n' +
            '    bar   [1c] = type Prefetchable Memory, range 64, base 0xd0000000, size 33554432, disabled\n',
          'host/start.sh':
            'bhyve -c 4 -m 12G -AHPw -S -s 0,hostbridge -s 31,lpc -s 6:0,passthru,6/0/0 \\\n' +
            '  -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd infer\n',
        },
      },
    ],
  },
});

const FAILING: readonly HostBarFit['fits'][] = ['refused', 'dropped', 'rejected', 'unreachable'];

/** One claim for a function that a VM is given: its worst BAR. */
function judge(host: Host, guests: readonly Guest[], bdf: string): Claim[] {
  const fits = host.barFits.filter(({ hostBdf }) => hostBdf === bdf);
  const fn = functionAt(host, bdf);
  if (fn === undefined) return [];
  const subject = hostSubject(host, bdf);
  const worst =
    fits.find((fit) => FAILING.includes(fit.fits) && fit.sizeBytes > LARGE) ??
    fits.find((fit) => FAILING.includes(fit.fits));
  if (worst === undefined) {
    const sure = fits.length > 0 && fits.every((fit) => fit.fits === 'fits' && !fit.inferred);
    return sure ? [{ state: 'absent', subject, against: fits.filter(({ kind }) => kind === 'mem64') }] : [];
  }
  const seen = guestBar(guests, fn.pciId, worst.index);
  if (seen?.assigned === true) return [{ state: 'absent', subject, against: [seen] }];
  const measured = worst.sizeFrom === 'host';
  const vms = host.vms.filter(({ passthru }) => passthru.some(({ hostBdf }) => hostBdf === bdf));
  return [
    {
      // What the firmware does was concluded from its source; bhyve's own part was read, and a guest without the BAR proves it.
      confidence: !measured ? 'possible' : seen !== undefined && !worst.inferred ? 'confirmed' : 'likely',
      ...(measured ? {} : { severity: 'warning', decideWith: SIZES_COMMAND }),
      subject: { ...subject, ...(worst.vm !== undefined && { vm: worst.vm }) },
      detail: `BAR${worst.index} of ${nameOf(host, bdf)}, ${formatSize(worst.sizeBytes)}${SOURCES[worst.sizeFrom]}: ${worst.reason}`,
      evidence: [worst, fn, ...vms, ...(seen ? [seen] : [])],
    },
  ];
}

const SOURCES: Record<HostBarFit['sizeFrom'], string> = {
  host: '',
  observed: ' as other reports of this card show',
  family: ' as the family of the card suggests',
};

/** The BAR of the only guest card with this id. */
function guestBar(guests: readonly Guest[], pciId: string | undefined, index: number): GuestBar | undefined {
  const same = guests
    .filter(({ isBhyve }) => isBhyve !== false)
    .flatMap(({ gpus }) => gpus.filter((gpu) => pciId !== undefined && gpu.pciId === pciId));
  return same.length === 1 ? same[0]!.bars.find((bar) => bar.index === index) : undefined;
}

/** A reserved card that no VM of the evidence is given yet: worth knowing before the first start. */
function aheadOfTime(host: Host, { display }: HostGpu, tables: Tables): Claim[] {
  const large = display.bars.filter(({ kind, bits, sizeBytes }) => kind === 'mem' && bits === 64 && sizeBytes > LARGE);
  const row = display.pciId === undefined ? undefined : tables.gpus.get(display.pciId);
  const measured = display.barsShown && display.bars.length > 0;
  const need = measured ? large.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) : (row?.bar1Bytes ?? 0);
  if (need < WINDOW) return [];
  return [
    {
      kind: 'notice',
      severity: 'warning',
      confidence: 'possible',
      subject: hostSubject(host, display.bdf),
      title: `The BARs of ${nameOf(host, display.bdf)} may not fit a UEFI guest`,
      detail: `Large BARs of ${formatSize(need)}${measured ? '' : SOURCES.family}; stock UEFI firmware has ${formatSize(WINDOW)} for all 64-bit BARs.`,
      evidence: [display, ...large],
      ...(measured ? {} : { decideWith: SIZES_COMMAND }),
    },
  ];
}
