import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'module-missing',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'The nvidia module is not installed for the running kernel',
  why: 'modprobe finds no nvidia module for this kernel: the driver package is missing, or DKMS could not build it after a kernel update.',
  fix: [
    {
      text: 'Install the headers of the running kernel, then the driver package; look into the build log when the build fails.',
      command: 'dkms status; ls /var/lib/dkms/nvidia/*/build/make.log',
      on: 'guest',
      verify: '`modinfo nvidia` finds the module',
    },
  ],
  references: ['modprobe(8)', 'dkms(8)'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    missing: {
      regex:
        /(?:FATAL: Module nvidia(?:[_-]\w+)? not found|Module nvidia(?:[_-]\w+)? not found in directory|modinfo: ERROR: Module nvidia(?:[_-]\w+)? not found)/,
      literals: ['Module nvidia'],
    },
    build: {
      regex: /(?:Error! Bad return status for module build on kernel: (?<kernel>\S+)|ERROR \(dkms apport\).*nvidia)/,
      literals: ['Bad return status for module build', 'dkms apport'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'gpu-not-present'],
  check(input) {
    return claimsOfHits(
      input,
      [...input.hits('missing'), ...input.hits('build')],
      input.hits('missing').length > 0 ? 'confirmed' : 'likely',
    );
  },
  examples: {
    fires: [
      {
        name: 'modprobe finds nothing',
        files: {
          'guest/vm/modprobe.txt':
            'modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.8.0-41-generic\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another module is missing',
        files: {
          'guest/vm/modprobe.txt':
            'modprobe: FATAL: Module kvm_example not found in directory /lib/modules/6.8.0-41-generic\n',
        },
      },
    ],
  },
});
