import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';
import { SECONDARY_XIDS, XIDS_OF_RULES } from '../lib/xids.ts';

const HANDLED = new Set<number>(Object.values(XIDS_OF_RULES).flat());

export default defineRule({
  code: 'xid',
  stage: 'run',
  kind: 'symptom',
  severity: 'warning',
  title: 'The driver reported an Xid',
  why: 'An Xid is a numbered event of the NVIDIA driver. The first one of a burst counts; 45 and 154 only follow others.',
  fix: [],
  references: ['NVIDIA Xid catalogue'],
  knowledge: 'source',
  needs: [],
  check({ guests, tables }) {
    return guests.flatMap((guest) =>
      guest.xids
        .filter(({ xid }) => !HANDLED.has(xid))
        .map((event) => {
          const row = tables.xids.get(event.xid);
          return {
            confidence: 'confirmed' as const,
            severity:
              SECONDARY_XIDS.has(event.xid) || row?.severity === 'info' ? ('info' as const) : ('warning' as const),
            subject: guestSubject(guest, event.guestBdf),
            title: `Xid ${event.xid}: ${row?.title ?? 'not in the catalogue'}`,
            ...(row && { detail: `${row.meaning} ${row.action}` }),
            evidence: [event],
            count: event.count,
          };
        }),
    );
  },
  examples: {
    fires: [
      {
        name: 'a micro-controller warning',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 62, pid=1923, 0000(0000) 00000000 00000000\n',
        },
        expect: { kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'an Xid with a finding of its own',
        files: { 'guest/vm/dmesg.txt': '[  910.100001] NVRM: Xid (PCI:0000:00:05): 79, GPU has fallen off the bus.\n' },
      },
    ],
  },
});
