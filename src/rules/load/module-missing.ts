import { type Claim, defineRule } from '../../model/rule.ts';
import type { LogHit } from '../../model/pattern.ts';
import { cardAnswers, claimsOfHits, guestSubject, hitsOf, NO_DRIVER, notBuiltByDkms } from '../lib/guests.ts';

const isNvidia = ({ groups }: LogHit): boolean => /^nvidia/i.test(groups.module ?? '');

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
        /(?:FATAL: Module nvidia(?:[_-]\w+)? not found|Module nvidia(?:[_-]\w+)? not found in directory|modinfo: ERROR: Module nvidia(?:[_-]\w+)? not found|could not find module by name='nvidia(?:[_-]\w+)?')/,
      literals: ['Module nvidia', "could not find module by name='nvidia"],
    },
    build: {
      regex: /(?:Error! Bad return status for module build on kernel: (?<kernel>\S+)|ERROR \(dkms apport\).*nvidia)/,
      literals: ['Bad return status for module build', 'dkms apport'],
    },
    installer: {
      regex:
        /systemd-modules-load\[\d+\]: Failed to find module 'nvidia'|ERROR: (?:Unable to build the NVIDIA kernel module|An error occurred while performing the step: "(?:Building kernel modules|Checking to see whether the nvidia kernel module was successfully built)"|Failed to run `\S{0,40}dkms build -m nvidia)/,
      literals: [
        "Failed to find module 'nvidia'",
        'Unable to build the NVIDIA',
        'occurred while performing the step',
        'dkms build -m nvidia',
      ],
    },
    noDriver: NO_DRIVER,
    // The error line of dkms names the kernel; the module is in the lines around it.
    built: {
      regex: /(?:\/var\/lib\/dkms\/|\bdkms\b.{0,120}? -m ?)(?<module>[\w-]{2,60})/,
      literals: ['dkms'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'gpu-not-present'],
  check(input) {
    const named = input.hits('built');
    // dkms rebuilds the modules of all packages: a log that names only others is not about this one.
    const builds = input.hits('build').filter(({ artifact }) => {
      const here = named.filter((hit) => hit.artifact === artifact);
      return here.length === 0 || here.some(isNvidia);
    });
    const missing = input.hits('missing');
    const said = claimsOfHits(
      input,
      [...missing, ...builds, ...input.hits('installer')],
      missing.length > 0 ? 'confirmed' : 'likely',
      (guest) => (cardAnswers(guest, input.hits('noDriver')) ? undefined : {}),
    );
    if (said.length > 0) return said;
    return input.guests.flatMap((guest): Claim[] => {
      const lacking = notBuiltByDkms(guest);
      const wanted = hitsOf(guest, input.hits('noDriver'));
      if (lacking === undefined || wanted.length === 0 || guest.driver.loaded !== undefined) return [];
      return [{ confidence: 'likely', subject: guestSubject(guest), evidence: [...lacking, ...wanted] }];
    });
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
      {
        name: 'dkms has it for another kernel only',
        files: {
          'guest/vm/dkms-status.txt': 'nvidia/550.120, 6.8.0-49-generic, x86_64: installed\n',
          'guest/vm/uname.txt':
            'Linux box 6.8.0-51-generic #52-Ubuntu SMP PREEMPT_DYNAMIC Thu Dec  5 13:09:44 UTC 2024 x86_64 x86_64 x86_64 GNU/Linux\n',
          'guest/vm/nvidia-smi.txt':
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
        },
        expect: { confidence: 'likely' },
      },
      {
        name: 'an older kmod says so in its own words',
        files: {
          'guest/vm/modprobe.txt':
            "modprobe: ERROR: ../libkmod/libkmod-module.c:832 kmod_module_insert_module() could not find module by name='nvidia_384'\n" +
            "modprobe: ERROR: could not insert 'nvidia_384': Unknown symbol in module, or unknown parameter (see dmesg)\n",
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the installer of NVIDIA cannot build it',
        files: {
          'guest/vm/nvidia-installer.log':
            'ERROR: An error occurred while performing the step: "Building kernel modules". See /var/log/nvidia-installer.log for details.\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a build failed, for a kernel that does not run',
        files: {
          'guest/vm/dkms.txt':
            'Error! Bad return status for module build on kernel: 6.11.0-9-generic (x86_64)\n' +
            'Consult /var/lib/dkms/nvidia/550.120/build/make.log for more information.\n',
          'guest/vm/nvidia-smi.txt': 'GPU 0: Tesla P4 (UUID: GPU-0a1b2c3d-1111-2222-3333-444455556666)\n',
        },
      },
      {
        name: 'dkms has it for the kernel that runs',
        files: {
          'guest/vm/dkms-status.txt': 'nvidia/550.120, 6.8.0-51-generic, x86_64: installed\n',
          'guest/vm/uname.txt':
            'Linux box 6.8.0-51-generic #52-Ubuntu SMP PREEMPT_DYNAMIC Thu Dec  5 13:09:44 UTC 2024 x86_64 x86_64 x86_64 GNU/Linux\n',
          'guest/vm/nvidia-smi.txt':
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
        },
      },
      {
        name: 'dkms fails for a network driver',
        files: {
          'guest/vm/dkms.txt':
            'Error! Bad return status for module build on kernel: 6.8.0-45-generic (x86_64)\n' +
            'Consult /var/lib/dkms/r8125/9.011.01/build/make.log for more information.\n',
        },
      },
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
