/**
 * pciconf(8): the PCI devices of a FreeBSD host, who drives them, their BARs and capabilities.
 *
 * Command: `pciconf -lvbBceV` and every subset of it down to `pciconf -l`; also the table of `-ll`. The wording is
 * defined in usr.sbin/pciconf/{pciconf,cap,err}.c; FreeBSD 6 to 16 are read:
 * - selectors of three numbers (before domains, FreeBSD 6: `pci2:0:0`) and of four;
 * - ids as `card=0xSSSSVVVV chip=0xDDDDVVVV` (to 12.x) and as `vendor= device= subvendor= subdevice=` (13 and later);
 * - the record header that old tools glue to the end of an extended capability of version 0, which lacks its newline.
 *
 * Also read is what pastes make of it: tabs and indentation lost or added, quoting margins, lines wrapped by a page,
 * `...` for what was left out, a grep of capability lines without their devices.
 *
 * ```text
 * ppt0@pci0:10:0:0:	class=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1b38 subvendor=0x10de subdevice=0x11d9
 *     vendor     = 'NVIDIA Corporation'
 *     device     = 'GP102GL [Tesla P40]'
 *     class      = display
 *     subclass   = 3D
 *     bar   [10] = type Memory, range 32, base 0xd2000000, size 16777216, enabled
 *     bar   [14] = type Prefetchable Memory, range 64, base 0x3800000000, size 34359738368, enabled
 *     cap 01[60] = powerspec 3  supports D0 D3  current D0
 *     cap 05[68] = MSI supports 1 message, 64 bit
 *     cap 10[78] = PCI-Express 2 endpoint max data 256(256) RO NS
 *                  max read 512
 *                  link x16(x16) speed 2.5(8.0) ASPM disabled(L0s/L1)
 *     ecap 0001[420] = AER 2 0 fatal 0 non-fatal 1 corrected
 * ```
 *
 * ```json
 * {
 *   "deviceCount": 1,
 *   "pptBound": 1,
 *   "domains": [0],
 *   "devices": [
 *     {
 *       "line": 1,
 *       "selector": "pci0:10:0:0",
 *       "bdf": "10/0/0",
 *       "driver": "ppt",
 *       "unitName": "ppt0",
 *       "pciId": "10de:1b38",
 *       "class": "0x030200",
 *       "deviceName": "GP102GL [Tesla P40]",
 *       "bars": [
 *         { "line": 6, "offset": "0x10", "index": 0, "size": 16777216 },
 *         { "line": 7, "offset": "0x14", "index": 1, "range": 64, "base": "0x3800000000", "size": 34359738368, "state": "enabled" }
 *       ],
 *       "msi": { "line": 9, "text": "MSI supports 1 message, 64 bit", "messages": 1, "enabled": false },
 *       "flr": false,
 *       "pcie": { "type": "endpoint", "link": { "width": 16, "maxWidth": 16, "speed": 2.5, "maxSpeed": 8 } },
 *       "aer": { "corrected": 1 }
 *     }
 *   ]
 * }
 * ```
 */
import { bhyveBdf } from '../../src/model/bdf.ts';
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser, type ParseResult } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { CapabilityDecoder, type DecodedCapabilities, type PciconfCapability } from '../lib/pciconf-capabilities.ts';
import { dictionary } from '../lib/records.ts';

/** What a report says as a whole, and each device in the order listed. */
export interface PciconfFacts {
  devices: PciconfDevice[];
  deviceCount: number;
  /** devices per driver; `none` counts those without */
  drivers: Record<string, number>;
  /** devices reserved for passthrough */
  pptBound: number;
  /** PCI domains, ascending */
  domains: number[];
  /** capability lines in the whole text, with or without a device */
  msiCapabilities: number;
  msixCapabilities: number;
  /** bars and capabilities that stand under no device (a grep, an excerpt) */
  loose?: { bars: PciconfBar[]; capabilities: PciconfCapability[] };
  /** what pciconf itself complained of, e.g. `/dev/pci: Permission denied` */
  toolErrors: PciconfToolError[];
  /** the poster left lines out (`...`): what is missing here may exist */
  elided: boolean;
}

export interface PciconfToolError extends Located {
  text: string;
}

/** One PCI function. What the command was not asked for, or the poster cut, is missing. */
export interface PciconfDevice extends Located, DecodedCapabilities {
  /** as written without the final colon: `pci0:1:0:0`; all numbers decimal */
  selector: string;
  domain: number;
  bus: number;
  slot: number;
  function: number;
  /** `bus/slot/function` as bhyve and pptdevs want it; missing outside domain 0, which they cannot name */
  bdf?: string;
  /** null when no driver is attached (`none7@`) */
  driver: string | null;
  /** `ppt0`; for `none0` the number is a running counter and not stable */
  unitName: string;
  /** `0x030000`: base class, subclass, programming interface */
  class?: string;
  revision?: string;
  /** `0x00` device, `0x01` PCI-PCI bridge, `0x02` CardBus bridge */
  headerType?: string;
  vendor?: string;
  device?: string;
  subvendor?: string;
  subdevice?: string;
  /** `10de:1bb3` */
  pciId?: string;
  vendorName?: string;
  deviceName?: string;
  className?: string;
  subclassName?: string;
  bars: PciconfBar[];
  /** BARs of SR-IOV virtual functions */
  virtualFunctionBars?: PciconfBar[];
  bridge?: PciconfBridge;
  capabilities: PciconfCapability[];
  /** sticky error bits since reset (`-e`) */
  errors: PciconfError[];
  /** vital product data without serial numbers (`-V`) */
  vpd?: PciconfVpd[];
}

export interface PciconfBar extends Located {
  /** configuration offset, `0x14` */
  offset: string;
  /** BAR number, 0 to 5; a 64-bit BAR takes two. Missing for SR-IOV BARs, which lie elsewhere */
  index?: number;
  /** `I/O Port`, `Memory`, `Prefetchable Memory` */
  type: string;
  /** address bits: 32, 64, 20 or -1 */
  range: number;
  /** `0x...`, or `0` when the BAR has no address */
  base: string;
  /** bytes */
  size: number;
  /** the function decodes this kind of space; says nothing of the single BAR */
  state: 'enabled' | 'disabled';
}

export interface PciconfBridge {
  /** buses below the bridge */
  busRange?: Located & { first: number; last: number };
  windows: PciconfWindow[];
  /** `ISA`, `VGA`, `subtractive` */
  decode?: string[];
}

export interface PciconfWindow extends Located {
  /** `0x1c` I/O, `0x20` memory, `0x24` prefetchable */
  offset: string;
  type: string;
  range: number;
  base: string;
  /** last address */
  limit: string;
  /** bytes; 0 when base lies above limit, which closes the window */
  size: number;
  state: 'enabled' | 'disabled';
}

export interface PciconfError extends Located {
  register: 'pci' | 'pcie' | 'fatal' | 'non-fatal' | 'corrected';
  name: string;
}

export interface PciconfVpd extends Located {
  /** `ident`, `ro PN`, `rw V1` */
  keyword: string;
  value: string;
}

const MAX_PROBLEMS = 20;
const MAX_DETAILS = 64;
/** pciconf prints at most some 150 columns; a longer line is not its own, and no expression is run on it. */
const MAX_LINE = 2048;

const SELECTOR = /@pci(\d{1,10}):(\d{1,3}):(\d{1,3})(?::(\d{1,3}))?:/y;
type IdField = 'class' | 'revision' | 'headerType' | 'vendor' | 'device' | 'subvendor' | 'subdevice';
/** The three ways pciconf prints the ids of a device in one line: 13 and later, up to 12.x, `-ll`. */
const ID_LAYOUTS: { layout: RegExp; order: IdField[]; prefix: '' | '0x' }[] = [
  {
    layout:
      /[ \t]*class=(0x[0-9a-f]{6}) rev=(0x[0-9a-f]{2}) hdr=(0x[0-9a-f]{2}) vendor=(0x[0-9a-f]{4}) device=(0x[0-9a-f]{4}) subvendor=(0x[0-9a-f]{4}) subdevice=(0x[0-9a-f]{4})/y,
    prefix: '',
    order: ['class', 'revision', 'headerType', 'vendor', 'device', 'subvendor', 'subdevice'],
  },
  {
    layout:
      /[ \t]*class=0x([0-9a-f]{6}) card=0x([0-9a-f]{4})([0-9a-f]{4}) chip=0x([0-9a-f]{4})([0-9a-f]{4}) rev=0x([0-9a-f]{2}) hdr=0x([0-9a-f]{2})/y,
    prefix: '0x',
    order: ['class', 'subdevice', 'subvendor', 'device', 'vendor', 'revision', 'headerType'],
  },
  {
    layout:
      /[ \t]+([0-9a-f]{6})[ \t]+([0-9a-f]{2})[ \t]+([0-9a-f]{2})[ \t]+([0-9a-f]{4})[ \t]+([0-9a-f]{4})[ \t]+([0-9a-f]{4})[ \t]+([0-9a-f]{4})\b/y,
    prefix: '0x',
    order: ['class', 'revision', 'headerType', 'vendor', 'device', 'subvendor', 'subdevice'],
  },
];
const ID_KEYS: Record<string, IdField | undefined> = {
  class: 'class',
  rev: 'revision',
  hdr: 'headerType',
  vendor: 'vendor',
  device: 'device',
  subvendor: 'subvendor',
  subdevice: 'subdevice',
};
/** Fields that hold two ids, the device's in the upper half. */
const DOUBLE_ID_KEYS: Record<string, [IdField, IdField]> = {
  chip: ['device', 'vendor'],
  card: ['subdevice', 'subvendor'],
};
const ID_FIELD = /\b(class|card|chip|rev|hdr|vendor|device|subvendor|subdevice)=(0x[0-9a-f]{2,8})\b/g;
const BAR =
  /^(?:iov )?bar +\[([0-9a-f]{2,3})\] = type (I\/O Port|Memory|Prefetchable Memory), range +(-?\d{1,3}), base (0x[0-9a-f]{1,16}|0), size +(\d{1,20}), (enabled|disabled)/;
const WINDOW =
  /^\[([0-9a-f]{2})\] = type (I\/O Port|Memory|Prefetchable Memory), range +(-?\d{1,3}), addr (0x[0-9a-f]{1,16}|0)-(0x[0-9a-f]{1,16}|0), (enabled|disabled)/;
const ERROR_REGISTERS = new Map<string, PciconfError['register']>([
  ['PCI errors', 'pci'],
  ['PCI-e errors', 'pcie'],
  ['Fatal', 'fatal'],
  ['Non-fatal', 'non-fatal'],
  ['Corrected', 'corrected'],
]);
const ERROR_NAME =
  /^(?:Master Data Parity Error|(?:Sent|Received) Target-Abort|Received Master-Abort|Signalled System Error|Detected Parity Error|(?:Correctable|Non-Fatal|Fatal) Error Detected|Unsupported Request(?: Detected)?|Link Training Error|Data Link Protocol Error|Surprise Link Down Error|Poisoned TLP|Flow Control Protocol Error|Completion Timeout|Completer Abort|Unexpected Completion|Receiver Overflow Error|Malformed TLP|ECRC Error|ACS Violation|Uncorrectable Internal Error|MC Blocked TLP|AtomicOp Egress Blocked|TLP Prefix Blocked Error|Receiver Error|Bad TLP|Bad DLLP|REPLAY_NUM Rollover|Replay Timer Timeout|Advisory Non-Fatal Error|Corrected Internal Error|Header Log Overflow|Unknown: 0x[0-9a-f]+)$/;
/** Continuation lines that are known without their indentation, for pastes that lost it. */
const DETAIL =
  /^(?:max read \d|link x\d|speed [\du]|slot \d+ power|Table in map|P2P |First VF |VF Device ID|Page Sizes:|\d+ VFs configured|CapExt|UnitId=|MsiNum=|VAsize=|features: )/;
type NameField = 'vendorName' | 'deviceName' | 'className' | 'subclassName';
const NAME_FIELDS = new Map<string, NameField>([
  ['vendor', 'vendorName'],
  ['device', 'deviceName'],
  ['class', 'className'],
  ['subclass', 'subclassName'],
]);
/** The name lines by their first character, as pciconf pads them. */
const PRINTED_NAMES: Record<number, { prefix: string; name: NameField; quoted: boolean } | undefined> = {
  [0x76 /* v */]: { prefix: "vendor     = '", name: 'vendorName', quoted: true },
  [0x64 /* d */]: { prefix: "device     = '", name: 'deviceName', quoted: true },
  [0x63 /* c */]: { prefix: 'class      = ', name: 'className', quoted: false },
  [0x73 /* s */]: { prefix: 'subclass   = ', name: 'subclassName', quoted: false },
};
/** Lines after its header in which the names of a device may stand; keeps other tools' `device = '...'` away. */
const NAME_LINES = 12;
/** A page that wraps lines does so at 72 columns or later; short leftovers follow. */
const WRAP_COLUMNS = 60;
const SERIAL_NUMBER_ID = '0x0003';

const TAB = 9;
const SPACE = 32;
const NO_BREAK_SPACE = 0xa0;
const QUOTE = 0x27;
const isMargin = (code: number): boolean =>
  code === SPACE ||
  code === TAB ||
  code === NO_BREAK_SPACE ||
  code === 0x3e /* > */ ||
  code === 0x23 /* # */ ||
  code === 0x7c; /* | */
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isNameCharacter = (code: number): boolean =>
  isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;

/** Value of `digits` lower-case hexadecimal digits, or -1. */
function hexAt(text: string, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) value = value * 16 + code - 48;
    else if (code >= 97 && code <= 102) value = value * 16 + code - 87;
    else return -1;
  }
  return value;
}

/** The usual capability ids, made once: thousands of records repeat a few dozen. */
const hexNames = (digits: number): string[] =>
  Array.from({ length: 256 }, (_, id) => `0x${id.toString(16).padStart(digits, '0')}`);
const CAPABILITY_IDS = hexNames(2);
const EXTENDED_IDS = hexNames(4);

/** A record that the next line may complete. */
interface Pending {
  line: number;
  complete: (line: string) => boolean;
  /** the next line did not */
  unfinished?: () => void;
}

class Reader {
  readonly devices: PciconfDevice[] = [];
  readonly toolErrors: PciconfToolError[] = [];
  readonly problems: Problem[] = [];
  readonly looseBars: PciconfBar[] = [];
  readonly looseCapabilities: PciconfCapability[] = [];
  elided = false;
  msi = 0;
  msix = 0;
  private readonly text: string;
  private readonly decoder = new CapabilityDecoder();
  private device: PciconfDevice | undefined;
  private capability: PciconfCapability | undefined;
  private errorRegister: PciconfError['register'] | undefined;
  private pending: Pending | undefined;
  private previousLength = 0;
  private equals = -1;

  constructor(text: string) {
    this.text = text;
  }

  readAll(): void {
    const { text } = this;
    let at = text.indexOf('@pci');
    let line = 0;
    for (let start = 0; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      line += 1;
      if (at >= 0 && at < end) {
        this.readHeaderLine(start, at, end, line);
        at = text.indexOf('@pci', end);
      } else {
        this.readBodyLine(start, end, line);
      }
      this.previousLength = end - start;
      start = end + 1;
    }
    this.dropPending();
    this.closeCapability();
  }

  private completePending(text: string, line: number): boolean {
    const pending = this.pending!;
    if (line === pending.line + 1 && pending.complete(text)) {
      if (this.pending === pending) this.pending = undefined;
      return true;
    }
    this.dropPending();
    return false;
  }

  private dropPending(): void {
    this.pending?.unfinished?.();
    this.pending = undefined;
  }

  private problem(line: number, message: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ line, message });
  }

  /** A line with a selector. What stands before the driver's name belongs to the previous record. */
  private readHeaderLine(start: number, at: number, end: number, line: number): void {
    const { text } = this;
    let name = at;
    while (name > start && isNameCharacter(text.charCodeAt(name - 1))) name -= 1;
    // Driver names begin with a letter: digits here are the version of the capability the header is glued to.
    while (name < at && isDigit(text.charCodeAt(name))) name += 1;
    SELECTOR.lastIndex = at;
    const selector = SELECTOR.exec(text);
    const from = SELECTOR.lastIndex;
    if (selector === null || name === at || end - start > MAX_LINE || !this.startsIds(from, end)) {
      this.readBodyLine(start, end, line);
      return;
    }
    this.readBodyLine(start, name, line);
    this.closeCapability();
    this.errorRegister = undefined;
    this.dropPending();
    this.readIds(this.openDevice(text.slice(name, at), selector, line), from, end, line);
  }

  /** After a selector stand ids, or `...`, or nothing when the line was cut: all else is prose that names a device. */
  private startsIds(from: number, end: number): boolean {
    const { text } = this;
    let at = from;
    while (at < end && isMargin(text.charCodeAt(at))) at += 1;
    if (at === end || text.startsWith('class=0x', at) || text.startsWith('...', at)) return true;
    return /^(?:(?:card|chip|rev|hdr|vendor)=0x[0-9a-f]|[0-9a-f]{6}\s)/.test(text.slice(at, end));
  }

  private openDevice(unitName: string, selector: RegExpExecArray, line: number): PciconfDevice {
    let digits = unitName.length;
    while (digits > 1 && isDigit(unitName.charCodeAt(digits - 1))) digits -= 1;
    const driver = unitName.slice(0, digits);
    const hasDomain = selector[4] !== undefined;
    const domain = hasDomain ? Number(selector[1]) : 0;
    const bus = Number(selector[hasDomain ? 2 : 1]);
    const slot = Number(selector[hasDomain ? 3 : 2]);
    const fn = Number(selector[hasDomain ? 4 : 3]);
    // All fields are named here so that every device has one shape, which makes large reports twice as fast to read.
    this.device = {
      line,
      selector: selector[0].slice(1, -1),
      domain,
      bus,
      slot,
      function: fn,
      bdf: domain === 0 ? bhyveBdf(bus, slot, fn) : undefined,
      driver: driver === 'none' ? null : driver,
      unitName,
      class: undefined,
      revision: undefined,
      headerType: undefined,
      vendor: undefined,
      device: undefined,
      subvendor: undefined,
      subdevice: undefined,
      pciId: undefined,
      vendorName: undefined,
      deviceName: undefined,
      className: undefined,
      subclassName: undefined,
      bars: [],
      capabilities: [],
      errors: [],
      power: undefined,
      msi: undefined,
      msix: undefined,
      pcie: undefined,
      flr: undefined,
      aer: undefined,
      acs: undefined,
    };
    this.devices.push(this.device);
    return this.device;
  }

  private readIds(device: PciconfDevice, from: number, end: number, line: number): void {
    for (const { layout, order, prefix } of ID_LAYOUTS) {
      layout.lastIndex = from;
      const match = layout.exec(this.text);
      if (!match) continue;
      for (let index = 0; index < order.length; index += 1) device[order[index]!] = prefix + match[index + 1]!;
      this.nameIds(device);
      return;
    }
    this.readIdFields(device, this.text.slice(from, end), line);
    if (device.subdevice === undefined) this.expectMoreIds(device, line);
  }

  /** `key=0x...` in any order and number, as left over by wrapping. */
  private readIdFields(device: PciconfDevice, text: string, line: number): void {
    for (const [, key, value] of text.matchAll(ID_FIELD)) {
      const single = ID_KEYS[key!];
      if (single !== undefined) device[single] = value!;
      else if (value!.length !== 10)
        this.problem(line, `${key!}= of ${device.selector} has not eight digits: ${value!}`);
      else {
        const [id, vendor] = DOUBLE_ID_KEYS[key!]!;
        device[id] = `0x${value!.slice(2, 6)}`;
        device[vendor] = `0x${value!.slice(6)}`;
      }
    }
    this.nameIds(device);
  }

  private nameIds(device: PciconfDevice): void {
    if (device.vendor === undefined || device.device === undefined) return;
    device.pciId = `${device.vendor.slice(2)}:${device.device.slice(2)}`;
  }

  private expectMoreIds(device: PciconfDevice, line: number): void {
    this.pending = {
      line,
      complete: (next) => {
        const read = /^[>\s#|]*(?:class|card|chip|rev|hdr|vendor|device|subvendor|subdevice)=0x/.test(next);
        if (read) this.readIdFields(device, next, line + 1);
        return read;
      },
    };
  }

  private readBodyLine(start: number, end: number, line: number): void {
    const { text } = this;
    let from = start;
    while (from < end && isMargin(text.charCodeAt(from))) from += 1;
    if (from === end || end - start > MAX_LINE) {
      this.closeCapability();
      return;
    }
    if (this.pending !== undefined && this.completePending(text.slice(start, end), line)) return;
    if (this.readPrintedName(from, end, line)) return;
    const first = text.charCodeAt(from);
    if (first === 0x63 /* c */ && text.startsWith('cap ', from)) {
      if (this.readCapability(from + 4, 2, end, line)) return;
    } else if (first === 0x65 /* e */ && text.startsWith('ecap ', from)) {
      if (this.readCapability(from + 5, 4, end, line)) return;
    } else if (first === 0x62 /* b */ && text.startsWith('bar ', from)) {
      if (this.readBar(from, end, line)) return;
    }
    const equals = this.nextEquals(from);
    if (equals < end && this.readField(from, equals, end, line)) return;
    this.readOther(start, from, end, line);
  }

  /** Place of the next `=`, remembered so that the whole text is searched once. */
  private nextEquals(from: number): number {
    if (this.equals < from) {
      const found = this.text.indexOf('=', from);
      this.equals = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.equals;
  }

  /**
   * `HH[HH] = text` after `cap `, `HHHH[HHH] = text` after `ecap `. Extended capabilities of version 0 lack their
   * newline in old tools, so that another may follow on the line.
   */
  private readCapability(from: number, digits: 2 | 4, end: number, line: number): boolean {
    const { text } = this;
    const open = from + digits;
    // Offsets have two digits after `cap` and three after `ecap`.
    const close = open + (digits === 2 ? 3 : 4);
    if (text.charCodeAt(open) !== 0x5b /* [ */ || !text.startsWith('] = ', close)) return false;
    const number = hexAt(text, from, digits);
    if (number < 0 || hexAt(text, open + 1, close - open - 1) < 0) return false;
    const extended = digits === 4;
    const id = (extended ? EXTENDED_IDS[number] : CAPABILITY_IDS[number]) ?? `0x${text.slice(from, open)}`;
    this.closeCapability();
    let body = text.slice(close + 4, end).trimEnd();
    const glued = extended ? body.search(/ {2}e?cap [0-9a-f]{2,4}\[/) : -1;
    if (glued >= 0) body = body.slice(0, glued).trimEnd();
    const capability: PciconfCapability = {
      line,
      id,
      offset: `0x${text.slice(open + 1, close)}`,
      extended,
      text: id === SERIAL_NUMBER_ID ? body.replace(/^(Serial \d+)\b.*$/, '$1') : body,
      details: undefined,
    };
    if (id === '0x05') this.msi += 1;
    else if (id === '0x11') this.msix += 1;
    this.capability = capability;
    this.errorRegister = undefined;
    (this.device?.capabilities ?? this.looseCapabilities).push(capability);
    if (glued >= 0) this.readBodyLine(close + 4 + glued, end, line);
    return true;
  }

  /** Continuation lines are part of what a capability means, so it is decoded when the next record begins. */
  private closeCapability(): void {
    if (this.capability !== undefined && this.device !== undefined) this.decoder.decode(this.capability, this.device);
    this.capability = undefined;
  }

  private readBar(from: number, end: number, line: number): boolean {
    const text = this.text.slice(from, end);
    if (!/^bar +\[/.test(text)) return false;
    this.closeCapability();
    this.errorRegister = undefined;
    const bar = barOf(text, line);
    if (bar) {
      (this.device?.bars ?? this.looseBars).push(bar);
      return true;
    }
    const { device } = this;
    this.pending = {
      line,
      complete: (next) => {
        const joined = barOf(`${text.trimEnd()} ${next.trim()}`, line);
        if (joined) (device?.bars ?? this.looseBars).push(joined);
        return joined !== undefined;
      },
      unfinished: () => this.problem(line, `BAR line not understood: ${text.slice(0, 80)}`),
    };
    return true;
  }

  /** `key = value` lines other than bars and capabilities. */
  private readField(from: number, equals: number, end: number, line: number): boolean {
    const { text } = this;
    const key = text.slice(from, equals).trimEnd();
    const name = NAME_FIELDS.get(key);
    if (name !== undefined) {
      if (!isMargin(text.charCodeAt(equals - 1))) return false;
      this.readName(name, text.slice(equals + 1, end).trim(), line);
      return true;
    }
    const { device } = this;
    if (device === undefined) return false;
    const register = ERROR_REGISTERS.get(key);
    if (register !== undefined) {
      this.closeCapability();
      this.errorRegister = register;
      device.errors.push({ line, register, name: text.slice(equals + 1, end).trim() });
      return true;
    }
    const value = text.slice(equals + 1, end).trim();
    if (key === 'bus range') return this.readBusRange(device, value, line);
    if (key === 'decode') {
      (device.bridge ??= { windows: [] }).decode = value.split(/\s*,\s*/);
      return true;
    }
    if (key.startsWith('window[')) return this.readWindow(device, text.slice(from + 6, end), line);
    if (key.startsWith('iov bar')) {
      const bar = barOf(text.slice(from, end), line);
      if (bar) (device.virtualFunctionBars ??= []).push(bar);
      return bar !== undefined;
    }
    if (key.startsWith('VPD ')) return this.readVpd(device, key.slice(4), value, line);
    return false;
  }

  /** A name exactly as the tool prints it: four lines of ten are such. Everything else goes the general way. */
  private readPrintedName(from: number, end: number, line: number): boolean {
    const { text, device } = this;
    const printed = PRINTED_NAMES[text.charCodeAt(from)];
    if (printed === undefined || device === undefined || !text.startsWith(printed.prefix, from)) return false;
    const last = printed.quoted ? end - 1 : end;
    const first = from + printed.prefix.length;
    if (last <= first || isMargin(text.charCodeAt(end - 1)) || (printed.quoted && text.charCodeAt(last) !== QUOTE))
      return false;
    if (device[printed.name] === undefined && line - device.line <= NAME_LINES)
      device[printed.name] = text.slice(first, last);
    return true;
  }

  private readName(name: NameField, value: string, line: number): void {
    const { device } = this;
    if (device === undefined || device[name] !== undefined || line - device.line > NAME_LINES) return;
    if (!value.startsWith("'")) {
      device[name] = value;
      return;
    }
    if (value.length > 1 && value.endsWith("'")) {
      device[name] = value.slice(1, -1);
      return;
    }
    device[name] = value.slice(1);
    this.pending = {
      line,
      complete: (next) => {
        const rest = next.trim();
        const closes = rest.endsWith("'") && !rest.includes('=');
        if (closes) device[name] = `${value.slice(1)} ${rest.slice(0, -1)}`;
        return closes;
      },
    };
  }

  private readBusRange(device: PciconfDevice, value: string, line: number): boolean {
    const match = /^(\d{1,3})-(\d{1,3})$/.exec(value);
    if (!match) return false;
    (device.bridge ??= { windows: [] }).busRange = { line, first: Number(match[1]), last: Number(match[2]) };
    return true;
  }

  private readWindow(device: PciconfDevice, text: string, line: number): boolean {
    const match = WINDOW.exec(text);
    if (!match) {
      this.problem(line, `bridge window not understood: window${text.slice(0, 80)}`);
      return true;
    }
    const size = BigInt(match[5]!) - BigInt(match[4]!) + 1n;
    (device.bridge ??= { windows: [] }).windows.push({
      line,
      offset: `0x${match[1]!}`,
      type: match[2]!,
      range: Number(match[3]),
      base: match[4]!,
      limit: match[5]!,
      size: size > 0n ? Number(size) : 0,
      state: match[6] as 'enabled' | 'disabled',
    });
    return true;
  }

  private readVpd(device: PciconfDevice, key: string, value: string, line: number): boolean {
    const keyword = key.replace(/\s+/g, ' ');
    this.closeCapability();
    if (keyword !== 'ro SN') (device.vpd ??= []).push({ line, keyword, value: value.replace(/^'(.*)'$/, '$1') });
    return true;
  }

  /** Continuation lines, the tool's own messages, and text that is not pciconf's. */
  private readOther(start: number, from: number, end: number, line: number): void {
    const rest = this.text.slice(from, end).trimEnd();
    const indent = from - start;
    if (this.capability !== undefined && this.continues(rest, indent, start)) {
      const { details } = this.capability;
      // A literal of the right length: most capabilities have one or two such lines, and push() reserves 17 places.
      if (details === undefined) this.capability.details = [rest];
      else if (details.length < MAX_DETAILS) this.capability.details = [...details, rest];
      return;
    }
    if (this.errorRegister !== undefined && this.device !== undefined && ERROR_NAME.test(rest)) {
      this.device.errors.push({ line, register: this.errorRegister, name: rest });
      return;
    }
    if (rest.startsWith('pciconf: ')) {
      this.toolErrors.push({ line, text: rest.slice(9) });
      return;
    }
    if (/^(?:\[?\.{3,}\]?|…)$/.test(rest)) {
      this.elided = true;
      this.closeCapability();
      return;
    }
    if (indent === 0 && !rest.startsWith('--More--')) {
      this.closeCapability();
      this.errorRegister = undefined;
      this.device = undefined;
    }
  }

  private continues(rest: string, indent: number, start: number): boolean {
    if (indent >= 9 || this.text.charCodeAt(start) === TAB || DETAIL.test(rest)) return true;
    return indent === 0 && this.previousLength >= WRAP_COLUMNS && rest.length < WRAP_COLUMNS && /^[\w(]/.test(rest);
  }
}

function barOf(text: string, line: number): PciconfBar | undefined {
  const match = BAR.exec(text);
  if (!match) return undefined;
  const offset = Number.parseInt(match[1]!, 16);
  const bar: PciconfBar = {
    line,
    offset: `0x${match[1]!}`,
    type: match[2]!,
    range: Number(match[3]),
    base: match[4]!,
    size: Number(match[5]),
    state: match[6] as 'enabled' | 'disabled',
  };
  if (offset >= 0x10 && offset <= 0x24) bar.index = (offset - 0x10) / 4;
  return bar;
}

function parse(text: string): ParseResult<PciconfFacts> {
  const reader = new Reader(text);
  reader.readAll();
  const { devices, toolErrors, looseBars, looseCapabilities, problems } = reader;
  if (devices.length + toolErrors.length + looseBars.length + looseCapabilities.length === 0) {
    return { facts: undefined, problems };
  }
  const drivers = dictionary<number>();
  const domains = new Set<number>();
  for (const { driver, domain } of devices) {
    drivers[driver ?? 'none'] = (drivers[driver ?? 'none'] ?? 0) + 1;
    domains.add(domain);
  }
  const facts: PciconfFacts = {
    devices,
    deviceCount: devices.length,
    drivers,
    pptBound: drivers['ppt'] ?? 0,
    domains: [...domains].sort((a, b) => a - b),
    msiCapabilities: reader.msi,
    msixCapabilities: reader.msix,
    toolErrors,
    elided: reader.elided,
  };
  if (looseBars.length + looseCapabilities.length > 0)
    facts.loose = { bars: looseBars, capabilities: looseCapabilities };
  return { facts, problems };
}

export default defineParser<PciconfFacts>({
  kind: 'pciconf',
  side: 'host',
  title: 'PCI devices of a FreeBSD host, their drivers, BARs and capabilities',
  source: 'pciconf -lvbBceV',
  markers: [
    /@pci\d{1,10}:\d{1,3}:\d{1,3}(?::\d{1,3})?:\s*(?:$|(?:class|card|chip)=0x|[0-9a-f]{6}\s)/,
    /^drv\s+selector\s+class\s+rev\s/,
    /^[>\s#|]*(?:iov )?bar +\[[0-9a-f]{2,3}\] = type (?:I\/O Port|Memory|Prefetchable Memory), range /,
    /^[>\s#|]*(?:cap [0-9a-f]{2}\[[0-9a-f]{2,3}\]|ecap [0-9a-f]{4}\[[0-9a-f]{3}\]) = /,
    /^[>\s#|]+(?:vendor|device) +=\s'.*'?\s*$/,
    /^[>\s#|]+(?:sub)?class +=\s[A-Za-z0-9][\w /-]{1,40}\s*$/,
    /^[>\s#|]*(?:subvendor|subdevice|device)=0x[0-9a-f]{4}(?:\s|$)/,
    /^[>\s#|]+window\[[0-9a-f]{2}\] = type /,
    /^[>\s#|]+bus range +=\s+\d+-\d+\s*$/,
    /^[>\s#|]+(?:max read \d+\s*$|link x\d+\(x\d+\)|speed [\d.]+\([\d.]+\) ASPM|Table in map 0x[0-9a-f]+\[|P2P (?:Req|Upstream|Direct) |slot \d+ power limit )/,
    /^[>\s#|]+(?:PCI-e errors|PCI errors|Fatal|Non-fatal|Corrected) = [A-Z]/,
    /^[>\s#|]+VPD (?:ident|r[ow] [A-Z0-9]{2}) +=/,
    /^pciconf: \S/,
  ],
  commands: [/\bpciconf\b/],
  fileNames: [/pciconf/i],
  parse,
});
