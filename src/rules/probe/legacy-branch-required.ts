import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'legacy-branch-required',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The GPU is served only by an older driver branch',
  why:
    'NVIDIA moves old GPUs to legacy branches. A newer driver names the branch in the kernel log and ignores the card. ' +
    'Since 590 that is the 580 branch for Maxwell, Pascal and Volta.',
  fix: [
    {
      text: 'Install the branch that the message names, and hold it so that an upgrade does not replace it.',
      command: 'apt-get install nvidia-driver-580 && apt-mark hold nvidia-driver-580',
      on: 'guest',
      reboot: 'guest',
      verify: 'the message is gone and `nvidia-smi` lists the card',
    },
  ],
  references: ['NVIDIA driver README, "Supported NVIDIA GPU Products"'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    legacy: {
      regex: /supported through the NVIDIA (?<branch>\d{2,3}\.\S*) Legacy drivers/,
      literals: ['Legacy drivers', 'supported through the'],
    },
    ignored: {
      regex: /ignoring the legacy GPU (?<bdf>[0-9a-f:.]+)/,
      literals: ['ignoring the legacy GPU'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices', 'gpu-not-present', 'driver-probe-failed'],
  check(input) {
    const lines = [...input.hits('legacy'), ...input.hits('ignored')];
    return claimsOfHits(input, lines, 'confirmed', (_guest, own) => {
      const branch = own.find(({ groups }) => groups.branch !== undefined)?.groups.branch;
      return branch === undefined ? {} : { detail: `The driver names the ${branch} branch for this GPU.` };
    });
  },
  examples: {
    fires: [
      {
        name: 'an upgrade went past the last branch for Pascal',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: The NVIDIA Tesla P40 GPU installed in this system is\n' +
            '               NVRM:  supported through the NVIDIA 580.xx Legacy drivers. Please\n' +
            '               NVRM:  visit http://www.nvidia.com/object/unix.html for more\n' +
            '               NVRM:  information.  The 595.45.04 NVIDIA driver will ignore\n' +
            '               NVRM:  this GPU.  Continuing probe...\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the right branch is loaded',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
