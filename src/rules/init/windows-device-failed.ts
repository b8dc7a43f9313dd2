import { defineRule } from '../../model/rule.ts';
import { claimsOfWindows, windowsExample } from '../lib/windows.ts';

export default defineRule({
  code: 'windows-device-failed',
  stage: 'init',
  kind: 'symptom',
  severity: 'error',
  title: 'The driver started in Windows and gave the card up (Code 43 or 10)',
  why:
    'Windows passes on that the driver failed and not why. The reasons are those of a failing adapter in Linux: interrupts, a BAR, the state the card was left in, or with ' +
    'GeForce drivers before 465.89 the refusal to run in a VM. A Linux guest in the same VM says which.',
  fix: [],
  references: ['Windows SDK, cfg.h: CM_PROB_FAILED_POST_START, CM_PROB_FAILED_START'],
  knowledge: 'seen',
  needs: [],
  explains: ['nvidia-smi-no-devices', 'nvidia-smi-no-driver'],
  experiments: [
    {
      command: 'boot a Linux live system in the same VM, load the driver, and run dmesg',
      on: 'guest',
      cost: 'vm-restart',
      why: 'Linux prints what Windows hides behind a code',
      decides: ['windows-device-failed'],
      outcomes: [
        { if: 'it fails there too', then: 'the lines of the log name the stage' },
        { if: 'it works there', then: 'the driver package of Windows is to blame' },
      ],
    },
  ],
  check(input) {
    return claimsOfWindows(input, [10, 43], 'confirmed');
  },
  examples: {
    fires: [{ name: 'code 43', files: windowsExample(43), expect: { kind: 'symptom' } }],
    silent: [{ name: 'no driver', files: windowsExample(28) }],
  },
});
