import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'guest-bios-setting',
  stage: 'probe',
  kind: 'notice',
  severity: 'info',
  title: 'The driver advises BIOS settings that a VM does not have',
  why: 'The NVIDIA module prints advice about "Plug & Play OS" and "Assign IRQ to VGA". It means physical machines; in a bhyve guest there is nothing to set.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    advice: {
      regex: /\[(?:Plug & Play OS|Assign IRQ to VGA)\] should be set to/,
      literals: ['Plug & Play OS', 'Assign IRQ to VGA'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('advice'), 'confirmed', (guest) => (guest.isBhyve === true ? {} : undefined));
  },
  examples: {
    fires: [
      {
        name: 'advice inside a bhyve guest',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            "[    2.901130] NVRM: Can't find an IRQ for your NVIDIA card!\n" +
            '[    2.901131] NVRM: Please check your BIOS settings.\n' +
            '[    2.901132] NVRM: [Plug & Play OS] should be set to NO\n' +
            '[    2.901133] NVRM: [Assign IRQ to VGA] should be set to YES\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'the same advice on a physical machine may help',
        files: {
          'guest/box/dmesg.txt':
            '[    0.000000] DMI: ASUSTeK COMPUTER INC. P5B, BIOS 1803 01/01/2008\n' +
            "[    2.901130] NVRM: Can't find an IRQ for your NVIDIA card!\n" +
            '[    2.901133] NVRM: [Assign IRQ to VGA] should be set to YES\n',
        },
      },
    ],
  },
});
