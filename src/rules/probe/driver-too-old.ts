import { type Claim, defineRule } from '../../model/rule.ts';
import type { LogHit } from '../../model/pattern.ts';
import type { GpuRow } from '../../model/tables.ts';
import { claimsOfHits, guestSubject } from '../lib/guests.ts';

const major = (version: string | undefined): number => Number(/^\d+/.exec(version ?? '')?.[0]);

/** Whether the table lists the card for the branch, first and last branch left out: within them it depends on the release. */
const listed = ({ firstBranch, lastBranch }: GpuRow, version: string | undefined): boolean =>
  major(version) > major(firstBranch) && !(major(version) >= major(lastBranch));

/**
 * How to speak of the driver's own words. Up to 375 it said that it does not support the card also when it could not read
 * the card, so these words alone are no proof.
 */
function said(row: GpuRow | undefined, { groups }: LogHit): Partial<Claim> {
  const doubtful = row !== undefined && listed(row, groups.version ?? groups.older);
  if (groups.version !== undefined) return doubtful ? { confidence: 'likely' } : {};
  // The table begins with Kepler: most cards it lacks are older than the driver that says this.
  if (!doubtful) return row === undefined ? { confidence: 'possible' } : {};
  return {
    kind: 'notice',
    severity: 'warning',
    confidence: 'likely',
    title: 'The driver says that it does not support the GPU, which its branch lists: it could not read the card',
  };
}

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
      // `… by the NVIDIA 550.54 driver release`, up to 470 `… by the 304.116 NVIDIA Linux driver release`, before 310
      // `… by the 280.04 NVIDIA Linux graphics driver release`
      regex:
        /(?:GPU (?<bdf>[\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.\d) ?\(PCI ID: (?<id>10de:[\da-f]{4})\) )?(?:installed )?(?:in this system )?is not supported by the (?:NVIDIA (?<version>[\d.]+)|(?<older>\d{2,3}\.[\d.]+) NVIDIA \w{1,12}(?: graphics)?) driver release/,
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
    const claims = claimsOfHits(input, input.hits('unsupported'), 'confirmed', (guest, own, bdf) => {
      const id = own[0]!.groups.id ?? guestSubject(guest, bdf).pciId;
      return said(input.tables.gpus.get(id ?? ''), own[0]!);
    });
    if (claims.length > 0) return claims;
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
      {
        name: 'as drivers up to 470 word it, with a card that the branch cannot know',
        files: {
          'guest/vm/dmesg.txt':
            '[    6.310001] NVRM: The NVIDIA GPU 0000:00:06.0 (PCI ID: 10de:1bb3)\n' +
            '[    6.310002] NVRM: installed in this system is not supported by the 340.108\n' +
            "[    6.310003] NVRM: NVIDIA Linux driver release.  Please see 'Appendix\n" +
            "[    6.310004] NVRM: A - Supported NVIDIA GPU Products' in this release's\n" +
            '[    6.310005] NVRM: README, available on the Linux driver download page\n' +
            '[    6.310006] NVRM: at www.nvidia.com.\n',
        },
        expect: { confidence: 'confirmed', kind: 'cause' },
      },
      {
        name: 'a card that the tables do not list, with a driver of 2011',
        files: {
          'guest/vm/dmesg.txt':
            'Apr  3 20:11:02 attic kernel: [  800.100001] NVRM: The NVIDIA GPU 0000:03:00.0 (PCI ID: 10de:0dd8) installed\n' +
            'Apr  3 20:11:02 attic kernel: [  800.100002] NVRM: in this system is not supported by the 195.36.31 NVIDIA Linux\n' +
            "Apr  3 20:11:02 attic kernel: [  800.100003] NVRM: graphics driver release.  Please see 'Appendix A -\n",
        },
        expect: { confidence: 'possible', kind: 'cause' },
      },
      {
        name: 'the branch lists the card: the driver could not read it',
        files: {
          'guest/vm/dmesg.txt':
            '[   11.200001] NVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:139b)\n' +
            '[   11.200002] NVRM: installed in this system is not supported by the 367.57\n' +
            "[   11.200003] NVRM: NVIDIA Linux driver release.  Please see 'Appendix\n",
        },
        expect: { confidence: 'likely', kind: 'notice' },
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
