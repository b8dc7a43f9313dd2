import { defineRule } from '../../model/rule.ts';
import { claimsOfXids, XIDS_OF_RULES } from '../lib/xids.ts';

export default defineRule({
  code: 'xid-application-fault',
  stage: 'run',
  kind: 'cause',
  severity: 'warning',
  title: 'A program made the GPU fault (Xid 13, 31 or 43)',
  why:
    'These Xids mean that a program running on the GPU accessed memory it does not own or was stopped. With one program only, ' +
    'the program is to blame; when every program brings them, suspect DMA mapping or the card.',
  fix: [
    {
      text: 'Run another GPU program. If only one brings the Xid, fix or update that one (compute-sanitizer shows where).',
      command: 'compute-sanitizer PROGRAM',
      on: 'guest',
      verify: 'no Xid with the other program',
    },
  ],
  references: ['NVIDIA Xid catalogue, Xid 13, 31, 43'],
  knowledge: 'source',
  needs: [],
  explains: ['xid'],
  experiments: [
    {
      command: 'run another GPU program for as long (a sample of the CUDA toolkit, gpu-burn)',
      on: 'guest',
      cost: 'guest-change',
      why: 'separates a fault of one program from one of the card or its DMA',
      decides: ['xid-application-fault'],
      outcomes: [
        { if: 'no Xid', then: 'the first program is to blame' },
        { if: 'Xids with every program', then: 'look at the IOMMU of the host and at the memory of the card' },
      ],
    },
  ],
  check(input) {
    return claimsOfXids(input, XIDS_OF_RULES['xid-application-fault'], (_guest, events) => ({
      confidence: new Set(events.map(({ process }) => process ?? '')).size > 3 ? 'possible' : 'likely',
    }));
  },
  examples: {
    fires: [
      {
        name: 'one program reads out of range',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 31, pid=1942, name=train, Ch 00000008, intr 00000000. MMU Fault: ENGINE GRAPHICS GPC1 GPCCLIENT_T1_0 faulted @ 0x7f2b_4a000000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ\n',
        },
        expect: { severity: 'warning' },
      },
    ],
    silent: [
      {
        name: 'an Xid of the card itself',
        files: {
          'guest/vm/dmesg.txt':
            '[  910.100001] NVRM: Xid (PCI:0000:00:05): 61, pid=77, Internal micro-controller breakpoint/warning\n',
        },
      },
    ],
  },
});
