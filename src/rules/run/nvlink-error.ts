import { defineRule } from '../../model/rule.ts';
import { claimsOfXids, XIDS_OF_RULES } from '../lib/xids.ts';

export default defineRule({
  code: 'nvlink-error',
  stage: 'run',
  kind: 'cause',
  severity: 'error',
  title: 'An NVLink connection of the card reported a fault',
  why: 'Xid 74 comes from the links between cards. A loose bridge, a faulty board or a peer that went away bring it.',
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
    return claimsOfXids(input, XIDS_OF_RULES['nvlink-error']);
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
    ],
    silent: [
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
