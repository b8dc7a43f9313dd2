import { defineRule } from '../../model/rule.ts';
import { BDF, claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'nouveau-bound',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'Another driver holds the card, so the NVIDIA module cannot take it',
  why:
    'The kernel gives a PCI device to one driver. When nouveau (or another driver) took the card first, the NVIDIA ' +
    'module is loaded but its probe routine is never called, and it unloads again.',
  fix: [
    {
      text: 'Keep nouveau from loading and rebuild the initial RAM disk, then reboot the guest.',
      file: {
        path: '/etc/modprobe.d/blacklist-nouveau.conf',
        lines: ['blacklist nouveau', 'options nouveau modeset=0'],
      },
      on: 'guest',
    },
    {
      text: 'Rebuild the initial RAM disk (Debian and Ubuntu; `dracut --force` on Fedora and its kin).',
      command: 'update-initramfs -u',
      on: 'guest',
      reboot: 'guest',
      verify: '`lspci -k` names nvidia as the driver in use',
    },
  ],
  references: [
    'open-gpu-kernel-modules, kernel-open/nvidia/nv.c',
    'NVIDIA driver README, "Interaction with the Nouveau driver"',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    notCalled: {
      regex: /The NVIDIA probe routine was not called for (?<count>\d+) device/,
      literals: ['The NVIDIA probe routine was not called'],
    },
    nouveau: {
      regex: new RegExp(String.raw`nouveau ${BDF}: (?:NVIDIA \w+|unknown chipset|fb|DRM|enabling device|vgaarb)`),
      literals: ['nouveau '],
    },
    vfio: {
      regex: new RegExp(String.raw`NVRM: GPU ${BDF} is already bound to (?:vfio-pci|pci-stub)`),
      literals: ['is already bound to'],
    },
    framebuffer: { regex: /\b(?:nvidiafb|rivafb): /, literals: ['nvidiafb: ', 'rivafb: '] },
  },
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices', 'gpu-not-present', 'driver-probe-failed'],
  check(input) {
    const named = input.hits('nouveau');
    // vfio-pci and the framebuffer drivers have findings of their own.
    const others = input.hits('vfio').length + input.hits('framebuffer').length;
    return claimsOfHits(input, input.hits('notCalled'), named.length > 0 ? 'confirmed' : 'likely', (guest, own) =>
      others > 0
        ? undefined
        : { evidence: [...own, ...named.filter((hit) => (hit.guest ?? guest.name) === guest.name)] },
    );
  },
  examples: {
    fires: [
      {
        name: 'nouveau took the card at boot',
        files: {
          'guest/vm/dmesg.txt':
            '[    1.810331] nouveau 0000:00:05.0: NVIDIA GP104 (134000a1)\n' +
            '[   14.201155] nvidia-nvlink: Nvlink Core is being initialized, major device number 510\n' +
            '[   14.203412] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n' +
            '[   14.203413] NVRM: This can occur when another driver was loaded and\n' +
            '               NVRM: obtained ownership of the NVIDIA device(s).\n' +
            '[   14.203414] NVRM: No NVIDIA devices probed.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'nouveau drives the card and nobody tried the NVIDIA module',
        files: { 'guest/vm/dmesg.txt': '[    1.810331] nouveau 0000:00:05.0: NVIDIA GP104 (134000a1)\n' },
      },
      {
        name: 'held for passthrough by vfio-pci',
        files: {
          'guest/box/dmesg.txt':
            '[  101.100001] NVRM: GPU 0000:0a:00.0 is already bound to vfio-pci.\n' +
            '[  101.100432] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n',
        },
      },
    ],
  },
});
