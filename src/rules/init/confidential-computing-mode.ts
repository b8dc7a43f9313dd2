import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'confidential-computing-mode',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The card is in confidential computing mode, and this VM is not',
  why: 'Hopper and Blackwell boards can be switched into a mode in which they talk only to a VM with encrypted memory. The switch lives in the card and survives reboots; in any other VM the driver refuses.',
  fix: [
    {
      text: 'Switch the mode off on a machine that sees the card directly.',
      command: 'nvidia_gpu_tools.py --set-cc-mode=off --reset-after-cc-mode-switch --gpu-bdf=BDF',
      on: 'host',
      reboot: 'host',
      risk: 'the tool resets the card: no VM may use it meanwhile',
      verify: '`nvidia_gpu_tools.py --query-cc-mode` says off',
    },
  ],
  references: ['https://github.com/NVIDIA/nvtrust', 'https://github.com/NVIDIA/gpu-admin-tools'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    refused: {
      regex:
        /NVRM: .{0,80}(?:CPU does not support confidential compute|GPU does not support confidential compute|GPU confidential compute capability is not enabled|BARs will be blocked for CC)/,
      literals: [
        'does not support confidential compute',
        'confidential compute capability is not',
        'BARs will be blocked for CC',
      ],
    },
  },
  explains: [...BROKEN_BY_INIT, 'driver-probe-failed', 'gsp-boot-failure'],
  check(input) {
    return claimsOfHits(input, input.hits('refused'), 'likely');
  },
  examples: {
    fires: [
      {
        name: 'an ordinary VM',
        files: {
          'guest/vm/dmesg.txt': '[    5.010001] NVRM: GPU 0000:00:05.0: CPU does not support confidential compute.\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a table of features that nvidia-smi prints',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (root@vm)  Sun Jul 27 2025\n',
        },
      },
    ],
  },
});
