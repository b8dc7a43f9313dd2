import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { functionAt, hostSubject } from '../lib/hosts.ts';
import { meantDevices, namedAt } from '../lib/meant.ts';

export default defineRule({
  code: 'device-no-msi',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The device offers bhyve neither MSI nor MSI-X',
  why:
    'bhyve passes interrupts as MSI or MSI-X only and refuses a device that shows neither. Few devices truly lack both: a device ' +
    'that is powered down or no longer answers reads as all ones and so shows no capability at all.',
  fix: [
    {
      text: 'Look at the capabilities of the device. If none at all are listed, it is asleep or lost: switch the host off and on.',
      command: 'pciconf -lvbBceV pci0:BUS:SLOT:FUNCTION',
      on: 'host',
    },
    { text: 'A device that lists capabilities, but no MSI and no MSI-X, cannot be passed with bhyve.', on: 'hardware' },
  ],
  references: ['usr.sbin/bhyve/pci_passthru.c, cfginit'],
  knowledge: 'source',
  needs: [],
  needsAny: ['bhyve-log', 'host-pci-capabilities'],
  patterns: onHost({
    refused: {
      regex: /failed to initialize MSI for PCI (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3})/,
      literals: ['failed to initialize MSI for PCI'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    const refused = hits('refused');
    const said = new Set(refused.map(({ groups }) => groups.bdf));
    const fromLog = refused.flatMap((hit): Claim[] => {
      const fn = functionAt(host, hit.groups.bdf!);
      const subject = hostSubject(host, hit.groups.bdf!);
      // A listing with capabilities tells whether the device lacks MSI or had stopped answering.
      if (fn === undefined || !fn.capabilitiesShown)
        return [{ confidence: 'likely', subject, evidence: [hit], decideWith: 'pciconf -lvbBceV' }];
      if (fn.msi !== undefined || fn.msix !== undefined || fn.capabilityCount === 0) return [];
      return [{ confidence: 'confirmed', subject, evidence: [hit, fn] }];
    });
    const fromListing = meantDevices(host).flatMap((device): Claim[] => {
      const { fn, bdf } = device;
      if (fn === undefined || said.has(bdf) || !fn.capabilitiesShown || fn.isBridge) return [];
      if (fn.msi !== undefined) return [{ state: 'absent', subject: hostSubject(host, bdf), against: [fn.msi] }];
      if (fn.msix !== undefined) return [{ state: 'absent', subject: hostSubject(host, bdf), against: [fn.msix] }];
      // Powered-down cards list no capability at all, which says nothing about MSI.
      if (fn.capabilityCount === 0) return [];
      return [{ confidence: 'likely', subject: hostSubject(host, bdf), evidence: [fn, ...namedAt(device)] }];
    });
    return [...fromLog, ...fromListing];
  },
  examples: {
    fires: [
      {
        name: 'bhyve refuses the device',
        files: {
          'host/bhyve.log':
            'bhyve: failed to initialize MSI for PCI 11/0/3\nDevice emulation initialization error: No error: 0\n',
        },
        expect: { confidence: 'likely', subject: { hostBdf: '11/0/3' } },
      },
      {
        name: 'a reserved device whose capabilities name no MSI',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:5:1:0:\tclass=0x030000 rev=0xa3 hdr=0x00 vendor=0x10de device=0x0141 subvendor=0x10de subdevice=0x0245\n' +
            '    class      = display\n' +
            '    cap 01[60] = powerspec 2  supports D0 D3  current D0\n' +
            '    cap 02[44] = AGP 8x 4x 2x 1x SBA enabled\n',
          'host/loader.conf': 'vmm_load="YES"\npptdevs="5/1/0"\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a powered-down card that lists nothing, and a card with MSI that is not in use yet',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:1:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1fb9 subvendor=0x1028 subdevice=0x0906\n' +
            '    class      = display\n' +
            'ppt1@pci0:5:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n' +
            '    class      = display\n' +
            '    cap 05[68] = MSI supports 1 message, 64 bit \n',
          'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 5/0/0"\n',
        },
      },
    ],
  },
});
