import { defineRule } from '../../model/rule.ts';
import { claimsOfWindows, windowsExample } from '../lib/windows.ts';

export default defineRule({
  code: 'windows-driver-not-loaded',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'Windows has no driver for the card, or cannot load it',
  why:
    'Code 28 means that no driver is installed, 31, 37 and 39 that the one there cannot be loaded: another product line, a broken file, or the rest of an older ' +
    'installation. Tesla boards need the data-centre package, not the one for GeForce.',
  fix: [
    {
      text: 'Remove the old driver with its files, then install the package for exactly this product.',
      command: 'pnputil /enum-drivers /class Display',
      on: 'guest',
      reboot: 'guest',
      verify: 'the Device Manager shows no code for the card',
    },
  ],
  references: ['Windows SDK, cfg.h: CM_PROB_*', 'NVIDIA data-centre driver documentation'],
  knowledge: 'seen',
  needs: [],
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices'],
  check(input) {
    return claimsOfWindows(input, [28, 31, 37, 39], 'likely');
  },
  examples: {
    fires: [{ name: 'code 31', files: windowsExample(31), expect: { kind: 'cause' } }],
    silent: [{ name: 'a driver that started and stopped', files: windowsExample(43) }],
  },
});
