import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'bar-firewall-timeout',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The card keeps its registers locked: its firmware has not started',
  why: 'Blackwell cards open their BARs only after their own firmware has started. When the wait ends without that, the card was not reset or not powered as it should be.',
  fix: [
    {
      text: 'Power the host off and on, then start the VM once.',
      on: 'hardware',
      reboot: 'host',
      verify: 'the line does not come again',
    },
    { text: 'Update the VBIOS of the card with the tool of its maker, on a machine where it works.', on: 'hardware' },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    waited: { regex: /NVRM: .{0,60}failed to wait for bar firewall to lower/, literals: ['bar firewall to lower'] },
  },
  explains: [
    ...BROKEN_BY_INIT,
    'driver-probe-failed',
    'gpu-not-present',
    'nvidia-smi-no-driver',
    'gpu-fell-off-bus',
    'register-access-failed',
    'gsp-boot-failure',
  ],
  check(input) {
    return claimsOfHits(input, input.hits('waited'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'the wait ends',
        files: { 'guest/vm/dmesg.txt': '[    5.010001] NVRM: failed to wait for bar firewall to lower\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another wait',
        files: {
          'guest/vm/dmesg.txt':
            '[    7.1] NVRM: gpuWaitForGfwBootComplete_TU102: failed to wait for GFW_BOOT: (progress 0x3)\n',
        },
      },
    ],
  },
});
