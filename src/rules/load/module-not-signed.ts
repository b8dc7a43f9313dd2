import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'module-not-signed',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'Secure Boot rejects the driver module because it is not signed with a known key',
  why:
    'With Secure Boot or kernel lockdown the kernel loads only modules signed with a key it trusts. A module built by ' +
    'DKMS is signed with a key of this machine, which the firmware has to be told about (MOK).',
  fix: [
    {
      text: 'Either switch Secure Boot off in the VM: give it firmware without Secure Boot or switch it off in the firmware menu.',
      on: 'guest',
      reboot: 'guest',
      verify: '`mokutil --sb-state` says disabled and `modprobe nvidia` succeeds',
    },
    {
      text: 'Or enrol the key that signed the module and confirm it on the next boot.',
      command: 'mokutil --import /var/lib/shim-signed/mok/MOK.der',
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: ['modprobe(8)', 'Linux Documentation/admin-guide/module-signing'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    rejected: {
      regex:
        /(?:Key was rejected by service|Required key not available|Loading of (?:unsigned )?module is rejected|Lockdown: modprobe: unsigned module loading is restricted)/,
      literals: [
        'Key was rejected by service',
        'Required key not available',
        'module is rejected',
        'unsigned module loading is restricted',
      ],
    },
  },
  explains: ['nvidia-smi-no-driver', 'gpu-not-present', 'module-missing'],
  check(input) {
    return claimsOfHits(input, input.hits('rejected'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'modprobe is refused',
        files: {
          'guest/vm/modprobe.txt': "modprobe: ERROR: could not insert 'nvidia_drm': Key was rejected by service\n",
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the taint line of a module that loads',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.010001] nvidia: module verification failed: signature and/or required key missing - tainting kernel\n' +
            '[    4.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024\n',
        },
      },
    ],
  },
});
