import { type Claim, defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'confidential-computing-mode',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The card is in confidential computing mode, and this VM is not',
  why:
    'Hopper and Blackwell boards can be switched into a mode in which they talk only to a VM with encrypted memory. The switch lives in the card and survives reboots; ' +
    'in any other VM the BARs are closed. That the processor or the card lacks the feature is said on every ordinary machine and does no harm while the mode is off.',
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
    blocked: { regex: /NVRM: .{0,80}BARs will be blocked for CC/, literals: ['BARs will be blocked for CC'] },
    remark: {
      regex:
        /NVRM: .{0,80}(?:[CG]PU does not support confidential compute|GPU confidential compute capability is not enabled)/,
      literals: ['does not support confidential compute', 'confidential compute capability is not'],
    },
  },
  explains: [...BROKEN_BY_INIT, 'driver-probe-failed', 'gsp-boot-failure', 'register-access-failed'],
  check(input): Claim[] {
    const blocked = claimsOfHits(input, input.hits('blocked'), 'likely');
    if (blocked.length > 0) return blocked;
    return claimsOfHits(input, input.hits('remark'), 'confirmed', () => ({
      kind: 'notice',
      severity: 'info',
      title: 'Confidential computing is not available on this machine; only its mode in the card would matter',
    }));
  },
  examples: {
    fires: [
      {
        name: 'the BARs are closed',
        files: { 'guest/vm/dmesg.txt': '[    5.010001] NVRM: GPU 0000:00:05.0: BARs will be blocked for CC.\n' },
        expect: { kind: 'cause', confidence: 'likely' },
      },
      {
        name: 'a remark that every ordinary machine prints',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010001] NVRM: GPU0 confComputeConstructEngine_IMPL: CPU does not support confidential compute.\n',
        },
        expect: { kind: 'notice', severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'a driver that says nothing of it',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (root@vm)  Sun Jul 27 2025\n',
        },
      },
    ],
  },
});
