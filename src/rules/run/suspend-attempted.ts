import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'suspend-attempted',
  stage: 'run',
  kind: 'notice',
  severity: 'info',
  title: 'The guest tried to suspend with the card in use',
  why: 'Suspending a VM with a passed card is not supported: nobody saves the memory of the card, and the host does not put it to sleep with the guest.',
  fix: [
    {
      text: 'Switch suspend off in the guest.',
      command: 'systemctl mask sleep.target suspend.target hibernate.target',
      on: 'guest',
    },
  ],
  references: ['NVIDIA driver README, "Configuring Power Management Support"'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    suspend: {
      regex: /PreserveVideoMemoryAllocations module parameter is set/,
      literals: ['PreserveVideoMemoryAllocations module'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('suspend'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'suspend without the interface of the driver',
        files: {
          'guest/vm/dmesg.txt':
            '[ 3910.1] NVRM: GPU 0000:00:05.0: PreserveVideoMemoryAllocations module parameter is set. System Power Management attempted without driver procfs suspend interface. Please refer to the driver README.\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'the module is unloaded',
        files: { 'guest/vm/dmesg.txt': '[  910.1] nvidia-nvlink: Unregistered Nvlink Core, major device number 236\n' },
      },
    ],
  },
});
