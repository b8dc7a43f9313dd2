import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'driver-library-mismatch',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'The kernel module and the NVIDIA libraries have different versions',
  why:
    'The libraries speak only to a kernel module of exactly their version. After an upgrade the old module stays in the ' +
    'kernel until it is reloaded, or libraries of another version were left behind.',
  fix: [
    {
      text: 'Reboot the guest, so that the module that is installed is also the one that runs.',
      on: 'guest',
      reboot: 'guest',
      verify: '`cat /proc/driver/nvidia/version` and `nvidia-smi --version` name one version',
    },
    {
      text: 'If it stays: remove what another installation left behind, and install one driver of one origin.',
      command: 'dpkg -l | grep -i nvidia; ls /lib/modules/$(uname -r)/updates/dkms',
      on: 'guest',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c', 'nvidia-smi(1), return values'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    api: {
      regex:
        /API mismatch: the (?:client\b.{0,60}?\bhas the version (?<client>[\d.]+)|NVIDIA kernel module has version)/,
      literals: ['API mismatch'],
    },
    nvml: {
      regex: /(?:Driver\/library version mismatch|driver\/library version mismatch)/,
      literals: ['river/library version mismatch'],
    },
  },
  // The firmware files come with the libraries; those of the module that still runs are gone with the upgrade.
  explains: ['nvidia-smi-no-devices', 'nvidia-smi-no-driver', 'firmware-missing', 'nvml-access-denied'],
  check(input) {
    return claimsOfHits(input, [...input.hits('api'), ...input.hits('nvml')], 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'the kernel module refuses newer libraries',
        files: {
          'guest/vm/dmesg.txt':
            '[  812.441001] NVRM: API mismatch: the client has the version 550.120, but\n' +
            '               NVRM: this kernel module has the version 550.90.07.  Please\n' +
            '               NVRM: make sure that this kernel module and all NVIDIA driver\n' +
            '               NVRM: components have the same version.\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the upgrade took the firmware of the running module along',
        files: {
          'guest/vm/dmesg.txt':
            '[   14.300001] NVRM: API mismatch: the client has the version 580.95.05, but\n' +
            '               NVRM: this kernel module has the version 580.82.09.  Please\n' +
            '               NVRM: make sure that this kernel module and all NVIDIA driver\n' +
            '               NVRM: components have the same version.\n' +
            '[   21.400001] nvidia 0000:00:06.0: Direct firmware load for nvidia/580.82.09/gsp_ga10x.bin failed with error -2\n' +
            '[   21.400021] NVRM: RmFetchGspRmImages: No firmware image found\n' +
            '[   21.400101] NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x61:0x56:1801)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'nvidia-smi cannot start NVML',
        files: {
          'guest/vm/nvidia-smi.txt':
            'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.120\n',
        },
      },
    ],
    silent: [
      {
        name: 'NVML fails for another reason',
        files: { 'guest/vm/nvidia-smi.txt': 'Failed to initialize NVML: Insufficient Permissions\n' },
      },
    ],
  },
});
