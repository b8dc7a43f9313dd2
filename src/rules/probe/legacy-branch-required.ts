import type { FixStep } from '../../model/finding.ts';
import type { Guest } from '../../model/guest.ts';
import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

const INSTALL: FixStep = {
  text: 'Install the branch that the message names, and hold it so that an upgrade does not replace it.',
  on: 'guest',
  reboot: 'guest',
  verify: 'the message is gone and `nvidia-smi` lists the card',
};

/** Legacy branches that are packaged as `nvidia-driver-BRANCH`. */
const PACKAGED = {
  linux: new Set(['390', '470', '580']),
  freebsd: new Set(['304', '340', '390', '470', '580']),
};

const COMMAND = {
  linux: (name: string) => `apt-get install ${name} && apt-mark hold ${name}`,
  freebsd: (name: string) => `pkg install ${name} && pkg lock -y ${name}`,
};

/** The step for the branch the driver names: the package of another one would not serve the card either. */
function install({ os }: Guest, branch: string): FixStep {
  const number = /^\d+/.exec(branch)?.[0] ?? '';
  const system = os?.value;
  if (system === undefined || system === 'windows' || !PACKAGED[system].has(number)) return INSTALL;
  return { ...INSTALL, command: COMMAND[system](`nvidia-driver-${number}`) };
}

export default defineRule({
  code: 'legacy-branch-required',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The GPU is served only by an older driver branch',
  why:
    'NVIDIA moves old GPUs to legacy branches. A newer driver names the branch in the kernel log and ignores the card. ' +
    'Since 590 that is the 580 branch for Maxwell, Pascal and Volta.',
  fix: [INSTALL],
  references: ['NVIDIA driver README, "Supported NVIDIA GPU Products"'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    legacy: {
      // Drivers of the branch 1.0 name no branch.
      regex: /supported through the NVIDIA (?:(?<branch>\d{1,3}\.\S*) )?Legacy drivers/,
      literals: ['Legacy drivers', 'supported through the'],
    },
    ignored: {
      regex: /ignoring the legacy GPU (?<bdf>[0-9a-f:.]+)/,
      literals: ['ignoring the legacy GPU'],
    },
  },
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices', 'gpu-not-present', 'driver-probe-failed'],
  check(input) {
    const lines = [...input.hits('legacy'), ...input.hits('ignored')];
    return claimsOfHits(input, lines, 'confirmed', (guest, own) => {
      const branch = own.find(({ groups }) => groups.branch !== undefined)?.groups.branch;
      if (branch === undefined) return {};
      return { detail: `The driver names the ${branch} branch for this GPU.`, fix: [install(guest, branch)] };
    });
  },
  examples: {
    fires: [
      {
        name: 'an upgrade went past the last branch for Pascal',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: The NVIDIA Tesla P40 GPU installed in this system is\n' +
            '               NVRM:  supported through the NVIDIA 580.xx Legacy drivers. Please\n' +
            '               NVRM:  visit http://www.nvidia.com/object/unix.html for more\n' +
            '               NVRM:  information.  The 595.45.04 NVIDIA driver will ignore\n' +
            '               NVRM:  this GPU.  Continuing probe...\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a card of long ago, on FreeBSD',
        files: {
          'guest/vm/dmesg.txt':
            'nvidia0: <GeForce 6200> on vgapci0\n' +
            'NVRM: The NVIDIA GeForce 6200 GPU installed in this system is\n' +
            'NVRM: supported through the NVIDIA 304.xx Legacy drivers. Please\n' +
            'NVRM: visit http://www.nvidia.com/object/unix.html for more\n' +
            'NVRM: information.  The 331.67 NVIDIA driver will ignore\n' +
            'NVRM: this GPU.  Continuing probe...\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a driver of the years when branches had no number',
        files: {
          'guest/vm/dmesg.txt':
            'NVRM: The NVIDIA RIVA TNT2 GPU installed in this system is\n' +
            'NVRM: supported through the NVIDIA Legacy drivers. Please visit\n' +
            'NVRM: http://www.nvidia.com/object/unix.html for more\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the right branch is loaded',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
