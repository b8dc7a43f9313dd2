import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';
import { hostSubject } from '../lib/hosts.ts';
import { namedAt, unboundDevices } from '../lib/meant.ts';

export default defineRule({
  code: 'pptdevs-missing',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'No pptdevs line is in force, although passthrough is set up',
  why:
    'Without pptdevs in loader.conf no device is reserved at boot, and the drivers of the host take them all. A line behind # ' +
    'counts as no line.',
  fix: [
    {
      text: 'Add the line (or take the # away), with the decimal bus/slot/function of every function of the card.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"', 'pptdevs="BUS/SLOT/FUNCTION"'] },
      on: 'host',
      reboot: 'host',
      risk: 'the host loses the devices named: take its own drivers for that card out of rc.conf, and do not name its only graphics card',
      verify: '`pciconf -l` shows them as pptN',
    },
  ],
  references: ['vmm(4), pptdevs', 'loader.conf(5)'],
  knowledge: 'source',
  needs: ['loader-conf'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED }),
  explains: ['device-not-ppt', 'device-assign-failed', 'vm-start-failed'],
  check({ host, hits }) {
    const named = host.pptdevs.filter(({ bdf }) => bdf !== undefined);
    if (named.length > 0) return [{ state: 'absent', against: named }];
    const missing = unboundDevices(host, hits('notAssigned')).filter(({ obstacle }) => obstacle === 'no-entry');
    if (missing.length > 0) {
      return missing.map((device) => ({
        confidence: device.refused.length > 0 ? 'confirmed' : 'likely',
        subject: hostSubject(host, device.bdf),
        evidence: [...device.shownBy, ...namedAt(device), ...(device.fn ? [device.fn] : [])],
      }));
    }
    const reserved = host.functions.some(({ driver }) => driver === 'ppt');
    const broken = host.pptdevs.length + host.pptdevsUnread.length > 0;
    if (host.pptdevsCommented.length === 0 || host.vmmLoad === undefined || reserved || broken) return [];
    return [
      {
        confidence: 'likely',
        severity: 'warning',
        title: 'The pptdevs line is commented out',
        detail:
          'vmm is loaded and a device was once reserved, but the line that named it is switched off, perhaps on purpose.',
        evidence: [...host.pptdevsCommented, host.vmmLoad],
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'the line is behind #',
        files: { 'host/loader.conf': 'vmm_load="YES"\nzfs_load="YES"\n#pptdevs="5/0/0 5/0/1"\n' },
        expect: { confidence: 'likely' },
      },
      {
        name: 'a VM passes a card that the host has',
        files: {
          'host/loader.conf': 'vmm_load="YES"\nzfs_load="YES"\n',
          'host/pciconf.txt':
            'vgapci0@pci0:5:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1043 subdevice=0x85b6\n    class      = display\n',
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=8G\npassthru0="5/0/0"\n',
        },
        expect: { confidence: 'likely', subject: { hostBdf: '5/0/0', pciId: '10de:1c03' } },
      },
    ],
    silent: [
      {
        name: 'no line, and no device to pass',
        files: {
          'host/loader.conf': 'vmm_load="YES"\nzfs_load="YES"\n',
          'host/web.conf': 'loader="uefi"\ncpu=4\nmemory=8G\nnetwork0_type="virtio-net"\n',
        },
      },
      {
        name: 'an old line behind #, a new one in force',
        files: { 'host/loader.conf': 'vmm_load="YES"\n#pptdevs="5/0/0"\npptdevs="6/0/0"\n' },
      },
    ],
  },
});
