/**
 * Kernel state: `sysctl hw.vmm`, `sysctl -a | grep vmm` (`name: value`), `sysctl -e` (`name=value`). sysctl(8). A node
 * that does not exist is an answer: without vmm.ko there is no `hw.vmm`.
 *
 * ```text
 * hw.vmm.amdvi.enable: 1
 * hw.vmm.iommu.initialized: 0
 * hw.vmm.ppt.devices: 2
 * hw.physmem: 68568465408
 * hw.model: AMD Ryzen 9 5900X 12-Core Processor
 * sysctl: unknown oid 'hw.dmar'
 * ```
 * ```json
 * { "values": [{ "name": "hw.vmm.amdvi.enable", "value": 1, "line": 1 }, { "name": "hw.vmm.iommu.initialized", "value": 0 },
 *              { "value": 2 }, { "value": 68568465408 }, { "value": "AMD Ryzen 9 5900X 12-Core Processor" }],
 *   "vmmLoaded": true,
 *   "unknown": [{ "name": "hw.dmar", "line": 6 }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { READ_ONLY_OID } from '../lib/conf-keys.ts';
import { splitLines } from '../lib/lines.ts';

export interface SysctlValue extends Located {
  /** object identifier, `hw.vmm.iommu.enable` */
  name: string;
  /** a number when the whole value is one integer that a double holds exactly */
  value: string | number;
}

export interface SysctlFacts {
  values: SysctlValue[];
  /** identifiers the kernel does not have */
  unknown: (Located & { name: string })[];
  /** hw.vmm exists (true) or was asked for and does not (false) */
  vmmLoaded?: boolean;
}

const ROOT = '(?:hw|kern|vm|vfs|net|machdep|security|kstat|dev|debug|compat|user|p1003_1b|sysctl|lock|veriexec)';
const PRINTED = new RegExp(`^\\s*(${ROOT}\\.[\\w.%-]+): ?(.*)$`);
const ASSIGNED = new RegExp(`^\\s*(${ROOT}\\.[\\w.%-]+)=(.*)$`);
const UNKNOWN = /^\s*(?:sysctl: )?unknown oid '([\w.%-]{1,200})'/;

/** What diagnosis asks for; of the thousands of other values that `sysctl -a` prints only the first are kept. */
const ASKED_FOR =
  /^(?:hw\.(?:vmm\.|model$|ncpu$|machine|physmem$|realmem$|dmar\.|pci\.|nvidia|intel_graphics)|kern\.(?:osre|ostype|version$|vm_guest$|securelevel$|ident$|bootfile$)|vm\.(?:max_|stats\.vm\.v_(?:user_)?wire)|security\.|vfs\.zfs\.arc|kstat\.zfs\.misc\.arcstats\.size$|dev\.(?:ppt|vgapci|nvidia)\.)/;
const MAX_OTHERS = 500;

/** Lines a value may run over; `kern.geom.*` and `vm.*` prints tables. */
const MAX_VALUE_LINES = 40;

const typed = (text: string): string | number => {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : text;
};

export default defineParser<SysctlFacts>({
  kind: 'sysctl',
  side: 'host',
  title: 'FreeBSD kernel state',
  source: 'sysctl hw.vmm hw.physmem hw.model vm.max_user_wired kern.vm_guest security.jail.jailed',
  markers: [
    new RegExp(`^\\s*${ROOT}\\.[\\w.%-]+: `),
    new RegExp(`^\\s*${READ_ONLY_OID}[\\w.]*=`),
    /^\s*sysctl: unknown oid '/,
  ],
  commands: [/^(?:\S*\/)?sysctl\b/],
  fileNames: [/(?:^|[/_-])sysctl[\w.-]*$/],
  parse(text) {
    const values: SysctlValue[] = [];
    const unknown: SysctlFacts['unknown'] = [];
    let others = 0;
    let open: { entry: SysctlValue; lines: string[] } | undefined;
    const close = () => {
      if (open) open.entry.value = typed(open.lines.join('\n').trim());
      open = undefined;
    };
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      const missing = UNKNOWN.exec(raw);
      const match = missing ? null : (PRINTED.exec(raw) ?? ASSIGNED.exec(raw));
      if (missing || match) close();
      if (missing) unknown.push({ line, name: missing[1]! });
      if (match) {
        const entry: SysctlValue = { line, name: match[1]!, value: '' };
        if (!ASKED_FOR.test(entry.name)) others += 1;
        if (others <= MAX_OTHERS || ASKED_FOR.test(entry.name)) values.push(entry);
        open = { entry, lines: [match[2]!] };
      } else if (open) {
        // A blank line ends a value, except right after the name where tables begin.
        if (raw.trim() === '' && open.lines.join('').trim() !== '') close();
        else if (open.lines.length < MAX_VALUE_LINES) open.lines.push(raw);
      }
    });
    close();
    if (values.length + unknown.length === 0) return { facts: undefined, problems: [] };
    const facts: SysctlFacts = { values, unknown };
    const isVmm = ({ name }: { name: string }) => name === 'hw.vmm' || name.startsWith('hw.vmm.');
    if (values.some(isVmm)) facts.vmmLoaded = true;
    else if (unknown.some(isVmm)) facts.vmmLoaded = false;
    return { facts, problems: [] };
  },
});
