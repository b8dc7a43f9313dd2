import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, guestSubject, hitsOf } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';
import { SUPPLY_ROM } from '../lib/experiments.ts';

export default defineRule({
  code: 'vbios-unreadable',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The driver cannot read or run the Video BIOS of the card',
  why:
    'The driver reads the Video BIOS from the ROM of the card, or takes the copy that firmware left. Behind passthrough the ' +
    'ROM may be hidden and no option ROM ran. A damaged ROM looks the same.',
  fix: [
    {
      text: 'Give the VM a copy of the Video BIOS of exactly this card, trimmed so that it begins with the bytes 55 AA of the option ROM (dump tools put a header before it).',
      file: { path: 'the configuration file of the VM', lines: ['passthru0_options="rom=/path/to/card.rom"'] },
      on: 'host',
      reboot: 'vm-restart',
      risk: 'a ROM of another card can leave it dark until the host is powered off; never flash it',
      verify: 'the driver prints a Video BIOS version in /proc/driver/nvidia/gpus/*/information',
    },
  ],
  references: [
    'open-gpu-kernel-modules, src/nvidia/src/kernel/gpu/gsp',
    'vm-bhyve 1.7.1, passthruX_options',
    'NVIDIA driver README, "Known Issues"',
  ],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    said: {
      regex:
        /(?:did not find valid ROM signature|failed to extract VBIOS image from ROM|[Ff]ailed to copy vbios to system memory)/,
      literals: ['did not find valid ROM signature', 'failed to extract VBIOS image', 'ailed to copy vbios'],
    },
  },
  explains: [...BROKEN_BY_INIT, 'gsp-boot-failure', 'gpu-needs-cold-power-cycle'],
  experiments: [SUPPLY_ROM],
  check(input) {
    const said = claimsOfHits(input, input.hits('said'), 'confirmed');
    if (said.length > 0) return said;
    return input.guests.flatMap((guest) => {
      const failure = guest.rmInit.find(({ stage }) => /^0x3[012]$/.test(stage));
      if (failure === undefined || hitsOf(guest, input.hits('said')).length > 0) return [];
      // Stage 0x31 is the POST of the Video BIOS; the driver does not say what was wrong with it.
      const rom = input.host.vms.flatMap(({ passthru }) => passthru).find((entry) => entry.rom !== undefined);
      return [
        {
          confidence: 'possible' as const,
          severity: 'warning' as const,
          subject: guestSubject(guest, failure.guestBdf),
          title: 'The Video BIOS of the card may be missing or fail to run',
          detail: `The driver gave up in the Video BIOS stage (${failure.stage}).${rom ? ' A ROM file is given to the VM.' : ' No ROM file is given to the VM (rom=), as far as the evidence shows.'}`,
          evidence: [failure],
          ...(rom && {
            against: [rom],
            decideWith: 'od -An -tx1 -N2 FILE, with the file that rom= names: it must print 55 aa',
            decideOn: 'host' as const,
          }),
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'the ROM has no signature',
        files: {
          'guest/vm/dmesg.txt':
            '[    7.100001] NVRM: kgspExtractVbiosFromRom_TU102: did not find valid ROM signature\n' +
            '[    7.100101] NVRM: kgspInitRm_IMPL: failed to extract VBIOS image from ROM: 0x25\n' +
            '[    7.100201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x62:0x25:1975)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'an old branch cannot copy it',
        files: {
          'guest/vm/dmesg.txt':
            '[   61.700001] NVRM: failed to copy vbios to system memory.\n' +
            '[   61.700301] NVRM: RmInitAdapter failed! (0x30:0xffffffff:861)\n' +
            '[   61.700309] NVRM: rm_init_adapter(0) failed\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the POST stage fails without a word',
        files: {
          'guest/vm/dmesg.txt': '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
        },
        expect: { confidence: 'possible', severity: 'warning' },
      },
    ],
    silent: [
      {
        name: 'another stage',
        files: {
          'guest/vm/dmesg.txt': '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x25:0x65:1240)\n',
        },
      },
    ],
  },
});
