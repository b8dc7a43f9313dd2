/**
 * `/proc/interrupts` of Linux: one row an interrupt with its count on every CPU, the controller, and the drivers behind it;
 * whole or grepped (then without the row of CPU names). kernel/irq/proc.c, show_interrupts(). The NVIDIA driver has a row only
 * while something holds the device open; a count that stays 0 meanwhile means that interrupts do not arrive.
 *
 * ```text
 *            CPU0       CPU1
 *   1:          9          0   IO-APIC   1-edge      i8042
 *  33:          0       1204  PCI-MSI-0000:00:07.0    0-edge      nvidia
 * NMI:          0          0   Non-maskable interrupts
 * ```
 * ```json
 * { "cpus": 2, "rows": 3,
 *   "interrupts": [{ "irq": "33", "total": 1204, "perCpu": [0, 1204], "controller": "PCI-MSI-0000:00:07.0", "msi": true,
 *                    "actions": ["nvidia"], "line": 3 }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface InterruptRow extends Located {
  /** the number, or a name such as `NMI` */
  irq: string;
  /** sum over all CPUs */
  total: number;
  /** at most 512 */
  perCpu: number[];
  /** `PCI-MSI`, `IR-PCI-MSI`, `IO-APIC` ... */
  controller: string;
  /** false: a wired interrupt */
  msi: boolean;
  actions: string[];
}

export interface ProcInterruptsFacts {
  /** as the head names them; absent in a grep */
  cpus?: number;
  /** interrupts listed, of any driver */
  rows: number;
  /** those of GPU drivers */
  interrupts: InterruptRow[];
}

const MAX_ROWS = 256;
const HEAD = /^\s{1,40}CPU\d{1,4}(?:\s{1,20}CPU\d{1,4})*\s*$/;
const ROW = /^\s{0,40}(\d{1,7}|[A-Z]{3}):((?:\s{1,20}\d{1,20})+)\s{1,20}(\S.{0,300}?)\s*$/;
const CONTROLLERS = String.raw`(?:IR-|DMAR-|xen-|ITS-|GICv?\d?-?)?(?:PCI-MSIX?|MSI|IO-APIC|XT-PIC|GIC|GICv\d|xen-pirq|Level|Edge|HYPERVISOR)`;
const GPU_DRIVER = /^(?:nvidia|nouveau|nova|nvkm)/;

export default defineParser<ProcInterruptsFacts>({
  kind: 'proc-interrupts',
  side: 'guest',
  title: 'interrupt counts',
  source: '/proc/interrupts',
  markers: [HEAD, new RegExp(`^\\s{0,40}\\d{1,7}:(?:\\s{1,20}\\d{1,20})+\\s{1,20}${CONTROLLERS}[\\w:.-]{0,40}\\s`)],
  commands: [/\/proc\/interrupts/],
  fileNames: [/(?:^|[/_.-])interrupts[^/]*$/i],
  parse(text) {
    let cpus: number | undefined;
    let rows = 0;
    const interrupts: InterruptRow[] = [];
    splitLines(text).forEach((raw, i) => {
      if (raw.length > 16_384) return;
      if (HEAD.test(raw)) {
        cpus ??= raw.trim().split(/\s+/).length;
        return;
      }
      const match = ROW.exec(raw);
      if (!match) return;
      rows += 1;
      const counts = match[2]!.trim().split(/\s+/).map(Number);
      const [controller, ...rest] = match[3]!.split(/\s+/);
      // behind the controller stand its own number with the trigger, then the drivers, comma-separated
      const actions = rest
        .filter((word) => !/^\d{1,12}(?:-\w+)?$|-(?:edge|fasteoi|level)$|^(?:Edge|Level)$/.test(word))
        .map((word) => word.replace(/,$/, ''));
      if (!actions.some((action) => GPU_DRIVER.test(action)) || interrupts.length >= MAX_ROWS) return;
      interrupts.push({
        irq: match[1]!,
        total: counts.reduce((sum, count) => sum + count, 0),
        perCpu: counts.slice(0, 512),
        controller: controller!,
        msi: /MSI/.test(controller!),
        actions,
        line: i + 1,
      });
    });
    if (rows === 0 && cpus === undefined) return { facts: undefined, problems: [] };
    return { facts: { ...(cpus === undefined ? {} : { cpus }), rows, interrupts }, problems: [] };
  },
});
