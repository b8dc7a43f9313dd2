import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

/** Bit 61 of a bank's status: the error was not corrected. */
const UNCORRECTED = 1n << 61n;

export default defineRule({
  code: 'host-machine-check',
  stage: 'run',
  kind: 'notice',
  severity: 'warning',
  title: 'The host reported a machine check',
  why: 'The processor found an error of itself, of the memory or of an I/O link. Corrected ones cost nothing by themselves and point to a part that ages; uncorrected ones explain any crash after them.',
  fix: [
    {
      text: 'Decode the bank and the status, and test or replace the part they name.',
      command: 'mcelog --ascii < the lines, or pkg install mcelog',
      on: 'host',
    },
  ],
  references: ['sys/x86/x86/mca.c', 'Intel SDM, volume 3, machine-check architecture'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    bank: { regex: /MCA: Bank (?<bank>\d{1,3}), Status 0x(?<status>[0-9a-f]{1,16})/, literals: ['MCA: Bank '] },
  }),
  check({ hits }): Claim[] {
    const lines = hits('bank');
    const hard = lines.filter(({ groups }) => (BigInt(`0x${groups.status ?? '0'}`) & UNCORRECTED) !== 0n);
    if (hard.length > 0) {
      return [
        {
          kind: 'cause',
          severity: 'error',
          confidence: 'likely',
          title: 'The host reported an uncorrected hardware error (machine check)',
          evidence: hard,
          count: hard.length,
        },
      ];
    }
    return lines.length === 0 ? [] : [{ confidence: 'confirmed', evidence: lines, count: lines.length }];
  },
  examples: {
    fires: [
      {
        name: 'a corrected memory error',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\nMCA: Bank 7, Status 0x8c00004000010090\n',
        },
        expect: { kind: 'notice', severity: 'warning' },
      },
      {
        name: 'an uncorrected one',
        files: {
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\nMCA: Bank 5, Status 0xbe00000000800400\n',
        },
        expect: { kind: 'cause', severity: 'error' },
      },
    ],
    silent: [
      {
        name: 'a count of banks',
        files: { 'host/dmesg.txt': 'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\nMCA: CPU 0 has 22 banks\n' },
      },
    ],
  },
});
