import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'vgpu-not-supported-here',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The driver meets a virtual GPU (vGPU) where it expects a card',
  why: 'A vGPU is a slice of a card that a hypervisor with the vGPU manager of NVIDIA hands out; bhyve has none. It needs the vGPU guest driver, and does not go together with a passed card in one VM.',
  fix: [
    {
      text: 'Install the vGPU guest driver that belongs to the manager on the host, or pass the whole card to a VM that has no vGPU.',
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: ['NVIDIA vGPU software documentation', 'open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    flavour: { regex: /vGPU.{0,160}not supported by open nvidia\.ko/, literals: ['by open nvidia.ko', 'vGPU'] },
    mixed: {
      regex: /vGPU and Passthrough not supported simultaneously/,
      literals: ['vGPU and Passthrough not supported'],
    },
  },
  explains: [
    'driver-probe-failed',
    'gpu-not-present',
    'nvidia-smi-no-driver',
    'nvidia-smi-no-devices',
    'open-module-unsupported-gpu',
  ],
  check(input) {
    return claimsOfHits(input, [...input.hits('flavour'), ...input.hits('mixed')], 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'both in one VM',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: vGPU and Passthrough not supported simultaneously on the same VM.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a card without GSP and the open module',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.1] NVRM: The NVIDIA GPU 0000:00:05.0 (PCI ID: 10de:1bb3)\n' +
            '          NVRM: installed in this system is not supported by open\n' +
            '          NVRM: nvidia.ko because it does not include the required GPU\n' +
            '          NVRM: System Processor (GSP).\n',
        },
      },
    ],
  },
});
