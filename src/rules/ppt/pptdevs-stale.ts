import type { HostFunction, PptEntry } from '../../model/host.ts';
import { defineRule, type Claim } from '../../model/rule.ts';
import { hostUses } from '../lib/excerpt.ts';
import { functionAt, functionsOf, gpuAt, nameOf } from '../lib/hosts.ts';

export default defineRule({
  code: 'pptdevs-stale',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'pptdevs names an address that belongs to no card any more',
  why:
    'PCI bus numbers move when a card is added or taken out, or when firmware settings such as bifurcation change. pptdevs keeps ' +
    'the old numbers: the card is then not reserved, and whatever sits at the old address now may be lost to the host.',
  fix: [
    {
      text: 'Look up the present addresses and correct the line.',
      command: 'pciconf -lv',
      on: 'host',
      verify: 'every entry of pptdevs is a function of the card that is to be passed',
    },
    {
      text: 'Then reboot. If the host lost a disk or network card to ppt, the old line can be switched off at the loader prompt with `unset pptdevs`.',
      file: { path: '/boot/loader.conf', lines: ['pptdevs="BUS/SLOT/FUNCTION"'] },
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['vmm(4), pptdevs', 'https://github.com/huataihuang/cloud-atlas (bhyve, pci_passthru)'],
  knowledge: 'inferred',
  needs: ['host-pci'],
  explains: ['device-not-ppt'],
  experiments: [
    {
      command: 'pciconf -lv',
      on: 'host',
      cost: 'look',
      why: 'shows at which address the card is now',
      decides: ['pptdevs-stale'],
      outcomes: [
        {
          if: 'the card is at an address that pptdevs does not name',
          then: 'the entry is left over: correct it and reboot',
        },
        { if: 'the entry names the device that is meant', then: 'pptdevs is right' },
      ],
    },
  ],
  check({ host }) {
    const used = new Set(host.vms.flatMap(({ passthru }) => passthru.map(({ hostBdf }) => hostBdf)));
    const named = new Set(host.pptdevs.map(({ bdf }) => bdf));
    // A card on another bus that no entry names is probably the one that was meant.
    const moved = host.gpus.filter(
      (gpu) =>
        gpu.display.bus !== 0 &&
        gpu.display.driver !== 'ppt' &&
        !named.has(gpu.display.bdf) &&
        !used.has(gpu.display.bdf) &&
        !hostUses(host, gpu),
    );
    // A card that is the only display of the host may well be its console.
    const spare = host.gpus.length > moved.length || moved.some(({ display }) => display.classCode?.startsWith('0302'));
    const reserved = host.gpus.some(({ display }) => display.driver === 'ppt');
    const elsewhere = moved.map(({ display }) => display);
    const hint = elsewhere.map(({ bdf }) => nameOf(host, bdf)).join(', ');
    // Only a listing of the whole machine shows that nothing is there.
    const whole = host.functionsComplete && !fromTable(host.functions);
    const empty = host.pptdevs.filter(
      (entry) => whole && entry.bdf !== undefined && functionAt(host, entry.bdf) === undefined,
    );
    const others = host.pptdevs.flatMap((entry): Claim[] => {
      if (entry.bdf === undefined || gpuAt(host, entry.bdf) !== undefined) return [];
      const fn = functionAt(host, entry.bdf);
      if (fn === undefined) return [];
      const subject = { hostBdf: entry.bdf };
      if (fn.isBridge) {
        return [
          {
            ...(moved.length === 0 ? { kind: 'notice', severity: 'warning' } : {}),
            confidence: 'likely',
            subject,
            title: `pptdevs names ${entry.bdf}, which is a bridge`,
            detail: `ppt takes endpoints only.${hint === '' ? '' : ` The card may be the one at another address: ${hint}.`}`,
            evidence: [entry, fn, ...elsewhere],
          },
        ];
      }
      // Network and storage are passed on purpose too; it is worth a word when VMs were read and none uses it.
      if (
        fn.driver !== 'ppt' ||
        reserved ||
        host.vms.length === 0 ||
        used.has(entry.bdf) ||
        !/^(?:01|0200)/.test(fn.classCode ?? '')
      )
        return [];
      return [
        {
          confidence: 'possible',
          severity: 'warning',
          subject,
          title: `pptdevs reserves ${nameOf(host, entry.bdf)}, which no VM uses and which is no graphics card`,
          detail:
            hint === ''
              ? 'The entry may be left over from a card that is gone or has moved.'
              : `The card may have moved to another address: ${hint}.`,
          evidence: [entry, fn, ...moved.flatMap(functionsOf)],
        },
      ];
    });
    return [...(empty.length > 0 ? [nothingThere(empty, elsewhere, hint, spare)] : []), ...others];
  },
  examples: {
    fires: [
      {
        name: 'the card moved from bus 1 to bus 3 when another one was added',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\n',
          'host/pciconf.txt':
            'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec2 subvendor=0x1043 subdevice=0x8694\n    class      = bridge\n' +
            'vgapci0@pci0:3:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n' +
            "    device     = 'GP104GL [Tesla P4]'\n    class      = display\n",
        },
        expect: { confidence: 'likely', subject: { hostBdf: '1/0/0' } },
      },
    ],
    silent: [
      {
        name: 'a wireless card is passed on purpose',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="2/0/0"\n',
          'host/pciconf.txt':
            'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec2 subvendor=0x1043 subdevice=0x8694\n    class      = bridge\n' +
            'ppt0@pci0:2:0:0:\tclass=0x028000 rev=0x1a hdr=0x00 vendor=0x8086 device=0x2723 subvendor=0x8086 subdevice=0x0084\n    class      = network\n' +
            'vgapci0@pci0:3:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c82 subvendor=0x1458 subdevice=0x3763\n    class      = display\n',
        },
      },
      {
        name: 'an excerpt that does not show the named device',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\n',
          'host/pciconf.txt':
            'vgapci0@pci0:3:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c82 subvendor=0x1458 subdevice=0x3763\n    class      = display\n',
        },
      },
    ],
  },
});

/** Entries at whose address there is nothing: the card moved, or one in an external box is switched off. */
const nothingThere = (
  entries: readonly PptEntry[],
  elsewhere: readonly HostFunction[],
  hint: string,
  spare: boolean,
): Claim => ({
  confidence: elsewhere.length > 0 && !spare ? 'possible' : 'likely',
  subject: { hostBdf: entries[0]!.bdf! },
  title: `pptdevs names ${entries.map(({ bdf }) => bdf).join(', ')}, where no device is`,
  evidence: [...entries, ...elsewhere],
  ...(elsewhere.length > 0
    ? { detail: `The card may have moved to another address: ${hint}.` }
    : { kind: 'notice', severity: 'warning' }),
});

const fromTable = (functions: readonly HostFunction[]): boolean => functions.every(({ via }) => via === 'vm-passthru');
