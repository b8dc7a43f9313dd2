import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'open-module-unsupported-gpu',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The open kernel module cannot drive a GPU older than Turing',
  why:
    'The open kernel modules leave the work to the GPU System Processor, which came with Turing. Pascal, Maxwell and ' +
    'Volta cards (Tesla P4, P10, P40, M40, V100, GTX 10xx) have none and need the proprietary module.',
  fix: [
    {
      text: 'Replace the "-open" driver package by the proprietary one of branch 580 or older (580 is the last that serves Maxwell, Pascal and Volta).',
      command: 'apt-get install --purge nvidia-driver-580-server nvidia-dkms-580-server',
      on: 'guest',
      reboot: 'guest',
      verify: '`modinfo -F license nvidia` says NVIDIA',
    },
  ],
  references: [
    'open-gpu-kernel-modules, README, "Compatible GPUs"',
    'NVIDIA driver README, "Open Linux Kernel Modules"',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    // Wraps and greps cut this message in many ways; each of these pieces occurs in no other one.
    refused: {
      regex:
        /not supported by open nvidia\.ko|nvidia\.ko because it does not include the|required GPU System Processor \(GSP\)/,
      literals: ['supported by open', 'nvidia.ko because', 'GPU System Processor'],
    },
  },
  explains: [
    'nvidia-smi-no-driver',
    'nvidia-smi-no-devices',
    'driver-probe-failed',
    'gpu-not-present',
    'gpu-init-failed',
    'rm-init-adapter-failed',
  ],
  check(input) {
    return claimsOfHits(input, input.hits('refused'), 'confirmed', (guest, _own, bdf) => {
      const named = guest.gpus.find((gpu) => gpu.bdf === bdf) ?? guest.gpus[0];
      return named === undefined
        ? {}
        : { subject: { guest: guest.name, guestBdf: named.bdf, ...(named.pciId && { pciId: named.pciId }) } };
    });
  },
  examples: {
    fires: [
      {
        name: 'a Pascal card meets the open module',
        files: {
          'guest/vm/dmesg.txt':
            '[    6.100001] NVRM: The NVIDIA GPU 0000:00:05.0 (PCI ID: 10de:1b38)\n' +
            '               NVRM: installed in this system is not supported by open\n' +
            '               NVRM: nvidia.ko because it does not include the required GPU\n' +
            '               NVRM: System Processor (GSP).\n' +
            '[    6.103001] nvidia: probe of 0000:00:05.0 failed with error -1\n',
        },
        expect: { confidence: 'confirmed', subject: { guest: 'vm', guestBdf: '0000:00:05.0', pciId: '10de:1b38' } },
      },
    ],
    silent: [
      {
        name: 'the opposite: this card needs the open module',
        files: {
          'guest/vm/dmesg.txt':
            '[    6.100001] NVRM: The NVIDIA GPU 0000:00:05.0 (PCI ID: 10de:2b85)\n' +
            '               NVRM: installed in this system requires use of the NVIDIA open kernel modules.\n',
        },
      },
    ],
  },
});
