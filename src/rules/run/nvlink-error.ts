import { defineRule } from '../../model/rule.ts';
import type { Confidence } from '../../model/finding.ts';
import { claimsOfEvents, eventsOf, previousXid, XIDS_OF_RULES } from '../lib/xids.ts';

/** The parts of the fifth-generation NVLink; their lines say themselves whether the event was fatal. */
const PARTS: readonly number[] = [144, 145, 146, 147, 148, 149, 150];
const FATAL = /\bFatal\b/;

export default defineRule({
  code: 'nvlink-error',
  stage: 'run',
  kind: 'cause',
  severity: 'error',
  title: 'An NVLink connection of the card reported a fault',
  why:
    'Xid 74, and 144 to 150 on boards with the fifth generation of NVLink, come from the links between cards. A loose ' +
    'bridge, a faulty board or a peer that went away bring them.',
  fix: [
    {
      text: 'Check the bridge or the baseboard, then reset all cards that the link connects.',
      command: 'nvidia-smi nvlink -s',
      on: 'guest',
      verify: 'no Xid 74 after the reset',
    },
  ],
  references: ['NVIDIA Xid catalogue, Xid 74'],
  knowledge: 'source',
  needs: [],
  explains: ['xid'],
  check(input) {
    return input.guests.flatMap((guest) => {
      const proven = eventsOf(guest, XIDS_OF_RULES['nvlink-error']);
      const fatal = eventsOf(guest, PARTS).filter(({ message }) => FATAL.test(message));
      // Channels that were cleared away name the event they follow, also where an excerpt lacks it.
      const follow = guest.xids.filter((event) => [74, ...PARTS].includes(previousXid(event) ?? 0));
      const [events, confidence]: [typeof follow, Confidence] =
        proven.length > 0 ? [proven, 'confirmed'] : fatal.length > 0 ? [fatal, 'confirmed'] : [follow, 'likely'];
      return claimsOfEvents(guest, events).map((claim) => ({ ...claim, confidence }));
    });
  },
  examples: {
    fires: [
      {
        name: 'Xid 74',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 74, pid=1801, NVLink: fatal error detected on link 2(0x0, 0x0, 0x10000, 0x0, 0x0, 0x0, 0x0)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a fatal event of a fifth-generation link',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:5d:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 07 (0x02500146 0x00000000 0x00000000 0x00000000 0x00000000 0x00000000)\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'only the channels that were cleared away',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:5d:00): 45, pid=3310, name=train, Ch 00000006 caused by previous Xid 145\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'an event that the link got over',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:5d:00): 145, RLW_RXPIPE Nonfatal XC0 i0 Link 03 (0x0409a0c2 0x00000008 0x00000001 0x00000000 0x00100000 0x00000004)\n',
        },
      },
      {
        name: 'the NVLink core of the driver starts',
        files: {
          'guest/vm/dmesg.txt':
            '[    2.683645] nvidia-nvlink: Nvlink Core is being initialized, major device number 239\n',
        },
      },
    ],
  },
});
