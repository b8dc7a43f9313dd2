import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'host-framebuffer-owns-bar',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The framebuffer of the Linux host holds part of a BAR of the card',
  why: 'On a Linux host the boot framebuffer may lie inside a BAR of the card. vfio-pci then cannot reserve that BAR, and the guest gets a card with a part missing.',
  fix: [
    {
      text: 'Keep the boot framebuffer off the card: choose another graphics device as primary in the firmware, or boot the Linux host without it.',
      command: 'video=efifb:off',
      on: 'host',
      reboot: 'host',
      risk: 'the console of the host goes dark until its own driver loads',
      verify: 'the host kernel no longer says "can\'t reserve" for the card',
    },
  ],
  references: ['Linux drivers/pci/pci.c', 'Linux drivers/vfio/pci'],
  knowledge: 'seen',
  needs: [],
  patterns: {
    reserve: {
      regex: /vfio-pci (?<bdf>[0-9a-f:.]+): BAR (?<bar>\d):? (?:\[mem [^\]]*\]: )?can't reserve/,
      literals: ["can't reserve"],
    },
  },
  explains: [
    'rm-init-adapter-failed',
    'gpu-init-failed',
    'drm-device-alloc-failed',
    'nvidia-smi-no-devices',
    'gpu-needs-cold-power-cycle',
    'bound-to-vfio-pci',
  ],
  check({ hits }) {
    const lines = hits('reserve');
    return lines.length > 0 ? [{ confidence: 'confirmed', evidence: lines, count: lines.length }] : [];
  },
  examples: {
    fires: [
      {
        name: 'vfio-pci cannot have BAR 1',
        files: {
          'host/linux-dmesg.txt':
            "[34060.617993] vfio-pci 0000:0a:00.0: BAR 1: can't reserve [mem 0xe0000000-0xefffffff 64bit pref]\n",
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another device cannot have its range',
        files: {
          'guest/box/dmesg.txt': "[    1.617993] ahci 0000:00:1f.2: BAR 5: can't reserve [mem 0xf7d16000-0xf7d167ff]\n",
        },
      },
    ],
  },
});
