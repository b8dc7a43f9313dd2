import { defineRule } from '../../model/rule.ts';
import type { LogHit } from '../../model/pattern.ts';
import { cardAnswers, claimsOfHits, hitsOf, NO_DRIVER } from '../lib/guests.ts';

/** The module a line names: a name in quotes, or a path as insmod writes it. */
const moduleOf = ({ groups }: LogHit): string | undefined => groups.module?.replace(/^.*\//, '');
const isOther = (hit: LogHit): boolean => !/^nvidia/i.test(moduleOf(hit) ?? 'nvidia');

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
        /(?:(?:could not|Failed to) insert (?:module )?'?(?<module>[^':\s]{1,200})'?: )?(?:Key was rejected by service|Required key not available|Loading of (?:unsigned )?module (?:with (?:unavailable key|unsupported crypto) )?is rejected|Lockdown: \w{1,20}: unsigned module loading is restricted)/,
      literals: [
        'Key was rejected by service',
        'Required key not available',
        'module is rejected',
        'unavailable key is rejected',
        'unsupported crypto is rejected',
        'unsigned module loading is restricted',
      ],
    },
    installer: {
      regex: /The kernel module failed to load\. Secure boot is enabled on this system/,
      literals: ['Secure boot is enabled on this system'],
    },
    noDriver: NO_DRIVER,
    // What lockdown answers, but also what a container or an ordinary user gets.
    notPermitted: {
      regex:
        /(?:could not|Failed to) insert (?:module )?'?(?:\S{0,200}\/)?nvidia[\w.-]{0,60}'?: Operation not permitted/,
      literals: ['Operation not permitted'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'gpu-not-present', 'module-missing'],
  check(input) {
    const rejected = input.hits('rejected');
    const named = rejected.filter((hit) => moduleOf(hit) !== undefined);
    // Secure Boot refuses the modules of others as well; the kernel's own line names none.
    const others = named.length > 0 && named.every(isOther);
    const own = others ? [] : rejected.filter((hit) => !isOther(hit));
    const claims = claimsOfHits(input, own, 'confirmed', (guest) =>
      // Refused once and listed by nvidia-smi: it was signed meanwhile, or asked for by somebody else.
      cardAnswers(guest, input.hits('noDriver')) ? undefined : {},
    );
    if (claims.length > 0) return claims;
    const told = claimsOfHits(input, input.hits('installer'), 'likely');
    if (told.length > 0) return told;
    return claimsOfHits(input, input.hits('notPermitted'), 'possible', (guest, lines) => {
      if (guest.driver.loaded !== undefined || guest.smi.gpus.length > 0) return undefined;
      return {
        confidence: guest.secureBoot?.value === true ? 'likely' : 'possible',
        evidence: [...hitsOf(guest, lines), ...(guest.secureBoot?.value === true ? [guest.secureBoot] : [])],
        decideWith: 'mokutil --sb-state; cat /sys/kernel/security/lockdown; id -u',
      };
    });
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
      {
        name: 'lockdown answers a service at boot',
        files: {
          'guest/vm/modprobe.txt': "modprobe: ERROR: could not insert 'nvidia': Operation not permitted\n",
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'the module of another program is refused',
        files: {
          'guest/vm/modprobe.txt': "modprobe: ERROR: could not insert 'vboxdrv': Required key not available\n",
        },
      },
      {
        name: 'a container may not load modules, and the card works',
        files: {
          'guest/vm/modprobe.txt': "modprobe: ERROR: could not insert 'nvidia_uvm': Operation not permitted\n",
          'guest/vm/nvidia-smi.txt': 'GPU 0: Tesla T4 (UUID: GPU-0a1b2c3d-1111-2222-3333-444455556666)\n',
        },
      },
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
