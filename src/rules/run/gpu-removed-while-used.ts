import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-removed-while-used',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'The card was taken away from the driver while programs used it',
  why: 'Somebody unbound or removed the device, or it vanished. Programs that held it hang or fail, and the card may need a reset before the next use.',
  fix: [{ text: 'End what uses the card before it is unbound.', command: 'fuser -v /dev/nvidia*', on: 'guest' }],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c, nv_pci_remove'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    removed: {
      regex:
        /NVRM: .{0,60}(?:Attempting to remove (?:minor )?device .{0,60}with non-zero usage count|Continuing with GPU removal)|NVRM: .{0,80}has been disconnected/,
      literals: ['with non-zero usage count', 'Continuing with GPU removal', 'has been disconnected'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('removed'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'unbound in use',
        files: {
          'guest/vm/dmesg.txt': '[  910.1] NVRM: Attempting to remove device 0000:00:05.0 with non-zero usage count!\n',
        },
        expect: { kind: 'notice' },
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
