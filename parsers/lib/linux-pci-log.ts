/**
 * What the Linux kernel says about PCI devices while it enumerates them, places their BARs and routes their interrupts.
 * Texts: drivers/pci/{probe.c,setup-res.c,setup-bus.c,pci.c,pci-acpi.c,pcie/aer.c}, arch/x86/pci/irq.c. BAR lines come in
 * three generations: `reg 14: ` (2.6), `reg 0x14: ` / `BAR 1: assigned [..]` (to about 6.7), `BAR 1 [..]: assigned`.
 */
import type { Located } from '../../src/model/source.ts';

export type PciSpace = 'mem' | 'io';

export interface PciRange {
  space: PciSpace;
  /** `0x3800000000`; absent when the kernel printed a size only, which means that no address is assigned */
  start?: string;
  end?: string;
  /** bytes */
  size: number;
  bits64: boolean;
  prefetchable: boolean;
  /** as written: `[mem 0x3800000000-0x3fffffffff 64bit pref]` */
  text: string;
}

export type LinuxBarEvent =
  | 'found'
  | 'assigned'
  | 'released'
  | 'no-space'
  | 'failed-to-assign'
  | 'no-window'
  | 'address-conflict'
  | 'no-address'
  | 'cannot-claim'
  | 'cannot-assign'
  | 'cannot-reserve'
  | 'bogus-alignment'
  | 'not-assigned'
  | 'not-claimed'
  | 'firmware-assignment'
  | 'owned'
  | 'other';

/** `line` is the first line about the BAR. */
export interface LinuxBar extends Located {
  /** 0 to 5; 6 is the expansion ROM */
  bar: number;
  /** the last range printed */
  range?: PciRange;
  /** whether it has an address, by the last word on it; absent when it was only found at address 0 */
  assigned?: boolean;
  /** in order, repeats left out, at most 12 */
  events: (Located & { event: LinuxBarEvent; text: string })[];
}

export type LinuxInterruptNote =
  | 'no-routing'
  | 'not-connected'
  | 'no-gsi'
  | 'isa-irq'
  | 'routed'
  | 'msi'
  | 'no-irq-known'
  | 'pirq-mismatch'
  | 'found-irq';

export interface LinuxPciInterrupt extends Located {
  note: LinuxInterruptNote;
  /** `A` to `D` */
  pin?: string;
  irq?: number;
  text: string;
  count: number;
}

export interface LinuxPciDevice extends Located {
  bdf: string;
  /** `10de:1bb3` */
  pciId?: string;
  /** `0x030200` */
  class?: string;
  /** `00` endpoint, `01` bridge */
  headerType?: string;
  /** `PCIe Legacy Endpoint`, printed since 6.8 */
  portType?: string;
  bars: LinuxBar[];
  interrupts: LinuxPciInterrupt[];
  /** drivers that spoke for the device, in order of their first line */
  drivers: (Located & { driver: string })[];
  /** `enabling device (0000 -> 0003)`: bits of the command register */
  enabled?: Located & { from: string; to: string };
  bootVga?: Located;
  /** D3cold and resume troubles, at most 8 */
  power: (Located & { text: string })[];
  bridge?: { secondary?: string; subordinate?: string; windows: (Located & PciRange)[] };
}

/** `pci_bus 0000:00: root bus resource [mem 0xc0000000-0xfebfffff window]` */
export interface LinuxRootWindow extends Located, PciRange {
  /** `0000:00` */
  bus: string;
}

/** An error that PCIe Advanced Error Reporting logged. */
export interface LinuxAerError extends Located {
  bdf?: string;
  /** `Correctable`, `Uncorrected (Fatal)` */
  severity: string;
  /** `Data Link Layer` */
  type?: string;
  pciId?: string;
  /** `00000040` */
  status?: string;
  count: number;
}

export interface LinuxPciFacts {
  devices: LinuxPciDevice[];
  rootWindows: LinuxRootWindow[];
  aer: LinuxAerError[];
}

const MAX_DEVICES = 512;
const MAX_WINDOWS = 64;
const MAX_EVENTS = 12;
const MAX_NOTES = 12;
const MAX_TEXT = 240;
const ROM = 6;

const BDF = '[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]';

const RANGE = /\[(mem|io) +(?:size 0x([0-9a-f]{1,16})|0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16}))([^\]]{0,40})\]/;
/** Before 2.6.37 the range had no name in it: `reg 14 64bit mmio: [0xe0000000-0xefffffff]` */
const OLD_RANGE = /(io port|mmio)( pref)?: \[0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]/;

function readRange(text: string): PciRange | undefined {
  const match = RANGE.exec(text);
  if (match) {
    const [whole, space, size, start, end, flags] = match as unknown as [
      string,
      PciSpace,
      string?,
      string?,
      string?,
      string?,
    ];
    const bytes = size === undefined ? length(start!, end!) : Number(`0x${size}`);
    return {
      space,
      ...(start === undefined ? {} : { start: `0x${short(start)}`, end: `0x${short(end!)}` }),
      size: bytes,
      bits64: flags?.includes('64bit') === true,
      prefetchable: flags?.includes('pref') === true,
      text: whole,
    };
  }
  const old = OLD_RANGE.exec(text);
  if (!old) return undefined;
  return {
    space: old[1] === 'mmio' ? 'mem' : 'io',
    start: `0x${short(old[3]!)}`,
    end: `0x${short(old[4]!)}`,
    size: length(old[3]!, old[4]!),
    bits64: text.includes('64bit'),
    prefetchable: old[2] !== undefined,
    text: old[0],
  };
}

const short = (hex: string): string => hex.replace(/^0+(?=.)/, '');

const length = (start: string, end: string): number => Number(BigInt(`0x${end}`) - BigInt(`0x${start}`) + 1n);

/** What a BAR line says, by words that all generations share. The first that matches counts. */
const BAR_WORDS: { event: LinuxBarEvent; regex: RegExp; assigned?: boolean }[] = [
  { event: 'owned', regex: /assigned to \w/ },
  { event: 'not-assigned', regex: /not assigned/, assigned: false },
  { event: 'not-claimed', regex: /not claimed/, assigned: false },
  { event: 'no-space', regex: /no space for|can't assign; no space/, assigned: false },
  { event: 'bogus-alignment', regex: /bogus alignment/, assigned: false },
  { event: 'failed-to-assign', regex: /failed to assign/, assigned: false },
  { event: 'cannot-assign', regex: /can't assign/, assigned: false },
  { event: 'no-window', regex: /no compatible bridge window/, assigned: false },
  { event: 'address-conflict', regex: /address conflict|conflicts with/, assigned: false },
  { event: 'no-address', regex: /no address assigned/, assigned: false },
  { event: 'cannot-claim', regex: /can't claim/, assigned: false },
  { event: 'cannot-reserve', regex: /can't reserve|Unable to reserve/ },
  { event: 'firmware-assignment', regex: /trying firmware assignment/ },
  { event: 'released', regex: /releasing/, assigned: false },
  { event: 'assigned', regex: /: assigned|set to \[|: got \[/, assigned: true },
];

/** Nothing but the BAR and its range: what probing read. */
const FOUND = /^(?:BAR \d{1,2}|ROM|reg (?:0x)?[0-9a-f]{2}):? (?:\[[^\]]*\]|(?:32|64)bit mmio|io port|mmio)/;

const INTERRUPT_WORDS: { note: LinuxInterruptNote; regex: RegExp }[] = [
  { note: 'no-routing', regex: /can't derive routing for PCI INT ([A-D])/ },
  { note: 'no-routing', regex: /can't find IRQ for PCI INT ([A-D])/ },
  { note: 'not-connected', regex: /PCI INT ([A-D]): not connected/ },
  { note: 'isa-irq', regex: /PCI INT ([A-D]): no GSI - using (?:ISA )?IRQ (\d{1,5})/ },
  { note: 'no-gsi', regex: /PCI INT ([A-D]): (?:no GSI|failed to register GSI)/ },
  { note: 'routed', regex: /PCI INT ([A-D]) -> .{0,60}?IRQ (\d{1,5})/ },
  { note: 'msi', regex: /irq (?<irq>\d{1,5}) for MSI/ },
];

/** Old kernels name the device behind the message: `PCI: No IRQ known for interrupt pin A of device 0000:00:08.0.` */
const OLD_INTERRUPT = new RegExp(
  `PCI: (?:(No IRQ known) for interrupt pin ([A-D]) of|(IRQ) (\\d{1,5}) for|(Found IRQ) (\\d{1,5}) for) device (${BDF})`,
);

// `driver 0000:00:06.0: text`; the driver is `pci` while none is bound
const DEVICE_LINE = new RegExp(`^([\\w-]{1,40}) (${BDF}): {1,3}(.*)$`);
const ROOT_WINDOW = /^pci_bus ([0-9a-f]{4,8}:[0-9a-f]{2}): root bus resource /;
const BAR_LINE =
  /^(?:can't (?:claim|enable device:) )?(?:BAR (\d{1,2})(?=[: ])|reg (?:0x)?([0-9a-f]{2})(?=[: ])|(ROM)(?=[: ]))/;
/** Not one driver's name: the kernel's own voice, and helpers that speak for devices they do not own. */
const NO_DRIVER = new Set(['pci', 'pci_bus', 'pcieport', 'acpi', 'iommu', 'PCI', 'vgaarb', 'input', 'device']);
const POWER = /power state|device inaccessible|not ready \d+ms|D3cold|giving up/;
const ENABLING = /^enabling device \(([0-9a-f]{4}) -> ([0-9a-f]{4})\)/;
const IDENTITY = /^\[([0-9a-f]{4}:[0-9a-f]{4})\] type ([0-9a-f]{2}) class (0x[0-9a-f]{6})(?: (.{1,60}))?/;
const OLD_IDENTITY = /^found \[([0-9a-f]{4}:[0-9a-f]{4})\] class ([0-9a-f]{6}) header type ([0-9a-f]{2})/;
const BUS_NUMBERS = /PCI bridge to \[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?/;
const AER = /PCIe Bus Error: severity=([^,]{3,40})(?:, type=([^,]{3,40}))?/;
const DRM_CLAIM = new RegExp(`^\\[drm\\] Initialized ([\\w-]{2,40}) .{0,60} for (${BDF}) on minor`);
const AER_STATUS = /device \[([0-9a-f]{4}:[0-9a-f]{4})\] error status\/mask=([0-9a-f]{8})/;

export interface PciCollector {
  /** Takes a joined record; `line` counts from 1. False when it says nothing about a PCI device. */
  add(text: string, line: number): boolean;
  facts(): LinuxPciFacts;
}

export function createPciCollector(): PciCollector {
  const facts: LinuxPciFacts = { devices: [], rootWindows: [], aer: [] };
  const byBdf = new Map<string, LinuxPciDevice>();

  const deviceOf = (bdf: string, line: number): LinuxPciDevice | undefined => {
    const known = byBdf.get(bdf);
    if (known !== undefined || byBdf.size >= MAX_DEVICES) return known;
    const made: LinuxPciDevice = { bdf, line, bars: [], interrupts: [], drivers: [], power: [] };
    byBdf.set(bdf, made);
    facts.devices.push(made);
    return made;
  };

  const interrupt = (device: LinuxPciDevice, note: LinuxPciInterrupt): void => {
    const same = device.interrupts.find((known) => known.text === note.text);
    if (same) same.count += 1;
    else if (device.interrupts.length < MAX_NOTES) device.interrupts.push(note);
  };

  const bar = (device: LinuxPciDevice, number: number, text: string, line: number): void => {
    let record = device.bars.find((known) => known.bar === number);
    if (record === undefined) {
      record = { bar: number, line, events: [] };
      device.bars.push(record);
    }
    const range = readRange(text);
    const word = BAR_WORDS.find(({ regex }) => regex.test(text));
    const event = word?.event ?? (FOUND.test(text) ? 'found' : 'other');
    if (range !== undefined && (range.size > 0 || record.range === undefined)) record.range = range;
    if (word?.assigned !== undefined) record.assigned = word.assigned;
    else if (range !== undefined && range.start === undefined) record.assigned = false;
    else if (event === 'found' && range !== undefined && range.start !== '0x0') record.assigned = true;
    if (record.events.at(-1)?.text === text || record.events.length >= MAX_EVENTS) return;
    record.events.push({ event, line, text });
  };

  const bridge = (device: LinuxPciDevice, text: string, line: number): boolean => {
    const numbers = BUS_NUMBERS.exec(text);
    const window = text.startsWith('bridge window') ? readRange(text) : undefined;
    if (!numbers && window === undefined) return false;
    device.bridge ??= { windows: [] };
    if (numbers) {
      device.bridge.secondary = numbers[1]!;
      device.bridge.subordinate = numbers[2] ?? numbers[1]!;
    }
    const { windows } = device.bridge;
    if (window !== undefined && windows.length < 8 && !windows.some((known) => known.text === window.text)) {
      windows.push({ ...window, line });
    }
    return true;
  };

  const aer = (bdf: string | undefined, match: RegExpExecArray, line: number): void => {
    const [severity, type] = [match[1]!.trim(), match[2]?.trim()];
    const same = facts.aer.find((known) => known.bdf === bdf && known.severity === severity && known.type === type);
    if (same) same.count += 1;
    else if (facts.aer.length < MAX_WINDOWS) {
      facts.aer.push({
        ...(bdf === undefined ? {} : { bdf }),
        severity,
        ...(type === undefined ? {} : { type }),
        line,
        count: 1,
      });
    }
  };

  const claim = (record: LinuxPciDevice, driver: string, line: number): void => {
    if (NO_DRIVER.has(driver) || record.drivers.length >= MAX_NOTES) return;
    if (!record.drivers.some((known) => known.driver === driver)) record.drivers.push({ driver, line });
  };

  const device = (driver: string, bdf: string, text: string, line: number): boolean => {
    const record = deviceOf(bdf, line);
    if (record === undefined) return true;
    claim(record, driver, line);
    const barLine = BAR_LINE.exec(text);
    if (barLine) {
      const [, number, register] = barLine;
      const offset = register === undefined ? undefined : Number.parseInt(register, 16);
      const which =
        number !== undefined ? Number(number) : offset === undefined || offset === 0x30 ? ROM : (offset - 0x10) / 4;
      // 7 and above are SR-IOV and bridge windows on the kernels that number them
      if (Number.isInteger(which) && which >= 0 && which <= ROM) bar(record, which, text, line);
      return true;
    }
    const identity = IDENTITY.exec(text);
    if (identity) {
      record.pciId = identity[1]!;
      record.headerType = identity[2]!;
      record.class = identity[3]!;
      if (identity[4] !== undefined) record.portType = identity[4];
      return true;
    }
    const old = OLD_IDENTITY.exec(text);
    if (old) {
      record.pciId = old[1]!;
      record.class = `0x${old[2]!}`;
      record.headerType = old[3]!;
      return true;
    }
    for (const { note, regex } of INTERRUPT_WORDS) {
      const match = regex.exec(text);
      if (!match) continue;
      const irq = match.groups?.['irq'] ?? match[2];
      const made: LinuxPciInterrupt = { note, line, text, count: 1 };
      if (note !== 'msi') made.pin = match[1]!;
      if (irq !== undefined) made.irq = Number(irq);
      interrupt(record, made);
      return true;
    }
    const enabling = ENABLING.exec(text);
    if (enabling) {
      record.enabled ??= { from: enabling[1]!, to: enabling[2]!, line };
      return true;
    }
    const error = AER.exec(text);
    if (error) {
      aer(bdf, error, line);
      return true;
    }
    if (aerStatus(text)) return true;
    if (/vgaarb: setting as boot VGA device/.test(text)) {
      record.bootVga ??= { line };
      return true;
    }
    if (POWER.test(text) && !text.startsWith('PME#')) {
      if (record.power.length < 8 && !record.power.some((known) => known.text === text))
        record.power.push({ text, line });
      return true;
    }
    return bridge(record, text, line);
  };

  const aerStatus = (text: string): boolean => {
    const match = AER_STATUS.exec(text);
    if (!match) return false;
    const error = facts.aer.at(-1);
    if (error !== undefined && error.status === undefined) {
      error.pciId = match[1]!;
      error.status = match[2]!;
    }
    return true;
  };

  return {
    add(text, line) {
      const named = DEVICE_LINE.exec(text);
      if (named) return device(named[1]!, named[2]!, named[3]!.slice(0, MAX_TEXT), line);
      const window = ROOT_WINDOW.exec(text);
      if (window) {
        const range = readRange(text);
        if (range !== undefined && facts.rootWindows.length < MAX_WINDOWS) {
          facts.rootWindows.push({ bus: window[1]!, ...range, line });
        }
        return true;
      }
      if (aerStatus(text)) return true;
      const error = AER.exec(text);
      if (error) {
        aer(undefined, error, line);
        return true;
      }
      const drm = DRM_CLAIM.exec(text);
      if (drm) {
        const record = deviceOf(drm[2]!, line);
        if (record) claim(record, drm[1]!, line);
        // the NVIDIA collector wants this line too
        return false;
      }
      const old = OLD_INTERRUPT.exec(text);
      if (!old) return false;
      const record = deviceOf(old[7]!, line);
      if (record === undefined) return true;
      const irq = old[4] ?? old[6];
      const note = old[1] !== undefined ? 'no-irq-known' : old[3] !== undefined ? 'pirq-mismatch' : 'found-irq';
      const made: LinuxPciInterrupt = { note, line, text: text.slice(0, MAX_TEXT), count: 1 };
      if (old[2] !== undefined) made.pin = old[2];
      if (irq !== undefined) made.irq = Number(irq);
      interrupt(record, made);
      return true;
    },
    facts: () => facts,
  };
}
