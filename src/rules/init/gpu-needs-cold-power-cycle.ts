import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'gpu-needs-cold-power-cycle',
  stage: 'init',
  kind: 'cause',
  severity: 'warning',
  title: 'The card may be in a state that only a full power cycle clears',
  why: 'A card that was reset only in part, or handed over while in use, can refuse to initialise until its power is removed. Reports of these triples end with that.',
  fix: [
    {
      text: 'Shut the host down, take its power away for half a minute, and start again; then start the VM once.',
      on: 'hardware',
      reboot: 'host',
      verify: 'the first start of the VM after that initialises the card',
    },
  ],
  references: ['reports of RmInitAdapter failures, compatibility matrix'],
  knowledge: 'inferred',
  needs: ['guest-log'],
  explains: [...BROKEN_BY_INIT],
  experiments: [
    {
      command: 'power the host off, wait 30 s, power it on, start the VM once',
      on: 'hardware',
      cost: 'host-reboot',
      why: 'gives the card a full reset',
      decides: ['gpu-needs-cold-power-cycle'],
      outcomes: [
        { if: 'the first start works, the second fails', then: 'the card is not reset between runs' },
        { if: 'it fails the same way', then: 'the state of the card is not the cause' },
      ],
    },
  ],
  check({ guests }) {
    return guests.flatMap((guest) => {
      // Only failures without a more specific line in the log, and not the Video BIOS stage.
      const failure = guest.rmInit.find(
        ({ stage, status }) =>
          (/^0x2[346]$/.test(stage) && /^0x(?:ffff|65|40)$/.test(status)) || (stage === '0x31' && status === '0x40'),
      );
      if (failure === undefined || guest.xids.length > 0) return [];
      return [{ confidence: 'possible' as const, subject: guestSubject(guest, failure.guestBdf), evidence: [failure] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'one card of several does not come up',
        files: {
          'guest/box/dmesg.txt':
            'Apr 17 10:23:33 node kernel: NVRM: GPU 0000:af:00.0: RmInitAdapter failed! (0x26:0xffff:1230)\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'an interrupt failure is no matter of state',
        files: {
          'guest/box/dmesg.txt':
            'Apr 17 10:23:33 node kernel: NVRM: GPU 0000:af:00.0: RmInitAdapter failed! (0x11:0x45:2099)\n',
        },
      },
    ],
  },
});
