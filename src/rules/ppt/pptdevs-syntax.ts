import type { PptEntry, UnreadPptEntry } from '../../model/host.ts';
import { defineRule } from '../../model/rule.ts';
import { functionAt } from '../lib/hosts.ts';

export default defineRule({
  code: 'pptdevs-syntax',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'A pptdevs line is written so that the kernel cannot read it',
  why:
    'The kernel reads only pptdevs, pptdevs2 and pptdevs3, cuts the value at single spaces and takes bus/slot/function in decimal ' +
    'from each piece. Commas, colons, hexadecimal numbers or a PCI domain make it skip the device without a message, and a ' +
    'value that is too long is dropped as a whole.',
  fix: [
    {
      text: 'Write decimal numbers with slashes, one space between devices, at most 128 characters a variable; the rest goes into pptdevs2 and pptdevs3. pci0:10:0:0 of pciconf becomes 10/0/0.',
      file: { path: '/boot/loader.conf', lines: ['pptdevs="10/0/0 10/0/1"'] },
      on: 'host',
      reboot: 'host',
      verify: '`kenv pptdevs` shows the line, `pciconf -l` shows the devices as pptN',
    },
  ],
  references: ['sys/amd64/vmm/vmm.c, vmm_is_pptdev', 'vmm(4)', 'sys/kern/kern_environment.c'],
  knowledge: 'source',
  needs: ['loader-conf'],
  explains: ['device-not-ppt', 'device-assign-failed', 'vm-start-failed'],
  check({ host }) {
    const read = new Set(host.pptdevs.flatMap(({ bdf }) => bdf ?? []));
    const broken: (PptEntry | UnreadPptEntry)[] = [
      ...host.pptdevs.filter(
        ({ problem, bdf, intended }) => problem !== undefined && (bdf === undefined || intended !== undefined),
      ),
      // A line that a later one replaces is mostly left over; it matters when its devices are nowhere else.
      ...host.pptdevsUnread,
    ];
    const lost = broken.filter(({ intended }) => {
      const devices = (intended ?? []).filter((bdf) => !read.has(bdf));
      if (intended !== undefined && devices.length === 0) return false;
      // By whatever way, what is on ppt is reserved.
      return devices.length === 0 || devices.some((bdf) => functionAt(host, bdf)?.driver !== 'ppt');
    });
    if (lost.length === 0) {
      const overlong = host.pptdevs.filter((entry) => entry.overlong === true);
      if (overlong.length === 0) return [];
      return [
        {
          kind: 'notice',
          severity: 'warning',
          confidence: 'possible',
          title: 'A pptdevs line is longer than the documented 128 characters',
          evidence: overlong,
        },
      ];
    }
    const replaced = lost.every((entry) => 'reason' in entry && entry.reason === 'overridden');
    return [
      {
        confidence: replaced ? 'possible' : 'confirmed',
        ...(replaced
          ? {
              kind: 'notice' as const,
              severity: 'warning' as const,
              title: 'A pptdevs line is replaced by a later one',
            }
          : {}),
        detail: [...firstOf(lost)]
          .slice(0, 4)
          .map(([problem, raw]) => `"${raw.slice(0, 40)}"${problem === '' ? '' : `: ${problem}`}`)
          .join('; '),
        evidence: lost,
        count: lost.length,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'the spelling of pciconf',
        files: { 'host/loader.conf': 'vmm_load="YES"\npptdevs="pci0:10:0:0 pci0:10:0:1"\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a comma instead of a space loses the second function',
        files: { 'host/loader.conf': 'vmm_load="YES"\npptdevs="10/0/0,10/0/1"\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a variable that the kernel does not ask for',
        files: { 'host/loader.conf': 'vmm_load="YES"\npptdevs="10/0/0"\npptdevs4="11/0/0"\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'two variables and a comment',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="10/0/0 10/0/1" # card, then its audio\npptdevs2="130/0/0"\n',
        },
      },
    ],
  },
});

/** One entry for each thing that is wrong, the first. */
function firstOf(entries: readonly PptEntry[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const { raw, problem = '' } of entries) if (!first.has(problem)) first.set(problem, raw);
  return first;
}
