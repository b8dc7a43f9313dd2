/**
 * `/proc/cpuinfo` of Linux on x86: a block of `key : value` lines for each CPU. What matters here stands in each block alike,
 * so the first one is read and the others are counted. `address sizes` bounds the addresses at which the guest can reach a
 * BAR; bhyve hands the host's width through. arch/x86/kernel/cpu/proc.c, show_cpuinfo(); other architectures print other keys.
 *
 * ```text
 * processor	: 0
 * vendor_id	: AuthenticAMD
 * cpu family	: 25
 * model name	: AMD Ryzen 9 5900X 12-Core Processor
 * flags		: fpu vme de pse tsc msr hypervisor lahf_lm
 * address sizes	: 48 bits physical, 48 bits virtual
 *
 * processor	: 1
 * vendor_id	: AuthenticAMD
 * address sizes	: 48 bits physical, 48 bits virtual
 * ```
 * ```json
 * { "line": 1, "processors": 2, "vendor": "AuthenticAMD", "model": "AMD Ryzen 9 5900X 12-Core Processor", "hypervisor": true,
 *   "addressSizes": { "line": 6, "physicalBits": 48, "virtualBits": 48 } }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface ProcCpuinfoFacts extends Located {
  /** CPUs the guest uses, unless the text is an excerpt */
  processors: number;
  /** `GenuineIntel`, `AuthenticAMD` */
  vendor?: string;
  model?: string;
  /** the CPU says that it is a virtual one; undefined when the flags are not shown */
  hypervisor?: boolean;
  addressSizes?: Located & { physicalBits: number; virtualBits: number };
}

/** Lists of flags grow with every generation of CPUs; what is longer than this is none. */
const MAX_LINE = 16_384;
const FIELD = /^\s*([a-z][a-z_ ]{1,24}[a-z])\s*: ?(.*)$/;
const ADDRESS_SIZES = /^(\d{1,3}) bits physical, (\d{1,3}) bits virtual/;

type FieldReader = (facts: ProcCpuinfoFacts, value: string, line: number) => void;

/** What a line means, by its key. The first block that has it decides. */
const READERS = new Map<string, FieldReader>([
  ['processor', () => undefined],
  ['vendor_id', (facts, value) => (facts.vendor ??= value.slice(0, 40))],
  ['model name', (facts, value) => (facts.model ??= value.slice(0, 120))],
  ['flags', (facts, value) => (facts.hypervisor ??= /(?:^| )hypervisor(?: |$)/.test(value))],
  [
    'address sizes',
    (facts, value, line) => {
      const [, physical, virtual] = ADDRESS_SIZES.exec(value) ?? [];
      if (physical !== undefined && virtual !== undefined)
        facts.addressSizes ??= { line, physicalBits: Number(physical), virtualBits: Number(virtual) };
    },
  ],
]);

export default defineParser<ProcCpuinfoFacts>({
  kind: 'proc-cpuinfo',
  side: 'guest',
  title: 'processors of a Linux guest and how far they can address',
  source: '/proc/cpuinfo',
  markers: [
    /^\s*address sizes\s*: \d{1,3} bits physical, \d{1,3} bits virtual/,
    /^\s*vendor_id\s*: (?:GenuineIntel|AuthenticAMD|HygonGenuine|CentaurHauls)\s*$/,
    /^\s*(?:cpu family|cpuid level|initial apicid|clflush size|cache_alignment|siblings|cpu cores)\s*: \d{1,10}\s*$/,
    /^\s*flags\s*: fpu /,
    /^\s*bogomips\s*: \d{1,8}\.\d\d\s*$/,
  ],
  shared: [/^\s*(?:processor|model name|stepping|model)\s*: \S/],
  commands: [/\/proc\/cpuinfo/],
  fileNames: [/(?:^|[/_.-])cpuinfo[^/]*$/i],
  parse(text) {
    let facts: ProcCpuinfoFacts | undefined;
    /** how often each key stands there: excerpts often lack the `processor` lines */
    const seen = new Map<string, number>();
    splitLines(text).forEach((raw, i) => {
      const match = raw.length > MAX_LINE ? null : FIELD.exec(raw);
      if (match === null) return;
      const read = READERS.get(match[1]!);
      if (read === undefined) return;
      facts ??= { line: i + 1, processors: 0 };
      seen.set(match[1]!, (seen.get(match[1]!) ?? 0) + 1);
      read(facts, match[2]!.trim(), i + 1);
    });
    if (facts !== undefined) facts.processors = Math.max(...seen.values());
    return { facts, problems: [] };
  },
});
