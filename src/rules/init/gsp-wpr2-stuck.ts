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
    fwsec: {
      regex: /failed to execute FWSEC (?:cmd|for FRTS)/,
      literals: ['failed to execute FWSEC'],
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
      // When the secure firmware step failed first, the region is up because of that failure in this very boot.
      const fwsec = hitsOf(guest, input.hits('fwsec'))[0];
      const first = own[0]!;
      return fwsec !== undefined && fwsec.artifact === first.artifact && fwsec.line < first.line ? undefined : {};
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
