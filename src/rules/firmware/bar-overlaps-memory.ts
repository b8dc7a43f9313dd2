import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { passthroughMeant } from '../lib/hosts.ts';

export default defineRule({
  code: 'bar-overlaps-memory',
  stage: 'firmware',
  kind: 'cause',
  severity: 'warning',
  title: 'A device address may lie over real memory of the host',
  why:
    'When bhyve maps a BAR, the kernel finds pages there that already have another caching attribute. That happens when firmware placed the ' +
    'BAR into a range that is RAM. Graphics drivers of the host print the same line for reasons of their own.',
  fix: [
    {
      text: 'Compare the BAR addresses of the card with the memory map of the machine.',
      command: 'pciconf -lvb; sysctl machdep.smap machdep.efi_map',
      on: 'host',
    },
    {
      text: 'If they overlap, update the firmware, or let it place BARs anew (Above 4G Decoding, another slot).',
      on: 'firmware',
      reboot: 'host',
      risk: 'until then do not start the VM: the guest would write into memory of the host',
    },
  ],
  references: ['sys/vm/sg_pager.c, sg_pager_getpages'],
  knowledge: 'inferred',
  needs: ['host-log'],
  patterns: onHost({
    attribute: { regex: /A device driver has set "memattr" inconsistently/, literals: ['"memattr" inconsistently'] },
  }),
  experiments: [
    {
      command: 'pciconf -lvb; sysctl machdep.smap',
      on: 'host',
      cost: 'look',
      why: 'shows whether a BAR lies in a range of RAM',
      decides: ['bar-overlaps-memory'],
      outcomes: [
        { if: 'a memory BAR of the card lies in a range of type 1', then: 'firmware placed it over RAM' },
        { if: 'none does', then: 'the line came from something else' },
      ],
    },
  ],
  check({ host, hits }) {
    const lines = hits('attribute');
    if (lines.length === 0) return [];
    const meant = passthroughMeant(host).length > 0;
    const claim: Claim = { confidence: 'possible', evidence: lines, count: lines.length };
    return [meant ? claim : { ...claim, kind: 'notice', severity: 'info' }];
  },
  examples: {
    fires: [
      {
        name: 'on a host that passes a card',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="4/0/0"\n',
          'host/dmesg.txt':
            'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\nWARNING: A device driver has set "memattr" inconsistently.\n',
        },
        expect: { kind: 'cause', confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'an ordinary attach',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="4/0/0"\n',
          'host/dmesg.txt': 'ppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n',
        },
      },
    ],
  },
});
