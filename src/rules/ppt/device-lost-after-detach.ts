import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { functionAt, hostSubject } from '../lib/hosts.ts';

export default defineRule({
  code: 'device-lost-after-detach',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'The device stopped answering after ppt let go of it',
  why:
    'Taking a device away from ppt, or unloading vmm, resets it and may leave it powered down. It then shows no capabilities, no ' +
    'driver can attach, and the next access to its configuration space or a suspend can freeze the host.',
  fix: [
    { text: 'Switch the host off and on again (a cold start): the device comes back.', on: 'hardware', reboot: 'host' },
    {
      text: 'Leave the device on ppt: stop the guest without `devctl clear driver` and without unloading vmm.',
      on: 'host',
      risk: 'do not probe a device in this state with pciconf or devctl; that is what froze hosts',
    },
  ],
  references: ['sys/amd64/vmm/io/ppt.c, ppt_detach', 'devctl(8)', 'wifibox(8)'],
  knowledge: 'seen',
  needs: [],
  needsAny: ['host-log', 'bhyve-log'],
  patterns: onHost({
    failed: {
      regex: /devctl: Failed to (?:clear|detach|set|reset|enable) (?<device>\S+).{0,40}: Device not configured/,
      literals: ['devctl: Failed to'],
    },
    detached: { regex: /\bppt\d+: detached/, literals: [': detached'] },
    msi: {
      regex: /failed to initialize MSI for PCI (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3})/,
      literals: ['failed to initialize MSI for PCI'],
    },
  }),
  explains: ['vmm-reload', 'device-no-msi', 'device-not-ppt', 'vm-start-failed'],
  check({ host, hits }) {
    const failed = hits('failed');
    const silent = host.functions.filter(
      (fn) => fn.driver === null && !fn.isBridge && fn.via === 'pciconf' && fn.capabilityCount === 0,
    );
    if (failed.length > 0) {
      // The same error comes from a device that no driver of the host wants; one that still lists capabilities answers.
      const answering = host.functions.filter((fn) => fn.driver === null && fn.capabilityCount > 0);
      if (silent.length === 0 && answering.length > 0) return [];
      const shown = silent.length === 1 ? silent : [];
      return [
        {
          confidence: shown.length > 0 ? 'likely' : 'possible',
          ...(shown[0] ? { subject: hostSubject(host, shown[0].bdf) } : {}),
          evidence: [...failed, ...hits('detached'), ...shown],
          ...(shown.length > 0 ? {} : { decideWith: 'pciconf -lvc' }),
        },
      ];
    }
    return hits('msi').flatMap((hit) => {
      const fn = functionAt(host, hit.groups.bdf!);
      return fn !== undefined && fn.capabilitiesShown && fn.capabilityCount === 0
        ? [
            {
              confidence: 'likely' as const,
              subject: hostSubject(host, fn.bdf),
              evidence: [hit, fn],
              title: 'The device no longer answers: it lists no capability at all',
            },
          ]
        : [];
    });
  },
  examples: {
    fires: [
      {
        name: 'detached from ppt, then without capabilities',
        files: {
          'host/console.txt':
            '# devctl clear driver -f ppt1\n' +
            'ppt1: detached\n' +
            'devctl: Failed to clear ppt1 driver: Device not configured\n' +
            '# pciconf -lvc pci0:5:0:0\n' +
            'none2@pci0:5:0:0:\tclass=0x030000 rev=0xc7 hdr=0x00 vendor=0x1002 device=0x67df subvendor=0x1da2 subdevice=0xe353\n' +
            "    vendor     = 'Advanced Micro Devices, Inc. [AMD/ATI]'\n" +
            '    class      = display\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'no driver wants it, but it answers',
        files: {
          'host/console.txt':
            '# devctl clear driver -f ppt1\n' +
            'ppt1: detached\n' +
            'devctl: Failed to clear ppt1 driver: Device not configured\n' +
            '# pciconf -lvc pci0:5:0:0\n' +
            'none2@pci0:5:0:0:\tclass=0x030000 rev=0xc7 hdr=0x00 vendor=0x1002 device=0x67df subvendor=0x1da2 subdevice=0xe353\n' +
            '    class      = display\n' +
            '    cap 01[50] = powerspec 3  supports D0 D1 D2 D3  current D0\n' +
            '    cap 05[a0] = MSI supports 1 message, 64 bit \n',
        },
      },
    ],
  },
});
