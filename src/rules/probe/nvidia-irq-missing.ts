import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'nvidia-irq-missing',
  stage: 'probe',
  kind: 'symptom',
  severity: 'error',
  title: 'The NVIDIA driver finds no interrupt for the card',
  why:
    'The kernel module refuses a card whose PCI device has interrupt number 0 and no MSI-X capability, before it would ' +
    'have switched MSI on. The advice about BIOS settings that it prints means physical machines; a VM has none of them.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    noIrq: {
      regex: /Can't find an IRQ for your NVIDIA card/,
      literals: ["Can't find an IRQ for your NVIDIA card"],
    },
  },
  check({ hits }) {
    const lines = hits('noIrq');
    return lines.length > 0 ? [{ confidence: 'confirmed', evidence: lines }] : [];
  },
  examples: {
    fires: [
      {
        name: 'probe gives up',
        files: {
          'guest/vm/dmesg.txt':
            '[    3.114209] nvidia-nvlink: Nvlink Core is being initialized, major device number 238\n' +
            "[    3.114311] NVRM: Can't find an IRQ for your NVIDIA card!\n" +
            '[    3.114312] NVRM: Please check your BIOS settings.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'routing warning before a good probe',
        files: {
          'guest/vm/dmesg.txt':
            "[    3.001100] nvidia 0000:00:05.0: can't derive routing for PCI INT A\n" +
            '[    3.233001] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n',
        },
      },
    ],
  },
});
