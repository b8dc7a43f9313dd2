import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-crash-dump',
  stage: 'run',
  kind: 'notice',
  severity: 'info',
  title: 'The driver kept a crash dump of the card',
  why: 'After a fault the driver saves the state of the card until the module is unloaded. It is of use to NVIDIA only; what went wrong stands in the lines before.',
  fix: [{ text: 'Collect it before the module is unloaded.', command: 'nvidia-bug-report.sh', on: 'guest' }],
  references: ['open-gpu-kernel-modules, src/nvidia/arch/nvalloc/unix/src/osinit.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    dump: {
      regex: /A GPU crash dump has been created|RmLogGpuCrash: .{0,20}failed to save GPU crash data/,
      literals: ['GPU crash dump has been', 'to save GPU crash data'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('dump'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'a dump',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.1] NVRM: A GPU crash dump has been created. If possible, please run\n              NVRM: nvidia-bug-report.sh as root to collect this data before\n              NVRM: the NVIDIA kernel module is unloaded.\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'a fault without one',
        files: {
          'guest/vm/dmesg.txt': '[  910.1] NVRM: Xid (PCI:0000:00:05): 62, pid=1923, 0000(0000) 00000000 00000000\n',
        },
      },
    ],
  },
});
