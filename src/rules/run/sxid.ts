import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'sxid',
  stage: 'run',
  kind: 'symptom',
  severity: 'warning',
  title: 'An NVSwitch reported an error (SXid)',
  why: 'Boards with several GPUs have switches with numbers of their own. Corrected ones are counted and passed by; a fatal one takes the links of its GPUs down until the machine is reset.',
  fix: [],
  references: ['NVIDIA Fabric Manager User Guide, SXid errors'],
  knowledge: 'source',
  needs: [],
  explains: ['nvlink-error'],
  check({ guests }) {
    return guests.flatMap((guest) =>
      guest.sxids.map(({ sxid, fatal, message, count, ...ref }) => ({
        confidence: 'confirmed' as const,
        severity: fatal ? ('error' as const) : ('warning' as const),
        subject: { guest: guest.name },
        title: `SXid ${sxid}: ${message}`.slice(0, 90).replace(/[.!]$/, ''),
        evidence: [ref],
        count,
      })),
    );
  },
  examples: {
    fires: [
      {
        name: 'a link that went down',
        files: {
          'guest/box/dmesg.txt':
            '[  910.1] nvidia-nvswitch3: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 30 LTSSM Fault Up\n',
        },
        expect: { severity: 'error' },
      },
    ],
    silent: [
      {
        name: 'a GPU error',
        files: {
          'guest/box/dmesg.txt':
            '[  910.1] NVRM: Xid (PCI:0000:05:00): 74, pid=1, NVLink: fatal error detected on link 6\n',
        },
      },
    ],
  },
});
