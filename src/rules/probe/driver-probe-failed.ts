import { defineRule } from '../../model/rule.ts';
import { BDF, claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'driver-probe-failed',
  stage: 'probe',
  kind: 'symptom',
  severity: 'error',
  title: 'The NVIDIA module gave up on the card while probing it',
  why: 'The probe routine of the module returned an error. The reason stands in the lines before; these lines only echo it.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    failed: {
      regex: new RegExp(
        String.raw`nvidia: probe of ${BDF} failed with error -\d+|nvidia (?:[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): probe with driver nvidia failed with error -\d+|The NVIDIA probe routine failed for \d+ device|None of the NVIDIA (?:devices|graphics adapters) were initialized`,
      ),
      literals: [
        'nvidia: probe of',
        'probe with driver nvidia failed',
        'The NVIDIA probe routine failed',
        'None of the NVIDIA',
      ],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('failed'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'probe returns an error',
        files: {
          'guest/vm/dmesg.txt':
            '[    2.904000] nvidia 0000:00:05.0: probe with driver nvidia failed with error -1\n' +
            '[    2.904101] NVRM: The NVIDIA probe routine failed for 1 device(s).\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'another driver fails to probe',
        files: {
          'guest/vm/dmesg.txt':
            '[    2.104000] snd_hda_intel: probe of 0000:00:05.1 failed with error -2\n' +
            '[    3.221719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n',
        },
      },
    ],
  },
});
