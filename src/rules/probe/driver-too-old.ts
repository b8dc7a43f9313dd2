import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, guestSubject } from '../lib/guests.ts';

const major = (version: string | undefined): number => Number(/^\d+/.exec(version ?? '')?.[0]);

export default defineRule({
  code: 'driver-too-old',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'The driver does not support this GPU',
  why: 'A driver knows the GPUs that existed when its branch was made. It says so in the kernel log and leaves a newer card alone.',
  fix: [
    {
      text: 'Install a driver branch that lists the GPU as supported.',
      on: 'guest',
      reboot: 'guest',
      verify: 'the message is gone and `nvidia-smi` lists the card',
    },
  ],
  references: [
    'NVIDIA driver README, "Supported NVIDIA GPU Products"',
    'open-gpu-kernel-modules, src/nvidia/arch/nvalloc/unix/src/osinit.c',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  experiments: [
    {
      command: 'install a newer driver branch that lists the card',
      on: 'guest',
      cost: 'guest-change',
      why: 'the branch in use is older than the first that is known to serve the card',
      decides: ['driver-too-old'],
      outcomes: [
        { if: 'the card is listed', then: 'the branch was too old' },
        { if: 'the same failure', then: 'the branch is not the cause' },
      ],
    },
  ],
  patterns: {
    unsupported: {
      regex: /is not supported by the NVIDIA (?<version>[\d.]+) driver release/,
      literals: ['is not supported by the', 'driver release', 'not supported by the NVIDIA'],
    },
  },
  explains: [
    'nvidia-smi-no-driver',
    'nvidia-smi-no-devices',
    'driver-probe-failed',
    'gpu-not-present',
    'gpu-init-failed',
  ],
  check(input) {
    const said = claimsOfHits(input, input.hits('unsupported'), 'confirmed');
    if (said.length > 0) return said;
    // Lists of supported GPUs have gaps, so a table alone is a hint, and only where the driver gave up on the card.
    return input.guests.flatMap((guest) =>
      guest.gpus.flatMap((gpu) => {
        const first = input.tables.gpus.get(gpu.pciId ?? '')?.firstBranch ?? '';
        const version = guest.driver.version;
        if (version === undefined || !/^\d+$/.test(first) || !(major(version.value) < major(first))) return [];
        if (guest.smi.gpus.some(({ guestBdf }) => guestBdf === gpu.bdf)) return [];
        return [
          {
            confidence: 'possible' as const,
            severity: 'warning' as const,
            subject: guestSubject(guest, gpu.bdf),
            evidence: [version, gpu],
          },
        ];
      }),
    );
  },
  examples: {
    fires: [
      {
        name: 'the driver names its own limits',
        files: {
          'guest/vm/dmesg.txt':
            '[    4.100001] NVRM: The NVIDIA GPU 0000:00:05.0 (PCI ID: 10de:2b85)\n' +
            '               NVRM: installed in this system is not supported by the\n' +
            '               NVRM: NVIDIA 535.183.01 driver release.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a driver as old as the card works with it',
        files: {
          'guest/vm/nvidia-smi.txt':
            '+-----------------------------------------------------------------------------+\n' +
            '| NVIDIA-SMI 418.87.00    Driver Version: 418.87.00    CUDA Version: 10.1     |\n' +
            '|-------------------------------+----------------------+----------------------+\n' +
            '| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n' +
            '| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |\n' +
            '|===============================+======================+======================|\n' +
            '|   0  Tesla T4            Off  | 00000000:00:05.0 Off |                    0 |\n' +
            '| N/A   40C    P8    10W /  70W |      0MiB / 15079MiB |      0%      Default |\n' +
            '+-------------------------------+----------------------+----------------------+\n',
        },
      },
    ],
  },
});
