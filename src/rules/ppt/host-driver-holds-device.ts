import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, NVIDIA_ATTACHED, onHost } from '../lib/bhyve-lines.ts';
import { holderOf, hostSubject, nameOf } from '../lib/hosts.ts';
import { namedAt, unboundDevices } from '../lib/meant.ts';

export default defineRule({
  code: 'host-driver-holds-device',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'A driver of the host takes the device before ppt can',
  why:
    'The device is named for passthrough, but another driver has it. ppt can only win when vmm is loaded by the boot ' +
    'loader: with vmm in kld_list of rc.conf, or loaded by hand, the drivers of the host have attached long before.',
  fix: [
    {
      text: 'Load vmm from loader.conf, together with pptdevs, and take it out of kld_list.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"', 'pptdevs="BUS/SLOT/FUNCTION"'] },
      on: 'host',
      reboot: 'host',
      verify: '`pciconf -l` shows the device as pptN',
    },
    {
      text: 'If the NVIDIA driver of the host is not needed for another card, take its modules out of kld_list and loader.conf.',
      command: 'sysrc kld_list-=nvidia-modeset',
      on: 'host',
      reboot: 'host',
      risk: 'a graphical session of the host on that driver ends',
    },
  ],
  references: [
    'vmm(4): load it from loader.conf',
    'sys/dev/pci/vga_pci.c',
    'https://github.com/chyves/chyves/issues/3',
  ],
  knowledge: 'source',
  needs: ['host-pci'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED, attached: NVIDIA_ATTACHED }),
  explains: ['device-not-ppt', 'device-assign-failed', 'vm-start-failed'],
  check({ host, hits }) {
    return unboundDevices(host, hits('notAssigned')).flatMap((device) => {
      const { fn, bdf, refused, obstacle, shownBy } = device;
      if (fn === undefined || device.reserved.length + device.passed.length === 0) return [];
      const attached = hits('attached').filter(({ groups }) => groups.unit === fn.unit);
      // Before the reboot the driver has every right to the device.
      if (
        obstacle !== 'host-driver' &&
        (attached.length === 0 || obstacle === 'reboot' || device.reserved.length === 0)
      )
        return [];
      return [
        {
          confidence: refused.length > 0 ? ('confirmed' as const) : ('likely' as const),
          subject: hostSubject(host, bdf),
          title: `The device ${nameOf(host, bdf)} was taken by ${holderOf(fn)} before ppt could`,
          evidence: [...new Set([fn, ...shownBy, ...attached, ...namedAt(device)])],
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'vmm is loaded by rc.conf, too late',
        files: {
          'host/loader.conf': 'zfs_load="YES"\npptdevs="3/0/0"\n',
          'host/rc.conf': 'kld_list="vmm nmdm"\nvm_enable="YES"\n',
          'host/pciconf.txt':
            'vgapci0@pci0:3:0:0:\tclass=0x030000 rev=0x00 hdr=0x00 vendor=0x1002 device=0x68f9 subvendor=0x1787 subdevice=0x2291\n' +
            "    device     = 'Cedar [Radeon HD 5000/6000/7350/8350 Series]'\n" +
            '    class      = display\n',
        },
        expect: { confidence: 'likely', subject: { hostBdf: '3/0/0', pciId: '1002:68f9' } },
      },
    ],
    silent: [
      {
        name: 'the NVIDIA driver serves another card of the host',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="3/0/0"\n',
          'host/rc.conf': 'kld_list="nvidia-modeset"\nvm_enable="YES"\n',
          'host/pciconf.txt':
            'ppt0@pci0:3:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1043 subdevice=0x85b6\n    class      = display\n' +
            'vgapci0@pci0:4:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1d01 subvendor=0x1043 subdevice=0x85f4\n    class      = display\n',
        },
      },
    ],
  },
});
