import { defineRule } from '../../model/rule.ts';
import { claimsOfWindows, windowsExample } from '../lib/windows.ts';

export default defineRule({
  code: 'windows-driver-unsigned',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'Windows refuses the driver of the card because of its signature',
  why: 'Code 52 means that the signature could not be verified, 48 that the driver is on a block list. Modified INF files, as for cards that a package does not list, lose the signature.',
  fix: [
    {
      text: 'Install an unmodified package that lists this card.',
      on: 'guest',
      reboot: 'guest',
      verify: 'the Device Manager shows no code for the card',
    },
  ],
  references: ['Windows SDK, cfg.h: CM_PROB_UNSIGNED_DRIVER, CM_PROB_DRIVER_BLOCKED'],
  knowledge: 'seen',
  needs: [],
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfWindows(input, [48, 52], 'confirmed');
  },
  examples: {
    fires: [{ name: 'code 52', files: windowsExample(52), expect: { confidence: 'confirmed' } }],
    silent: [{ name: 'a driver file that is broken', files: windowsExample(39) }],
  },
});
