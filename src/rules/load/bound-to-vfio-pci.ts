import { defineRule } from '../../model/rule.ts';
import { BDF, claimsOfHits, guestSubject, hitsOf } from '../lib/guests.ts';

export default defineRule({
  code: 'bound-to-vfio-pci',
  stage: 'load',
  kind: 'notice',
  severity: 'info',
  title: 'The card is bound to vfio-pci',
  why:
    'vfio-pci holds a card so that a virtual machine of this Linux host can have it. That is as it should be on such a ' +
    'host. In a guest, or on a machine that is to use the card itself, it keeps the NVIDIA driver away.',
  fix: [
    {
      text: 'If this machine is to use the card: take its ids out of the vfio-pci options, rebuild the initial RAM disk and reboot.',
      command: 'grep -r vfio-pci /etc/modprobe.d /proc/cmdline',
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    bound: {
      regex: new RegExp(String.raw`GPU ${BDF} is already bound to (?:vfio-pci|pci-stub)`),
      literals: ['is already bound to'],
    },
    notCalled: {
      regex: /The NVIDIA probe routine was not called for \d+ device/,
      literals: ['The NVIDIA probe routine was not called'],
    },
  },
  explains: [
    'nvidia-smi-no-driver',
    'nvidia-smi-no-devices',
    'gpu-not-present',
    'driver-probe-failed',
    'nouveau-bound',
  ],
  check(input) {
    const claims = claimsOfHits(input, input.hits('bound'), 'confirmed', (guest, own) => {
      const refused = hitsOf(guest, input.hits('notCalled'));
      // The NVIDIA module was tried here and found every card taken: then this is what stopped it.
      if (refused.length === 0) return {};
      return { kind: 'cause', severity: 'warning', evidence: [...own, ...refused] };
    });
    if (claims.length > 0) return claims;
    return input.guests.flatMap((guest) =>
      guest.gpus
        .filter(({ driver }) => driver?.value === 'vfio-pci')
        .map((gpu) => ({
          confidence: 'confirmed' as const,
          subject: guestSubject(guest, gpu.bdf),
          evidence: [gpu.driver!],
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'the NVIDIA module meets a card held by vfio-pci',
        files: {
          'guest/box/dmesg.txt':
            '[  101.100001] NVRM: GPU 0000:0a:00.0 is already bound to vfio-pci.\n' +
            '[  101.100432] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n',
        },
        expect: { kind: 'cause', confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'vfio is loaded, the card belongs to nvidia',
        files: {
          'guest/box/dmesg.txt':
            '[    1.000301] VFIO - User Level meta-driver version: 0.3\n' +
            '[    4.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024\n',
        },
      },
    ],
  },
});
