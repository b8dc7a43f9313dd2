import { defineRule } from '../../model/rule.ts';
import { functionsOf, hostSubject, nameOf } from '../lib/hosts.ts';

export default defineRule({
  code: 'gpu-binding',
  stage: 'ppt',
  kind: 'notice',
  severity: 'info',
  title: 'What the functions of the graphics cards are bound to',
  why:
    'pptN means reserved for passthrough, vgapciN that the host has the card (with or without the nvidia driver, which does not ' +
    'show in pciconf), none that no driver wants it. READY in the table of vm-bhyve says no more than that the name begins with ppt.',
  fix: [],
  references: ['pciconf(8)', 'sys/dev/pci/vga_pci.c'],
  knowledge: 'source',
  needs: ['host-pci'],
  check({ host }) {
    return host.gpus.map((gpu) => ({
      confidence: 'confirmed',
      subject: hostSubject(host, gpu.display.bdf),
      title: `${nameOf(host, gpu.display.bdf)}: ${functionsOf(gpu)
        .map(({ bdf, unit, driver }) => `${bdf} ${driver === null ? 'no driver' : unit}`)
        .join(', ')}`,
      evidence: functionsOf(gpu),
    }));
  },
  examples: {
    fires: [
      {
        name: 'a card with two functions',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:7:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1043 subdevice=0x85b6\n    class      = display\n' +
            'ppt1@pci0:7:0:1:\tclass=0x040300 rev=0xa1 hdr=0x00 vendor=0x10de device=0x10f1 subvendor=0x1043 subdevice=0x85b6\n    class      = multimedia\n',
        },
        expect: { kind: 'notice', severity: 'info', subject: { hostBdf: '7/0/0', pciId: '10de:1c03' } },
      },
    ],
    silent: [
      {
        name: 'a listing without a graphics card',
        files: {
          'host/pciconf.txt':
            'em0@pci0:0:31:6:\tclass=0x020000 rev=0x10 hdr=0x00 vendor=0x8086 device=0x15bc subvendor=0x1043 subdevice=0x8672\n    class      = network\n',
        },
      },
    ],
  },
});
