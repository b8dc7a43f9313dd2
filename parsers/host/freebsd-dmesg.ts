/**
 * Kernel messages of FreeBSD: what the boot found, which driver took which PCI device, what the IOMMU and vmm said.
 *
 * Sources: `dmesg`, `dmesg -a`, /var/run/dmesg.boot, the kernel lines of /var/log/messages (RFC 3164 and RFC 5424
 * prefixes), a console. FreeBSD 9 to 16 and derivatives, amd64, i386 and arm64, plain and `boot -v`. The wording is
 * defined in sys/kern/subr_bus.c (attach lines), sys/dev/pci/pci.c and pci_pci.c (resources), sys/x86/x86/identcpu.c
 * (processor), sys/amd64/vmm (ppt, IOMMU). A FreeBSD guest of bhyve prints the same.
 *
 * The ring buffer survives a warm reboot, so a text may hold several boots, the first of them cut. A boot begins at
 * `---<<BOOT>>---`, or, in kernels that do not print it, at the copyright line or the kernel's name.
 *
 * ```text
 * ---<<BOOT>>---
 * Copyright (c) 1992-2025 The FreeBSD Project.
 * FreeBSD 15.0-RELEASE-p2 releng/15.0-n281005-0123456789ab GENERIC amd64
 * CPU: Intel(R) Xeon(R) E-2378 CPU @ 2.60GHz (2592.00-MHz K8-class CPU)
 *   Origin="GenuineIntel"  Id=0xa0671  Family=0x6  Model=0xa7  Stepping=1
 *   VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID
 * real memory  = 34359738368 (32768 MB)
 * FreeBSD/SMP: Multiprocessor System Detected: 16 CPUs
 * FreeBSD/SMP: 1 package(s) x 8 core(s) x 2 hardware threads
 * ppt0 mem 0xd2000000-0xd2ffffff,0x6000000000-0x600fffffff irq 16 at device 0.0 on pci1
 * vgapci1: 0x800000000 bytes of rid 0x14 res 3 failed (0, 0xffffffffffffffff).
 * ```
 *
 * ```json
 * {
 *   "current": 0,
 *   "boots": [
 *     {
 *       "line": 1,
 *       "lastLine": 11,
 *       "partial": false,
 *       "kernel": {
 *         "line": 3, "release": "15.0-RELEASE-p2", "gitId": "releng/15.0-n281005-0123456789ab", "ident": "GENERIC", "arch": "amd64"
 *       },
 *       "cpu": { "line": 4, "model": "Intel(R) Xeon(R) E-2378 CPU @ 2.60GHz", "vtx": { "ept": true, "unrestrictedGuest": true } },
 *       "realMemory": { "line": 7, "bytes": 34359738368 },
 *       "smp": { "cpus": 16, "packages": 1, "cores": 8, "threads": 2 },
 *       "devices": [
 *         {
 *           "line": 10, "unitName": "ppt0", "driver": "ppt", "irq": 16, "slot": 0, "function": 0, "parent": "pci1",
 *           "memory": ["0xd2000000-0xd2ffffff", "0x6000000000-0x600fffffff"]
 *         }
 *       ],
 *       "barFailures": [{ "line": 11, "unit": "vgapci1", "offset": "0x14", "bytes": 34359738368, "resource": "memory" }]
 *     }
 *   ]
 * }
 * ```
 */
import { bhyveBdf } from '../../src/model/bdf.ts';
import { defineParser, type ParseResult } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { readCpuLine, readCpuModel, type FreebsdCpu } from '../lib/freebsd-cpu.ts';
import { ANY_KERNEL_MESSAGE, readKernelMessage } from '../lib/freebsd-kernel-messages.ts';
import { readBuildPath, readKernelName, type KernelName } from '../lib/freebsd-kernel.ts';
import { readLogLine, splitLines } from '../lib/lines.ts';
import { createNvrmCollector, type NvrmFacts } from '../lib/nvrm.ts';
import { recordReader, type JoinedRecord } from '../lib/records-join.ts';

export interface FreebsdDmesgFacts {
  /** oldest first */
  boots: FreebsdBoot[];
  /** index of the last boot: the one that runs, or ran when the text was taken */
  current: number;
}

export interface FreebsdBoot extends Located {
  lastLine: number;
  /** the text begins inside this boot: its first messages are missing */
  partial: boolean;
  /** the line that opened it, e.g. `---<<BOOT>>---` */
  begunBy?: string;
  kernel?: KernelName & Located;
  cpu?: FreebsdCpu;
  realMemory?: MemorySize;
  availableMemory?: MemorySize;
  smp?: FreebsdSmp;
  /** OEM ids of the MADT, e.g. `HP     ProLiant`; `BHYVE  BVMADT  ` in a bhyve guest */
  acpiApicTable?: Located & { text: string };
  /** the hypervisor this system runs under, e.g. `bhyve bhyve `, `KVMKVMKVM` */
  hypervisor?: Located & { origin: string };
  /** PCI devices a driver took, drivers that sit on vgapci, and IOMMU units */
  devices: NewbusDevice[];
  /** PCI devices that no driver took */
  unattached: UnattachedDevice[];
  /** later attach and detach notices (`ppt0: detached`) */
  driverEvents: DriverEvent[];
  /** `vgapci0`: the firmware's console card */
  bootVideo?: Located & { unit: string };
  interrupts: MessageInterrupts[];
  /** configuration of each PCI function, only in a verbose boot */
  functions: VerboseFunction[];
  barFailures: BarFailure[];
  windowFailures: WindowFailure[];
  messages: KernelMessage[];
  panics: KernelPanic[];
  /** what the NVIDIA driver said, on a host that runs it or in a FreeBSD guest */
  nvidia?: NvrmFacts;
}

export interface MemorySize extends Located {
  bytes: number;
}

export interface FreebsdSmp extends Located {
  cpus?: number;
  packages?: number;
  /** cores per package, hardware threads per core */
  cores?: number;
  threads?: number;
  /** what runs, when fewer than found */
  online?: { packages: number; cores: number; threads?: number };
}

/**
 * A device with its resources. `memory` holds only ranges the kernel could reserve: a BAR that failed is missing here
 * although pciconf -b lists it.
 */
export interface NewbusDevice extends Located {
  unitName: string;
  driver: string;
  /** between the angle brackets; ppt sets none */
  description?: string;
  ports: string[];
  memory: string[];
  irq?: number;
  /** PCI slot and function; the number of the parent bus is newbus's unit, not the PCI bus number */
  slot?: number;
  function?: number;
  parent: string;
}

export interface UnattachedDevice extends Located {
  /** `pci6`: newbus unit */
  bus: string;
  /** class in words, e.g. `display, 3D` */
  className: string;
  slot: number;
  function: number;
}

export interface DriverEvent extends Located {
  unit: string;
  event: 'attached' | 'detached';
}

/** `ppt0: using IRQ 61 for MSI` */
export interface MessageInterrupts extends Located {
  unit: string;
  type: string;
  irqs: number[];
}

/** One `found->` record of a verbose boot. */
export interface VerboseFunction extends Located {
  pciId: string;
  selector?: string;
  /** decimal bus/slot/function, domain 0 only */
  bdf?: string;
  class?: string;
  /** `a` to `d`; null when the function has no interrupt pin */
  interruptPin?: string | null;
  bars: VerboseBar[];
}

export interface VerboseBar extends Located {
  offset: string;
  index: number;
  type: string;
  range: number;
  base: string;
  /** bytes; the kernel prints the exponent */
  size: number;
  state: 'enabled' | 'disabled';
}

/** A BAR for which the kernel found no address. */
export interface BarFailure extends Located {
  text: string;
  unit?: string;
  selector?: string;
  offset: string;
  bytes?: number;
  resource?: 'memory' | 'io';
}

/** A bridge window that could not be reserved. */
export interface WindowFailure extends Located {
  text: string;
  bridge: string;
  window: string;
  base?: string;
  limit?: string;
}

export interface KernelMessage extends Located {
  kind: string;
  text: string;
  fields: Record<string, string>;
  /** how often the same text was printed in this boot */
  count: number;
}

export interface KernelPanic extends Located {
  text: string;
}

const MAX_LINE = 1024;
/** Per boot and list; a healthy verbose boot of a large server stays below. */
const MAX_RECORDS = 2000;

/** A `found->` record has some 20 lines; the bridges' own messages may stand between them. */
const FUNCTION_LINES = 60;

const BOOT_MARKER = '---<<BOOT>>---';
const COPYRIGHT = /^Copyright \(c\) \d{4}-\d{4} The \w+ Project\./;
/** Order of the lines a boot begins with; one that goes back in it opens another boot. */
const HEAD = { none: 0, marker: 1, debugger: 2, copyright: 3, name: 4 } as const;

/** Drivers without a PCI location that matter here. */
const OTHER_DRIVERS = new Set(['dmar', 'ivhd', 'vmm']);
const EVENT = /^((?:ppt|vgapci|nvidia|drmn|amdgpu|hdac|xhci)\d{1,3}): (attached|detached)$/;
const UNATTACHED =
  /^(pci\d{1,3}): <([^<>]{1,120})> (?:mem \S{1,300} )?(?:irq \d{1,4} )?at device (\d{1,2})\.(\d{1,3}) .{0,60}\(no driver attached\)/;
const UNIT = /^([a-z][a-z0-9_]{0,30}?)(\d{1,4})(?=: <| (?:port|mem|irq|at) )/;
const USING = /^([a-z]\w*\d): using IRQs? ([\d, -]{1,120}) for (MSI(?:-X)?)/;
const BYTES_FAILED = /^(\w+): (0x[0-9a-f]{1,16}) bytes of rid (0x[0-9a-f]{1,4}) res (\d) failed/;
const BAR_FAILED = /^pci\d+: (pci\d+:\d+:\d+:\d+) bar (0x[0-9a-f]{1,4}) (?:failed to allocate|too many address bits)/;
const WINDOW_FAILED =
  /^(pcib\d+): (?:failed to allocate initial (I\/O port|memory|prefetch) window|initial (I\/O port|memory|prefetch) window has too many bits)(?:[: (]+(0x[0-9a-f]{1,16})-(0x[0-9a-f]{1,16}))?/;
const FOUND = /^found->\s*vendor=0x([0-9a-f]{4}), dev=0x([0-9a-f]{4}),/;
const MAP =
  /^map\[([0-9a-f]{2})\]: type (I\/O Port|Memory|Prefetchable Memory), range +(-?\d{1,3}), base (0x[0-9a-f]{1,16}|0), size +(\d{1,2}), (?:port |memory )?(enabled|disabled)/;
const PANIC = /^(?:panic: |Fatal (?:trap|double fault)\b)/;
const SYSLOG_START =
  /^(?:[\d<[]|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d )/;

/** What the kernel printed on a line: log prefix, quoting margin and indentation taken off; undefined for other programs. */
function kernelText(raw: string): string | undefined {
  if (!SYSLOG_START.test(raw)) return raw.replace(/^(?:> ?){1,4}/, '').trim();
  const { program, text } = readLogLine(raw);
  return program === undefined || program === 'kernel' ? text.trim() : undefined;
}

/** Numbers of `264`, `264-267` and `264,266`. */
function irqNumbers(text: string): number[] {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const [first, last] = part.split('-').map(Number);
    if (first === undefined || !Number.isInteger(first)) continue;
    for (let irq = first; irq <= (last ?? first) && numbers.length < 256; irq += 1) numbers.push(irq);
  }
  return numbers;
}

/** The comma-separated ranges after a keyword of an attach line. */
function ranges(location: string, keyword: string): string[] {
  const match = new RegExp(` ${keyword} (\\S+)`).exec(location);
  return match ? match[1]!.split(',').filter((range) => range !== '') : [];
}

const emptyBoot = (line: number, partial: boolean): FreebsdBoot => ({
  line,
  lastLine: line,
  partial,
  devices: [],
  unattached: [],
  driverEvents: [],
  interrupts: [],
  functions: [],
  barFailures: [],
  windowFailures: [],
  messages: [],
  panics: [],
});

class Reader {
  readonly boots: FreebsdBoot[] = [];
  private boot: FreebsdBoot | undefined;
  private head: number = HEAD.none;
  /** something of the current boot was understood */
  private known = false;
  private messages = new Map<string, KernelMessage>();
  private function: VerboseFunction | undefined;
  private nvidia = createNvrmCollector();
  private joined: ((index: number) => JoinedRecord) | undefined;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(raw: string, line: number): void {
    if (raw === '' || raw.length > MAX_LINE) return;
    const text = kernelText(raw);
    if (text === undefined || text === '') return;
    const head = this.headOf(text);
    if (head !== HEAD.none) this.readHead(head, text, line);
    this.boot ??= emptyBoot(line, true);
    this.boot.lastLine = line;
    if (head !== HEAD.none || this.readLine(text, line, this.boot)) this.known = true;
  }

  close(): void {
    if (this.boot !== undefined && this.known) {
      this.boot.nvidia = this.nvidia.facts();
      this.boots.push(this.boot);
    }
    this.boot = undefined;
    this.known = false;
    this.nvidia = createNvrmCollector();
    this.messages = new Map();
    this.function = undefined;
  }

  private headOf(text: string): number {
    switch (text.charCodeAt(0)) {
      case 0x2d /* - */:
        return text === BOOT_MARKER ? HEAD.marker : HEAD.none;
      case 0x47 /* G */:
      case 0x4b /* K */:
        return /^(?:GDB: (?:no )?debug ports|GDB: current port|KDB: debugger backends|KDB: current backend)/.test(text)
          ? HEAD.debugger
          : HEAD.none;
      case 0x43 /* C */:
        return COPYRIGHT.test(text) ? HEAD.copyright : HEAD.none;
      case 0x46 /* F */:
        return /^FreeBSD \d/.test(text) && readKernelName(text) !== undefined ? HEAD.name : HEAD.none;
      default:
        return HEAD.none;
    }
  }

  private readHead(head: number, text: string, line: number): void {
    const repeats = head === HEAD.marker || head === HEAD.name ? this.head >= head : this.head > head;
    if (this.boot === undefined || this.head === HEAD.none || repeats) {
      this.close();
      this.boot = { ...emptyBoot(line, false), begunBy: text };
    }
    this.head = head;
    if (head === HEAD.name) this.boot.kernel = { line, ...readKernelName(text)! };
  }

  private readLine(text: string, line: number, boot: FreebsdBoot): boolean {
    return (
      this.readProcessor(text, line, boot) ||
      readSystem(text, line, boot) ||
      this.readVerbose(text, line, boot) ||
      readDevice(text, line, boot) ||
      readFailure(text, line, boot) ||
      this.readNvidia(text, line) ||
      this.readMessage(text, line, boot)
    );
  }

  private readProcessor(text: string, line: number, boot: FreebsdBoot): boolean {
    if (text.startsWith('CPU')) {
      const cpu = boot.cpu === undefined ? readCpuModel(text, line) : undefined;
      if (cpu) boot.cpu = cpu;
      return cpu !== undefined;
    }
    if (boot.kernel !== undefined && boot.kernel.arch === undefined && line <= boot.kernel.line + 2) {
      const path = readBuildPath(text);
      if (path) {
        boot.kernel.ident ??= path.ident;
        boot.kernel.arch = path.arch;
        return true;
      }
    }
    if (/^(?:VT-x:|SVM: |Origin ?=)/.test(text) && boot.cpu === undefined) {
      // An excerpt that begins below the model, such as a grep.
      const cpu: FreebsdCpu = { line, model: '' };
      if (!readCpuLine(text, line, cpu)) return false;
      boot.cpu = cpu;
      return true;
    }
    return boot.cpu !== undefined && readCpuLine(text, line, boot.cpu);
  }

  private readVerbose(text: string, line: number, boot: FreebsdBoot): boolean {
    const found = text.startsWith('found->') ? FOUND.exec(text) : null;
    if (found) {
      this.function = { line, pciId: `${found[1]!}:${found[2]!}`, bars: [] };
      if (boot.functions.length < MAX_RECORDS) boot.functions.push(this.function);
      return true;
    }
    if (this.function === undefined) return false;
    if (line - this.function.line > FUNCTION_LINES) this.function = undefined;
    return this.function !== undefined && readFunctionLine(text, line, this.function);
  }

  /** The NVIDIA driver breaks its messages over lines, so they are read as joined records. */
  private readNvidia(text: string, line: number): boolean {
    if (!text.startsWith('NVRM:') && !text.startsWith('nvidia')) return false;
    this.joined ??= recordReader(splitLines(this.text));
    const record = this.joined(line - 1);
    return record.first < line - 1 || this.nvidia.add({ text: record.text, line });
  }

  private readMessage(text: string, line: number, boot: FreebsdBoot): boolean {
    if (PANIC.test(text)) {
      if (boot.panics.length < MAX_RECORDS) boot.panics.push({ line, text });
      return true;
    }
    const said = readKernelMessage(text);
    if (said === undefined) return false;
    const before = this.messages.get(text);
    if (before !== undefined) {
      before.count += 1;
    } else if (boot.messages.length < MAX_RECORDS) {
      const message: KernelMessage = { line, kind: said.kind, text, fields: said.fields, count: 1 };
      this.messages.set(text, message);
      boot.messages.push(message);
    }
    return true;
  }
}

function readSystem(text: string, line: number, boot: FreebsdBoot): boolean {
  switch (text.charCodeAt(0)) {
    case 0x72 /* r */:
    case 0x61 /* a */: {
      const memory = /^(real|avail) memory\s*= (\d{1,16}) \(/.exec(text);
      if (memory) boot[memory[1] === 'real' ? 'realMemory' : 'availableMemory'] = { line, bytes: Number(memory[2]) };
      return memory !== null;
    }
    case 0x46 /* F */:
      return text.startsWith('FreeBSD/SMP') && readSmp(text, line, boot);
    case 0x41 /* A */: {
      const table = /^ACPI APIC Table: <([^>]{0,40})>/.exec(text);
      if (table) boot.acpiApicTable = { line, text: table[1]! };
      return table !== null;
    }
    case 0x48 /* H */: {
      const hypervisor = /^Hypervisor: Origin ?= ?"([^"]{0,40})"/.exec(text);
      if (hypervisor) boot.hypervisor = { line, origin: hypervisor[1]! };
      return hypervisor !== null;
    }
    default:
      return false;
  }
}

function readSmp(text: string, line: number, boot: FreebsdBoot): boolean {
  const detected = /Multiprocessor System Detected: (\d{1,5}) CPUs/.exec(text);
  if (detected) {
    boot.smp = { ...boot.smp, line: boot.smp?.line ?? line, cpus: Number(detected[1]) };
    return true;
  }
  const match =
    /(\d{1,4}) package\(s\) x (?:\d{1,4} (?:groups|cache groups) x )?(\d{1,4}) core\(s\)(?: x (\d{1,3}) hardware threads)?/.exec(
      text,
    );
  if (!match) return false;
  const layout = {
    packages: Number(match[1]),
    cores: Number(match[2]),
    threads: match[3] === undefined ? undefined : Number(match[3]),
  };
  const smp: FreebsdSmp = boot.smp ?? { line };
  boot.smp = text.startsWith('FreeBSD/SMP Online') ? { ...smp, online: layout } : { ...smp, ...layout };
  return true;
}

function readFunctionLine(text: string, line: number, fn: VerboseFunction): boolean {
  const place = /^domain=(\d{1,10}), bus=(\d{1,3}), slot=(\d{1,2}), func=(\d{1,3})$/.exec(text);
  if (place) {
    const [domain, bus, slot, number] = place.slice(1).map(Number) as [number, number, number, number];
    fn.selector = `pci${domain}:${bus}:${slot}:${number}`;
    if (domain === 0) fn.bdf = bhyveBdf(bus, slot, number);
    return true;
  }
  const pciClass = /^class=([0-9a-f]{2})-([0-9a-f]{2})-([0-9a-f]{2}), hdrtype=/.exec(text);
  if (pciClass) {
    fn.class = `0x${pciClass.slice(1).join('')}`;
    return true;
  }
  if (text.startsWith('lattimer=')) {
    // The pin is printed next when there is one.
    fn.interruptPin = null;
    return true;
  }
  const pin = /^intpin=([a-d]), irq=/.exec(text);
  if (pin) {
    fn.interruptPin = pin[1]!;
    return true;
  }
  const map = MAP.exec(text);
  if (!map) return false;
  fn.bars.push({
    line,
    offset: `0x${map[1]!}`,
    index: (Number.parseInt(map[1]!, 16) - 0x10) / 4,
    type: map[2]!,
    range: Number(map[3]),
    base: map[4]!,
    size: 2 ** Number(map[5]),
    state: map[6] as 'enabled' | 'disabled',
  });
  return true;
}

function readDevice(text: string, line: number, boot: FreebsdBoot): boolean {
  if (text.endsWith('tached')) {
    const event = EVENT.exec(text);
    if (event && boot.driverEvents.length < MAX_RECORDS) {
      boot.driverEvents.push({ line, unit: event[1]!, event: event[2] as 'attached' | 'detached' });
    }
    return event !== null;
  }
  if (text.endsWith('(no driver attached)')) {
    const match = UNATTACHED.exec(text);
    if (match && boot.unattached.length < MAX_RECORDS) {
      const [, bus, className, slot, fn] = match;
      boot.unattached.push({ line, bus: bus!, className: className!, slot: Number(slot), function: Number(fn) });
    }
    return match !== null;
  }
  if (text.endsWith(': Boot video device')) {
    boot.bootVideo = { line, unit: text.slice(0, text.indexOf(':')) };
    return true;
  }
  if (text.includes(': using IRQ')) {
    const using = USING.exec(text);
    if (using && boot.interrupts.length < MAX_RECORDS) {
      boot.interrupts.push({ line, unit: using[1]!, type: using[3]!, irqs: irqNumbers(using[2]!) });
    }
    return using !== null;
  }
  return text.includes(' on ') && readAttachment(text, line, boot);
}

/** `NAME: <DESCRIPTION> port .. mem .. irq .. at device S.F on PARENT`, each part but name and parent optional. */
function readAttachment(text: string, line: number, boot: FreebsdBoot): boolean {
  const unit = UNIT.exec(text);
  const on = text.lastIndexOf(' on ');
  const parent = text.slice(on + 4);
  if (!unit || !/^[a-z]+\d{1,4}$/.test(parent)) return false;
  const [unitName, driver] = unit as unknown as [string, string];
  const described = text.startsWith(': <', unitName.length);
  const close = described ? text.lastIndexOf('>', on) : unitName.length - 1;
  const location = text.slice(close + 1, on);
  const place = / at device (\d{1,2})\.(\d{1,3})(?: |$)/.exec(location);
  if (!place && !parent.startsWith('vgapci') && !OTHER_DRIVERS.has(driver)) return false;
  const device: NewbusDevice = {
    line,
    unitName,
    driver,
    description: described ? text.slice(unitName.length + 3, close) : undefined,
    ports: ranges(location, 'port'),
    memory: ranges(location, 'mem'),
    parent,
  };
  const irq = / irq (\d{1,5})(?: |$)/.exec(location);
  if (irq) device.irq = Number(irq[1]);
  if (place) {
    device.slot = Number(place[1]);
    device.function = Number(place[2]);
  }
  if (boot.devices.length < MAX_RECORDS) boot.devices.push(device);
  return true;
}

function readFailure(text: string, line: number, boot: FreebsdBoot): boolean {
  if (text.includes(' window')) {
    const match = WINDOW_FAILED.exec(text);
    if (!match) return false;
    const [, bridge, failed, tooLong, base, limit] = match;
    if (boot.windowFailures.length < MAX_RECORDS) {
      boot.windowFailures.push({ line, text, bridge: bridge!, window: (failed ?? tooLong)!, base, limit });
    }
    return true;
  }
  const failure = barFailure(text, line);
  if (failure && boot.barFailures.length < MAX_RECORDS) boot.barFailures.push(failure);
  return failure !== undefined;
}

function barFailure(text: string, line: number): BarFailure | undefined {
  if (text.includes(' bytes of rid ')) {
    const match = BYTES_FAILED.exec(text);
    if (!match) return undefined;
    // SYS_RES_MEMORY and SYS_RES_IOPORT of sys/rman.h
    const resource = match[4] === '3' ? 'memory' : match[4] === '4' ? 'io' : undefined;
    return { line, text, unit: match[1]!, offset: match[3]!, bytes: Number(match[2]), resource };
  }
  const match = text.includes(' bar 0x') ? BAR_FAILED.exec(text) : null;
  return match ? { line, text, selector: match[1]!, offset: match[2]! } : undefined;
}

function parse(text: string): ParseResult<FreebsdDmesgFacts> {
  const reader = new Reader(text);
  let line = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    line += 1;
    reader.read(text.slice(start, end), line);
    start = end + 1;
  }
  reader.close();
  const { boots } = reader;
  return { facts: boots.length === 0 ? undefined : { boots, current: boots.length - 1 }, problems: [] };
}

/** bhyve signs itself in the boot messages of its guest, and names the ACPI tables it makes. */
const IN_BHYVE = /Hypervisor: Origin ?= ?"bhyve|ACPI APIC Table: <BHYVE/;

/** Where a kernel line begins: in a plain log, after a syslog prefix, after time stamps. */
const START = String.raw`(?:^[>\s]*|\bkernel: \s*|^[\s>]*\[ *\d{1,9}(?:\.\d{1,6})?\] \s*)`;
const kernelLine = (pattern: string): RegExp => new RegExp(START + pattern);

export default defineParser<FreebsdDmesgFacts>({
  kind: 'freebsd-dmesg',
  side: (text) => (IN_BHYVE.test(text) ? 'guest' : 'host'),
  title: 'FreeBSD kernel messages: boot, processor, attached devices, IOMMU, vmm',
  source: 'dmesg; cat /var/run/dmesg.boot; /var/log/messages',
  markers: [
    /---<<BOOT>>---/,
    kernelLine(String.raw`Copyright \(c\) \d{4}-\d{4} The (?:FreeBSD|HardenedBSD) Project\.`),
    kernelLine(String.raw`FreeBSD \d{1,2}\.\d{1,2}-[A-Z][\w.-]* .*(?:#\d|-n\d+-[0-9a-f]{7}|\b(?:amd64|i386|arm64)$)`),
    kernelLine(
      String.raw`(?:The Regents of the University of California\. All rights reserved\.$|FreeBSD is a registered trademark of The FreeBSD)`,
    ),
    kernelLine(String.raw`FreeBSD clang version \d`),
    kernelLine(String.raw`(?:ioapic\d+ <Version|Launching APs: \d|KDB: (?:debugger backends|current backend)|GDB: )`),
    kernelLine(String.raw`FreeBSD\/SMP`),
    kernelLine(String.raw`CPU: .{1,120}\(\d+\.\d+-MHz [\w ./-]+CPU\)`),
    kernelLine(String.raw`CPU +\d+: [A-Z].{1,60} affinity:`),
    kernelLine(String.raw`Origin ?= ?"\w{1,16}" +Id ?= ?0x`),
    kernelLine(String.raw`(?:AMD |Structured Extended |XSAVE )?Features\d?=0x[0-9a-f]+<`),
    kernelLine(String.raw`(?:VT-x: (?:[A-Z(]|Basic)|SVM: (?:NP\b|\(disabled|Features=0x)|TSC: P-state)`),
    kernelLine(String.raw`(?:real|avail) memory +=`),
    kernelLine(String.raw`Hypervisor: Origin ?= ?"`),
    kernelLine(String.raw`ACPI APIC Table: <`),
    kernelLine(String.raw`(?:Event timer "|Timecounter "|Timecounters tick every )`),
    kernelLine(String.raw`Trying to mount root from `),
    kernelLine(String.raw`[a-z][a-z0-9_]*\d{1,4}: <[^>]{1,120}>(?: (?:at|on|port|mem|iomem|irq) .{1,400})?$`),
    kernelLine(String.raw`ppt\d+ (?:port|mem|irq|at) `),
    kernelLine(String.raw`ppt\d+: (?:attached|detached|using IRQ|attempting to allocate)`),
    kernelLine(String.raw`[a-z]\w*\d+: using IRQs? \d+[\d, -]* for MSI`),
    kernelLine(String.raw`pci\d+: <[^>]{1,120}> .{0,80}\(no driver attached\)`),
    kernelLine(String.raw`\w+: 0x[0-9a-f]+ bytes of rid 0x[0-9a-f]+ res \d failed`),
    kernelLine(String.raw`pci\d+: pci\d+:\d+:\d+:\d+ bar 0x[0-9a-f]+ (?:failed|too many)`),
    kernelLine(String.raw`pcib\d+: (?:failed to allocate initial|initial .{1,12} window|attempting to grow|grew) `),
    kernelLine(String.raw`found->\s*vendor=0x`),
    kernelLine(String.raw`msi: routing MSI(?:-X)? IRQ \d`),
    kernelLine(String.raw`\w+: link state changed to (?:UP|DOWN)`),
    // A crash, from a console or from the core.txt that crashinfo(8) writes. Programs in Go also say `panic: `.
    kernelLine(String.raw`Fatal (?:trap \d{1,2}: .{1,60} while in (?:kernel|user|vm86) mode|double fault\b)`),
    kernelLine(
      String.raw`panic: (?:page fault|double fault|trap\b|general protection fault|(?:Assertion|Lock|lock|mutex|sx|rw|vm_fault|vtd_|amdvi_|ppt_|iommu).{1,200}|.{1,200}(?:@|failed at) \/\S{1,100}\/sys\/\S{1,100})`,
    ),
    kernelLine(String.raw`KDB: (?:stack backtrace:|enter: panic)`),
    kernelLine(String.raw`(?:fault virtual address|instruction pointer|current process)\s*= \S`),
    /^\s{0,8}Unread portion of the kernel message buffer:/,
    /^[\s>]{0,8}#\d{1,3} +0xffffffff[0-9a-f]{8} in \w{1,80} \(/,
    /^[\s>]{0,8}(?:#\d{1,3} 0x[0-9a-f]{16} at \w+\+0x[0-9a-f]|\w{1,60}\(\) at \w{1,60}\+0x[0-9a-f]{1,8}\/frame 0x)/,
    kernelLine(ANY_KERNEL_MESSAGE),
  ],
  commands: [/\bdmesg\b(?!.*-T)/, /dmesg\.boot|dmesg\.today/, /\/var\/log\/messages/],
  fileNames: [/dmesg/i, /(?:^|\/)messages(?:\.\d+)?$/],
  log: true,
  parse,
});
