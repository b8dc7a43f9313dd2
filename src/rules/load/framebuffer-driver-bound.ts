import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, hitsOf } from '../lib/guests.ts';

export default defineRule({
  code: 'framebuffer-driver-bound',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'An old framebuffer driver holds the card',
  why: 'nvidiafb and rivafb claim NVIDIA cards at boot. The NVIDIA module then finds every card taken and gives up.',
  fix: [
    {
      text: 'Keep the framebuffer drivers from loading and reboot the guest.',
      file: { path: '/etc/modprobe.d/blacklist-fb.conf', lines: ['blacklist nvidiafb', 'blacklist rivafb'] },
      on: 'guest',
      reboot: 'guest',
      verify: '`lspci -k` no longer names nvidiafb or rivafb as the driver in use',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    notCalled: {
      regex: /The NVIDIA probe routine was not called for \d+ device/,
      literals: ['The NVIDIA probe routine was not called'],
    },
    framebuffer: {
      regex: /(?:^|\s)(?:nvidiafb|rivafb)(?: \S+)?: (?!.*(?:such as|nouveau))/,
      literals: ['nvidiafb', 'rivafb'],
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
    return claimsOfHits(input, input.hits('notCalled'), 'likely', (guest, own) => {
      const owner = hitsOf(guest, input.hits('framebuffer'));
      const bound = guest.gpus.find(({ driver }) => driver?.value === 'nvidiafb' || driver?.value === 'rivafb')?.driver;
      if (owner.length === 0 && bound === undefined) return undefined;
      return { confidence: 'confirmed', evidence: [...own, ...owner, ...(bound ? [bound] : [])] };
    });
  },
  examples: {
    fires: [
      {
        name: 'rivafb claimed the card',
        files: {
          'guest/vm/dmesg.txt':
            '[    2.400010] rivafb: nVidia device/chipset 10DE0240\n' +
            '[   12.300201] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n' +
            '[   12.300202] NVRM: No NVIDIA devices probed.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the driver only lists which drivers could be to blame',
        files: {
          'guest/vm/dmesg.txt':
            '[   12.300201] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n' +
            '[   12.300202] NVRM: This can occur when a driver such as nouveau, rivafb,\n' +
            '[   12.300203] NVRM: nvidiafb, or rivatv was loaded and obtained ownership of\n' +
            '[   12.300204] NVRM: the NVIDIA device(s).\n',
        },
      },
    ],
  },
});
