import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { hostSubject, isMeant } from '../lib/hosts.ts';

export default defineRule({
  code: 'no-function-level-reset',
  stage: 'host',
  kind: 'notice',
  severity: 'info',
  title: 'The card offers no function-level reset',
  why:
    'Between two runs of a VM bhyve resets the device. Cards without FLR (most NVIDIA cards up to Volta, and T4) are only put through a power ' +
    'state change. The first start after power-on works; a later one may find the card in a state that its driver refuses.',
  fix: [
    {
      text: 'Unload the driver in the guest before it is shut down, and power the host off and on if a later start fails.',
      command: 'rmmod nvidia_drm nvidia_modeset nvidia_uvm nvidia',
      on: 'guest',
    },
  ],
  references: ['sys/amd64/vmm/io/ppt.c, ppt_pci_reset', 'pciconf(8), -c'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-pci-capabilities', 'guest-log'],
  patterns: {
    said: { regex: /NVRM: .{0,60}FLR not supported by the device/, literals: ['FLR not supported by the device'] },
  },
  check(input) {
    const { host } = input;
    const cards = host.gpus.filter((gpu) => gpu.display.flr === false && isMeant(host, gpu));
    return [
      ...cards.map(({ display }) => ({
        confidence: 'confirmed' as const,
        subject: hostSubject(host, display.bdf),
        evidence: [display],
      })),
      ...claimsOfHits(input, input.hits('said'), 'confirmed'),
    ];
  },
  examples: {
    fires: [
      {
        name: 'a reserved card whose PCI-Express capability shows no FLR',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n' +
            '    cap 01[60] = powerspec 3  supports D0 D3  current D0\n' +
            '    cap 10[78] = PCI-Express 2 endpoint max data 256(256) max read 512\n' +
            '                 link x16(x16) speed 2.5(8.0)\n',
        },
        expect: { severity: 'info', subject: { hostBdf: '6/0/0', pciId: '10de:1bb3' } },
      },
    ],
    silent: [
      {
        name: 'FLR is offered',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:6:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x2236 subvendor=0x10de subdevice=0x1482\n' +
            '    cap 01[60] = powerspec 3  supports D0 D3  current D0\n' +
            '    cap 10[78] = PCI-Express 2 endpoint max data 256(256) FLR RO NS\n' +
            '                 link x16(x16) speed 16.0(16.0)\n',
        },
      },
      {
        name: 'a card that nobody passes',
        files: {
          'host/pciconf.txt':
            'vgapci0@pci0:6:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1b80 subvendor=0x10de subdevice=0x119e\n' +
            '    cap 10[78] = PCI-Express 2 endpoint max data 256(256) max read 512\n',
        },
      },
    ],
  },
});
