import { type Claim, defineRule } from '../../model/rule.ts';
import { askedAbout } from '../lib/excerpt.ts';
import { holderOf, hostSubject, nameOf } from '../lib/hosts.ts';

export default defineRule({
  code: 'gpu-function-not-passed',
  stage: 'ppt',
  kind: 'cause',
  severity: 'warning',
  title: 'Another function of the reserved card stays on a driver of the host',
  why:
    'A graphics card is up to four PCI functions: display, audio, USB and USB-C control. They share power state and reset, so a host ' +
    'driver on one of them can disturb the guest that has the others, and a reset by the guest can disturb the host.',
  fix: [
    {
      text: 'Name all functions of the card in pptdevs.',
      file: { path: '/boot/loader.conf', lines: ['pptdevs="BUS/SLOT/0 BUS/SLOT/1"'] },
      on: 'host',
      reboot: 'host',
      verify: '`pciconf -l` shows every function of that slot as pptN',
    },
    {
      text: 'Pass them to the VM in one guest slot, in their order (vm-bhyve does so for functions of one slot).',
      file: { path: 'NAME.conf', lines: ['passthru0="BUS/SLOT/0"', 'passthru1="BUS/SLOT/1"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['vmm(4), pptdevs', 'sys/amd64/vmm/io/ppt.c, ppt_pci_reset'],
  knowledge: 'inferred',
  needs: ['host-pci'],
  experiments: [
    {
      command: 'name all functions of the card in pptdevs, reboot, and pass them together',
      on: 'host',
      cost: 'host-reboot',
      why: 'some drivers look for the other functions of their card, and a host driver on one of them can reset all',
      decides: ['gpu-function-not-passed'],
      outcomes: [
        { if: 'the card works', then: 'the function that stayed on the host was the cause' },
        { if: 'the same failure', then: 'it is not the cause' },
      ],
    },
  ],
  check({ host }) {
    const alone = askedAbout(host);
    return host.gpus
      .filter(({ display }) => display.driver === 'ppt')
      .flatMap((gpu): Claim[] => {
        const { display, siblings } = gpu;
        const kept = siblings.filter(({ driver }) => driver !== null && driver !== 'ppt');
        const subject = hostSubject(host, display.bdf);
        if (kept.length === 0) return siblings.length === 0 ? [] : [{ state: 'absent', subject, against: siblings }];
        const lines = [display.bdf, ...siblings.map(({ bdf }) => bdf)].join(' ');
        return [
          {
            confidence: 'possible',
            // Many run well like this; it is a candidate only where somebody shows just this card.
            ...(alone.includes(gpu) ? {} : { kind: 'notice' }),
            subject,
            title: `The card ${nameOf(host, display.bdf)} is reserved, but ${kept.map((fn) => `${fn.bdf} is on ${holderOf(fn)}`).join(' and ')}`,
            evidence: [display, ...kept],
            fix: [
              {
                text: 'Name all functions of the card in pptdevs, beside what stands there already.',
                file: { path: '/boot/loader.conf', lines: [`pptdevs="${lines}"`] },
                on: 'host',
                reboot: 'host',
                verify: '`pciconf -l` shows every function of that slot as pptN',
              },
            ],
          },
        ];
      });
  },
  examples: {
    fires: [
      {
        name: 'the audio function has the sound driver of the host',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:7:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1043 subdevice=0x85b6\n    class      = display\n' +
            'hdac1@pci0:7:0:1:\tclass=0x040300 rev=0xa1 hdr=0x00 vendor=0x10de device=0x10f1 subvendor=0x1043 subdevice=0x85b6\n    class      = multimedia\n',
        },
        expect: { confidence: 'possible', severity: 'warning' },
      },
    ],
    silent: [
      {
        name: 'both functions are reserved; the sound of the mainboard is not part of the card',
        files: {
          'host/pciconf.txt':
            'hdac0@pci0:0:31:3:\tclass=0x040300 rev=0x10 hdr=0x00 vendor=0x8086 device=0xa348 subvendor=0x1043 subdevice=0x8723\n    class      = multimedia\n' +
            'ppt0@pci0:7:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1043 subdevice=0x85b6\n    class      = display\n' +
            'ppt1@pci0:7:0:1:\tclass=0x040300 rev=0xa1 hdr=0x00 vendor=0x10de device=0x10f1 subvendor=0x1043 subdevice=0x85b6\n    class      = multimedia\n',
        },
      },
    ],
  },
});
