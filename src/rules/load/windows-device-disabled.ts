import { defineRule } from '../../model/rule.ts';
import { claimsOfWindows, windowsExample } from '../lib/windows.ts';

export default defineRule({
  code: 'windows-device-disabled',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'The card is disabled in Windows, or Windows remembers a card that is not there',
  why: 'Code 22 means that somebody disabled the device. Code 45 shows an entry of an earlier start: the card was in another slot, or is not passed now.',
  fix: [
    { text: 'Code 22: enable the device.', command: 'pnputil /enable-device "INSTANCE ID"', on: 'guest' },
    {
      text: 'Code 45: see whether the VM is given the card, at which slot, and scan for hardware.',
      command: 'pnputil /scan-devices',
      on: 'guest',
    },
  ],
  references: ['Windows SDK, cfg.h: CM_PROB_DISABLED, CM_PROB_PHANTOM'],
  knowledge: 'seen',
  needs: [],
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfWindows(input, [22, 45], 'likely', ({ problem, pciId }, { windows }) => {
      // A card that was given another address leaves a memory of the old one behind.
      const works = windows.some((other) => other.pciId === pciId && other.problem === undefined);
      return problem?.code !== 45 || !works ? {} : { kind: 'notice', severity: 'info' };
    });
  },
  examples: {
    fires: [{ name: 'code 22', files: windowsExample(22), expect: { kind: 'cause' } }],
    silent: [{ name: 'too few resources', files: windowsExample(12) }],
  },
});
