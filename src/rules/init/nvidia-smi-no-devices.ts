import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'nvidia-smi-no-devices',
  stage: 'init',
  kind: 'symptom',
  severity: 'error',
  title: 'nvidia-smi finds no device',
  why: 'The kernel module is loaded, but no card can be opened. The kernel log says why: the card was refused, or the adapter failed to initialise.',
  fix: [],
  references: ['nvidia-smi(1), return value 6'],
  knowledge: 'seen',
  needs: ['nvidia-smi'],
  patterns: {
    none: {
      regex: /^(?:[>#\s]*)No devices (?:were )?found\.?$/,
      literals: ['No devices were found', 'No devices found'],
      kinds: ['nvidia-smi-error'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('none'), 'confirmed', () => ({
      decideWith: 'dmesg | grep -E "NVRM|nvidia"',
    }));
  },
  examples: {
    fires: [
      {
        name: 'no device',
        files: { 'guest/vm/nvidia-smi.txt': 'No devices were found\n' },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'one card cannot be opened, which is said by its address',
        files: {
          'guest/vm/nvidia-smi.txt': 'Unable to determine the device handle for GPU 0000:00:05.0: Unknown Error\n',
        },
      },
    ],
  },
});
