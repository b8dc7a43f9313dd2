import { type Claim, defineRule } from '../../model/rule.ts';
import { guestSubject, hitsOf } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'irq-not-firing',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'Interrupts of the card do not reach the guest',
  why: 'At the end of initialisation the driver raises a test interrupt and waits for it. Status 0x45 means that its handler never ran.',
  fix: [
    {
      text: 'Leave MSI on in the guest: no pci=nomsi and no NVreg_EnableMSI=0 (advice to switch MSI off is wrong for bhyve, which routes no legacy interrupt for the card).',
      command: 'cat /proc/cmdline /etc/modprobe.d/*nvidia*',
      on: 'guest',
      reboot: 'guest',
    },
    {
      text: 'See whether the host delivers: while `nvidia-smi` runs in the guest, the pptN count must grow.',
      command: 'vmstat -i | grep ppt',
      on: 'host',
      verify: 'the nvidia row of /proc/interrupts in the guest is no longer 0',
    },
  ],
  references: ['open-gpu-kernel-modules, src/nvidia/src/kernel/os/os_sanity.c', 'nvidia-smi(1), return value 10'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    environment: {
      regex: /osVerifySystemEnvironment failed, bailing/,
      literals: ['osVerifySystemEnvironment failed'],
    },
    smi: {
      regex: /detected an issue with GPU interrupts/,
      literals: ['issue with GPU interrupts'],
    },
  },
  explains: [...BROKEN_BY_INIT],
  check(input) {
    return input.guests.flatMap((guest): Claim[] => {
      const failure = guest.rmInit.find(({ stage, status }) => stage === '0x11' && status === '0x45');
      const lines = [...hitsOf(guest, input.hits('environment')), ...hitsOf(guest, input.hits('smi'))];
      if (failure === undefined && lines.length === 0) {
        // Any other triple after the banner means that this test was not what failed.
        const other = guest.rmInit[0];
        return other === undefined
          ? []
          : [{ state: 'absent' as const, subject: guestSubject(guest, other.guestBdf), against: [other] }];
      }
      // A GSP that hung before makes the same test fail.
      if (guest.xids.some(({ xid }) => xid === 119 || xid === 120)) return [];
      return [
        {
          confidence: failure === undefined ? ('likely' as const) : ('confirmed' as const),
          subject: guestSubject(guest, failure?.guestBdf),
          evidence: [
            ...(failure ? [failure] : []),
            ...lines,
            ...(guest.interruptCount?.value === 0 ? [guest.interruptCount] : []),
          ],
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'the test interrupt never arrives',
        files: {
          'guest/vm/dmesg.txt':
            '[   12.100001] NVRM: osVerifySystemEnvironment failed, bailing!\n' +
            '[   12.100101] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x11:0x45:2099)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'after a GSP hang the same test fails for another reason',
        files: {
          'guest/vm/dmesg.txt':
            '[   10.100001] NVRM: Xid (PCI:0000:00:05): 119, pid=881, name=nvidia-smi, Timeout after 6s of waiting for RPC response from GPU0 GSP! Expected function 76 (GSP_RM_CONTROL) (0x2080a097 0x490).\n' +
            '[   12.100101] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x11:0x45:2099)\n',
        },
      },
    ],
  },
});
