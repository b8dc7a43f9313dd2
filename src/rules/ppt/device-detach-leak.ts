import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'device-detach-leak',
  stage: 'ppt',
  kind: 'notice',
  severity: 'warning',
  title: 'A driver let go of a device without giving back its resources',
  why: 'The kernel found interrupts or memory ranges still held when the driver was changed on the running system. The next driver may not get them.',
  fix: [
    {
      text: 'Reserve the device by pptdevs in /boot/loader.conf and reboot, instead of changing its driver with devctl.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"', 'pptdevs="BUS/SLOT/FUNCTION"'] },
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['sys/dev/pci/pci.c, pci_child_detached', 'devctl(8)'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    leaked: {
      regex: /Device leaked (?:MSI vectors|memory resources|I\/O resources|IRQ resources)/,
      literals: ['Device leaked '],
    },
    owned: { regex: /Resource still owned, oops/, literals: ['Resource still owned, oops'] },
  }),
  check({ hits }) {
    return saidOnHost([...hits('leaked'), ...hits('owned')]);
  },
  examples: {
    fires: [
      {
        name: 'vectors that nobody freed',
        files: { 'host/dmesg.txt': 'vgapci0: detached\npci0:4:0:0: Device leaked MSI vectors\n' },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'a clean detach',
        files: { 'host/dmesg.txt': 'vgapci0: detached\nppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n' },
      },
    ],
  },
});
