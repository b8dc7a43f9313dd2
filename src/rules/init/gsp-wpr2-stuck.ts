import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, hitsOf } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'gsp-wpr2-stuck',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The card was not reset: its protected memory (WPR2) is still up from an earlier owner',
  why:
    'The GPU System Processor sets up a write-protected memory region when it boots and takes it down when the driver ' +
    'leaves. When an earlier driver (the host, an earlier guest) ended without that, the next one cannot boot the processor.',
  fix: [
    {
      text: 'Power the host off and on; a reset of the function or the bus also clears it where the card supports one.',
      on: 'hardware',
      reboot: 'host',
      verify: 'the first start of the VM after that initialises the card',
    },
    { text: 'Shut guests down cleanly, so that the driver gives the card back.', on: 'guest' },
  ],
  references: ['open-gpu-kernel-modules, src/nvidia/src/kernel/gpu/gsp/kernel_gsp.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    up: {
      regex: /unexpected WPR2 already up, cannot proceed with booting GSP/,
      literals: ['unexpected WPR2 already up', 'WPR2 already up'],
    },
    // A boot of the processor that failed in this very attempt; the driver tries again and finds what that one left.
    before: {
      regex:
        /(?:failed to execute FWSEC (?:cmd|for FRTS)|returned from kgspWaitForRmInitDone|GSP-FMC reported an error while attempting to boot GSP|waiting for RPC response from GSP\. Expected function \d+ \(GSP_INIT_DONE\)|GSP_LOCKDOWN_NOTICE)/,
      literals: [
        'failed to execute FWSEC',
        'returned from kgspWaitForRmInitDone',
        'GSP-FMC reported an error',
        'GSP_INIT_DONE',
        'GSP_LOCKDOWN_NOTICE',
      ],
    },
  },
  explains: [
    ...BROKEN_BY_INIT,
    'gsp-boot-failure',
    'gpu-fell-off-bus',
    'gsp-rpc-timeout',
    'gpu-needs-cold-power-cycle',
    'driver-probe-failed',
    'gpu-not-responding',
    'xid',
  ],
  check(input) {
    return claimsOfHits(input, input.hits('up'), 'confirmed', (guest, own) => {
      // When a boot failed first, the region is up because of that failure in this very boot.
      const before = hitsOf(guest, input.hits('before'))[0];
      const first = own[0]!;
      return before !== undefined && before.artifact === first.artifact && before.line < first.line ? undefined : {};
    });
  },
  examples: {
    fires: [
      {
        name: 'the second start of a guest',
        files: {
          'guest/vm/dmesg.txt':
            '[    9.100001] NVRM: GPU0 _kgspBootGspRm: unexpected WPR2 already up, cannot proceed with booting GSP\n' +
            '[    9.100101] NVRM: GPU0 _kgspBootGspRm: (the GPU is likely in a bad state and may need to be reset)\n' +
            '[    9.100201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x62:0x40:2138)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the processor starts, fails, and is tried again',
        files: {
          'guest/vm/dmesg.txt':
            '[   12.000001] NVRM: GPU0 nvAssertOkFailedNoLog: Assertion failed: Generic Error: Invalid state [NV_ERR_INVALID_STATE] (0x00000040) returned from kgspWaitForRmInitDone(pGpu, pKernelGsp) @ kernel_gsp_gh100.c:1090\n' +
            '[   12.000021] NVRM: GPU0 _kgspBootGspRm: unexpected WPR2 already up, cannot proceed with booting GSP\n' +
            '[   12.000101] NVRM: GPU0 RmInitAdapter: Cannot initialize GSP firmware RM\n' +
            '[   12.002201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x62:0x40:2151)\n',
        },
      },
      {
        name: 'the secure firmware step fails before',
        files: {
          'guest/vm/dmesg.txt':
            '[    9.000001] NVRM: GPU0 kgspExecuteFwsec_TU102: failed to execute FWSEC for FRTS: FRTS error code 0x4a1\n' +
            '[    9.100001] NVRM: GPU0 _kgspBootGspRm: unexpected WPR2 already up, cannot proceed with booting GSP\n' +
            '[    9.100201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x62:0x40:2138)\n',
        },
      },
    ],
  },
});
