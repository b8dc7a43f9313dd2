import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'firmware-missing',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The GSP firmware file of the loaded driver version is not installed',
  why: 'The module asks for a firmware file of exactly its own version. After a partial upgrade, or when the file is not in the initial RAM disk, it is not found.',
  fix: [
    {
      text: 'Install the firmware package of the same version as the module, rebuild the initial RAM disk and reboot.',
      command: 'ls /lib/firmware/nvidia/; cat /proc/driver/nvidia/version',
      on: 'guest',
      reboot: 'guest',
      verify: 'the folder of that version holds gsp_*.bin',
    },
  ],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia/nv.c', 'NVIDIA driver README, "GSP Firmware"'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    missing: {
      regex:
        /nvidia (?<bdf>[0-9a-f:.]+): (?:Direct firmware load for|loading) \S*nvidia\/\S+\/gsp\S*\.bin failed with error -2\b/,
      literals: ['Direct firmware load for nvidia', 'failed with error -2'],
    },
    none: {
      regex: /RmInitAdapter: (?:\*{3} )?No firmware image found|NVRM: .{0,60}No firmware image found/,
      literals: ['No firmware image found'],
    },
  },
  explains: [...BROKEN_BY_INIT],
  check(input) {
    const lines = [...input.hits('missing'), ...input.hits('none')];
    return claimsOfHits(input, lines, 'likely', (guest, own) => {
      const policy = guest.rmInit.find(({ stage }) => stage === '0x61');
      // The driver tries the file and goes on without it where it may; only a failed adapter makes it a fault.
      const failed = policy !== undefined || own.some(({ pattern }) => pattern === 'none');
      const broken = failed || guest.driver.banner === undefined;
      const works = guest.smi.gpus.some(({ failing }) => failing === undefined) || guest.xids.length > 0;
      if (!broken || works) return undefined;
      return { confidence: failed ? 'confirmed' : 'likely', evidence: [...own, ...(policy ? [policy] : [])] };
    });
  },
  examples: {
    fires: [
      {
        name: 'file not found, adapter fails',
        files: {
          'guest/vm/dmesg.txt':
            '[    8.000001] nvidia 0000:00:05.0: Direct firmware load for nvidia/575.64.03/gsp_ga10x.bin failed with error -2\n' +
            '[    8.000101] NVRM: RmInitAdapter: No firmware image found\n' +
            '[    8.000201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x61:0x56:1700)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'interrupted, not missing',
        files: {
          'guest/vm/dmesg.txt':
            '[ 2882.931049] nvidia 0000:00:05.0: Direct firmware load for nvidia/535.129.03/gsp_ga10x.bin failed with error -4\n',
        },
      },
      {
        name: 'optional firmware of nouveau',
        files: {
          'guest/vm/dmesg.txt':
            '[    2.000001] nouveau 0000:00:05.0: Direct firmware load for nouveau/nv134_fuc084 failed with error -2\n',
        },
      },
    ],
  },
});
