import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, guestSubject } from '../lib/guests.ts';
import { BROKEN_BY_INIT, lacksGsp } from '../lib/init.ts';

export default defineRule({
  code: 'gsp-boot-failure',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: "The card's own processor (GSP) does not boot",
  why:
    'From Turing on the driver first boots firmware on the GPU System Processor. When that step fails the card cannot be ' +
    'used. An incomplete reset, missing power or a firmware fault of the board are the usual reasons.',
  fix: [
    {
      text: 'Power the host off and on once, so that the card starts from a full reset, and try again.',
      on: 'hardware',
      reboot: 'host',
      verify: 'no kgsp line and no RmInitAdapter failure in the guest kernel log',
    },
    {
      text: 'If it stays: another driver branch; on Turing to Ada the proprietary module with NVreg_EnableGpuFirmware=0 works without this processor.',
      file: { path: '/etc/modprobe.d/nvidia.conf', lines: ['options nvidia NVreg_EnableGpuFirmware=0'] },
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: ['open-gpu-kernel-modules, src/nvidia/src/kernel/gpu/gsp', 'NVIDIA driver README, "GSP Firmware"'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    boot: {
      regex:
        /(?:failed to wait for GFW[_ ]BOOT|failed to wait for GFW boot complete|failed to execute FWSEC|failed to execute Booter|sanity check failed 0x[0-9a-f]+ waiting for RPC response from GSP\. Expected function \d+ \(GSP_INIT_DONE\)|GSP_LOCKDOWN_NOTICE)/,
      literals: [
        'GFW_BOOT',
        'GFW BOOT',
        'GFW boot complete',
        'failed to execute FWSEC',
        'failed to execute Booter',
        'GSP_INIT_DONE',
        'GSP_LOCKDOWN_NOTICE',
      ],
    },
    firmware: {
      regex: /RmInitAdapter: Cannot initialize GSP firmware RM/,
      literals: ['Cannot initialize GSP firmware RM'],
    },
  },
  explains: [
    ...BROKEN_BY_INIT,
    'gpu-fell-off-bus',
    'gsp-rpc-timeout',
    'gpu-needs-cold-power-cycle',
    'driver-probe-failed',
    'gpu-not-responding',
    'xid',
  ],
  check(input) {
    const failing = (guest: (typeof input.guests)[number]): boolean =>
      guest.rmInit.some(({ stage }) => stage === '0x62' || stage === '0x63');
    const said = claimsOfHits(input, [...input.hits('boot'), ...input.hits('firmware')], 'likely', (guest, own) => {
      if (lacksGsp(guest, input.tables) === true) return undefined;
      // Diagnostics of a good start carry some of these words; only a failed adapter makes them a failure.
      if (!failing(guest) && !own.some(({ pattern }) => pattern === 'firmware')) return undefined;
      const triple = guest.rmInit.find(({ stage }) => stage === '0x62' || stage === '0x63');
      // Memory that the kernel could not give is no fault of the card.
      const starved = triple?.status === '0x51';
      return {
        confidence: starved ? 'likely' : 'confirmed',
        evidence: [...own.slice(0, 4), ...(triple ? [triple] : [])],
      };
    });
    if (said.length > 0) return said;
    return input.guests.flatMap((guest) => {
      const triple = guest.rmInit.find(
        ({ stage, status }) => (stage === '0x62' || stage === '0x63') && status !== '0x25',
      );
      if (
        triple === undefined ||
        lacksGsp(guest, input.tables) === true ||
        guest.xids.some(({ xid }) => xid === 119 || xid === 120)
      )
        return [];
      return [{ confidence: 'likely' as const, subject: guestSubject(guest, triple.guestBdf), evidence: [triple] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'device firmware never finishes',
        files: {
          'guest/vm/dmesg.txt':
            '[    9.000001] NVRM: gpuWaitForGfwBootComplete_TU102: failed to wait for GFW_BOOT: (progress 0x3)\n' +
            '[    9.000101] NVRM: RmInitAdapter: Cannot initialize GSP firmware RM\n' +
            '[    9.100201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x62:0x65:1860)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the kernel has no memory for the firmware',
        files: {
          'guest/vm/dmesg.txt':
            '[  800.000101] NVRM: kgspInitRm_IMPL: Error preparing GSP-RM image\n' +
            '[  800.000201] NVRM: RmInitAdapter: Cannot initialize GSP firmware RM\n' +
            '[  800.003201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x62:0x51:1880)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'an init failure of another kind',
        files: {
          'guest/vm/dmesg.txt': '[    9.100201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x25:0x65:1236)\n',
        },
      },
    ],
  },
});
