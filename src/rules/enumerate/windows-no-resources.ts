import { defineRule } from '../../model/rule.ts';
import { claimsOfWindows, windowsExample } from '../lib/windows.ts';

export default defineRule({
  code: 'windows-no-resources',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'Windows finds no room for the BARs of the card (Code 12)',
  why: 'The firmware of the VM left no address range that holds all BARs of the card. Boards that map their whole memory (BAR1 of 16 GiB and more) need a large 64-bit range.',
  fix: [
    {
      text: 'Give the VM one such card only, on virtual bus 0, and less memory as a test; else a firmware with a larger 64-bit range.',
      command: 'pciconf -lvbBceV',
      on: 'host',
      reboot: 'vm-restart',
      verify: 'the Device Manager shows no Code 12',
    },
  ],
  references: ['Windows SDK, cfg.h: CM_PROB_NORMAL_CONFLICT', 'https://github.com/xCuri0/ReBarUEFI/issues/45'],
  knowledge: 'seen',
  needs: [],
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices', 'bar1-unassigned'],
  check(input) {
    return claimsOfWindows(input, [12], 'likely');
  },
  examples: {
    fires: [{ name: 'code 12', files: windowsExample(12), expect: { kind: 'cause', confidence: 'likely' } }],
    silent: [{ name: 'the device is disabled', files: windowsExample(22) }],
  },
});
