import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'open-module-required',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'This GPU needs the open kernel module, the proprietary one is loaded',
  why: 'Blackwell and newer GPUs are served by the open kernel modules only. The proprietary module sees the card and then refuses to initialise it.',
  fix: [
    {
      text: 'Install the "-open" flavour of the same driver branch.',
      command: 'apt-get install nvidia-driver-580-open',
      on: 'guest',
      reboot: 'guest',
      verify: '`modinfo -F license nvidia` says Dual MIT/GPL',
    },
  ],
  references: ['NVIDIA driver README, "Open Linux Kernel Modules"'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    required: {
      regex: /requires use of the NVIDIA open kernel modules/,
      literals: ['NVIDIA open kernel modules', 'requires use of the'],
    },
  },
  explains: [
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'nvidia-smi-no-devices',
    'driver-probe-failed',
    'gpu-init-failed',
  ],
  check(input) {
    return claimsOfHits(input, input.hits('required'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'a Blackwell card with the proprietary module',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.499014] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  575.64.03  Tue Jul  1 00:00:00 UTC 2025\n' +
            '[    5.559842] NVRM: The NVIDIA GPU 0000:00:05.0 (PCI ID: 10de:2b85)\n' +
            '               NVRM: installed in this system requires use of the NVIDIA open kernel modules.\n' +
            '[    5.559858] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x22:0x56:878)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the same triple after MSI-X was refused',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.499014] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  575.64.03  Tue Jul  1 00:00:00 UTC 2025\n' +
            '[    5.549842] NVRM: Failed to enable MSI-X.\n' +
            '[    5.559858] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x22:0x56:878)\n',
        },
      },
    ],
  },
});
