import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

export default defineRule({
  code: 'power-cable-missing',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'The card reports that its auxiliary power is not connected',
  why: 'The board senses its power connectors and the driver refuses to run without them. Tesla boards such as P40 and M40 take an EPS 8-pin plug, not a PCIe one.',
  fix: [
    {
      text: 'Connect the auxiliary power with the cable made for this board. An EPS and a PCIe plug look alike and are wired differently.',
      on: 'hardware',
      reboot: 'host',
      risk: 'the wrong cable can destroy card and power supply',
      verify: 'the message is gone',
    },
  ],
  references: ['open-gpu-kernel-modules, status NV_ERR_INSUFFICIENT_POWER', 'nvidia-smi(1), return value 8'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    power: {
      regex:
        /GPU (?<bdf>[0-9a-f:.]+): GPU does not have the necessary power cables connected|does not have the necessary power cables connected|external power cables? (?:is|are) not/,
      literals: ['necessary power cables', 'external power cable'],
    },
    tool: {
      regex: /GPU .{0,60}is not powered/,
      literals: ['is not powered'],
      kinds: ['nvidia-smi-error'],
    },
    xid: {
      regex: /Xid \((?:PCI:)?(?<bdf>[0-9a-f:.]+)\): 54,/,
      literals: ['): 54,'],
    },
  },
  explains: [...BROKEN_BY_INIT, 'xid'],
  check(input) {
    const said = [...input.hits('power'), ...input.hits('xid')];
    return claimsOfHits(input, [...said, ...input.hits('tool')], said.length > 0 ? 'confirmed' : 'likely');
  },
  examples: {
    fires: [
      {
        name: 'no auxiliary power',
        files: {
          'guest/vm/dmesg.txt':
            '[    8.000101] NVRM: GPU 0000:00:05.0: GPU does not have the necessary power cables connected.\n' +
            '[    8.000201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0x1c:1460)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the same stage with another status',
        files: {
          'guest/vm/dmesg.txt': '[    8.000201] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0x72:1460)\n',
        },
      },
    ],
  },
});
