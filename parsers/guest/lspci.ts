/**
 * `lspci` of pciutils on Linux, in every verbosity: plain, -n, -nn, -D, -v, -vv, -vvv, -k, -x to -xxxx, the machine-readable
 * -m and -vmm; also excerpts of it down to single `Region 1:` lines, and lines with a poster's remarks behind them. The tree
 * of -t is known but gives no device records. Format: lspci.c, ls-caps.c, ls-kernel.c of github.com/pciutils/pciutils.
 *
 * Verbose records print no `Interrupt:` line when the function has neither an interrupt pin nor an IRQ: that absence is a
 * fact (`interrupt: null`). Capabilities need root; else they read `<access denied>`.
 *
 * ```text
 * 00:07.0 3D controller [0302]: NVIDIA Corporation GP102GL [Tesla P40] [10de:1b38] (rev a1)
 * 	Subsystem: NVIDIA Corporation GP102GL [Tesla P40] [10de:11d9]
 * 	Control: I/O- Mem+ BusMaster- SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-
 * 	Status: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-
 * 	Region 0: Memory at c1000000 (32-bit, non-prefetchable) [size=16M]
 * 	Region 1: Memory at <unassigned> (64-bit, prefetchable)
 * 	Region 3: Memory at 802000000 (64-bit, prefetchable) [size=32M]
 * 	Capabilities: [68] MSI: Enable- Count=1/1 Maskable- 64bit+
 * 		Address: 0000000000000000  Data: 0000
 * 	Capabilities: [78] Express (v2) Endpoint, MSI 00
 * 		DevCap:	MaxPayload 256 bytes, PhantFunc 0, Latency L0s unlimited, L1 <64us
 * 			ExtTag+ AttnBtn- AttnInd- PwrInd- RBE+ FLReset-
 * 		LnkCap:	Port #0, Speed 8GT/s, Width x16, ASPM not supported
 * 		LnkSta:	Speed 2.5GT/s (downgraded), Width x16 (ok)
 * 	Kernel driver in use: nvidia
 * 	Kernel modules: nvidiafb, nouveau, nvidia_drm, nvidia
 * ```
 * ```json
 * { "devices": [{
 *   "line": 1, "bdf": "0000:00:07.0", "class": "3D controller", "classCode": "0302", "pciId": "10de:1b38", "revision": "a1",
 *   "name": "NVIDIA Corporation GP102GL [Tesla P40]", "subsystemId": "10de:11d9",
 *   "control": { "io": false, "memory": true, "busMaster": false, "intxDisabled": false },
 *   "interrupt": null,
 *   "regions": [
 *     { "index": 0, "kind": "mem", "address": "0xc1000000", "size": 16777216, "bits": 32, "prefetchable": false, "line": 5 },
 *     { "index": 1, "kind": "mem", "address": null, "bits": 64, "prefetchable": true, "summary": "<unassigned>", "line": 6 },
 *     { "index": 3, "kind": "mem", "address": "0x802000000", "size": 33554432, "summary": "802000000 32M", "line": 7 }],
 *   "msi": { "enabled": false, "vectors": 1, "supported": 1, "line": 8 }, "msix": null,
 *   "express": { "type": "Endpoint", "flr": false,
 *     "linkCapability": { "speed": "8GT/s", "width": 16 },
 *     "linkStatus": { "speed": "2.5GT/s", "width": 16, "downgraded": true, "summary": "2.5GT/s x16 (downgraded)" } },
 *   "driver": "nvidia", "modules": ["nvidiafb", "nouveau", "nvidia_drm", "nvidia"] }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { parseSize } from '../../src/model/size.ts';
import type { Problem } from '../../src/model/artifact.ts';
import { splitLines } from '../lib/lines.ts';

export type LspciRegionFlag = 'virtual' | 'disabled' | 'enhanced';

/** `Region 1: Memory at 800000000 (64-bit, prefetchable) [size=256M]` */
export interface LspciRegion extends Located {
  /** 0 to 5; absent with -v, which prints no numbers */
  index?: number;
  kind: 'mem' | 'io' | 'rom';
  /** `0x800000000`; null when `<unassigned>`, `<ignored>` or `<broken-64-bit-slot>` */
  address: string | null;
  /** bytes; absent when lspci could not tell */
  size?: number;
  bits?: 32 | 64;
  prefetchable?: boolean;
  flags: LspciRegionFlag[];
  /** address, size and flags as written: `800000000 256M`, `<unassigned> [virtual]` */
  summary: string;
  text: string;
}

export interface LspciInterrupt extends Located {
  /** `A` to `D`; null when lspci printed `?`: an IRQ without a pin; absent with -v, which does not tell */
  pin?: string | null;
  irq: number;
}

export interface LspciMsi extends Located {
  enabled: boolean;
  /** vectors in use or configured, of `supported` */
  vectors: number;
  supported: number;
  maskable: boolean;
  bits64: boolean;
  /** message address, hexadecimal, all zeros while never programmed */
  address?: string;
}

export interface LspciMsix extends Located {
  enabled: boolean;
  vectors: number;
  masked: boolean;
  /** BAR that holds the vector table */
  tableBar?: number;
}

export interface LspciLink extends Located {
  /** `16GT/s` */
  speed: string;
  /** lanes */
  width: number;
}

export interface LspciLinkStatus extends LspciLink {
  speedDowngraded: boolean;
  widthDowngraded: boolean;
  downgraded: boolean;
  /** `2.5GT/s x4 (downgraded)` */
  summary: string;
}

export interface LspciExpress extends Located {
  /** `Endpoint`, `Legacy Endpoint`, `Root Port (Slot+)` */
  type: string;
  /** function-level reset, from DevCap */
  flr?: boolean;
  linkCapability?: LspciLink;
  linkStatus?: LspciLinkStatus;
}

export interface LspciCapability extends Located {
  /** `0x68` */
  offset: string;
  text: string;
}

export interface LspciResizableBar extends Located {
  bar: number;
  /** bytes */
  current: number;
  /** bytes, the largest offered */
  largest?: number;
  virtual: boolean;
}

export interface LspciBridge extends Located {
  primary: string;
  secondary: string;
  subordinate: string;
  windows: (Located & {
    kind: 'io' | 'mem' | 'prefetchable';
    start?: string;
    end?: string;
    disabled: boolean;
    text: string;
  })[];
}

/** Read from the bytes of -x. */
export interface LspciConfigSpace extends Located {
  /** bytes shown */
  length: number;
  /** interrupt pin register 0x3d: 0 none, 1 for A */
  interruptPin?: number;
  /** interrupt line register 0x3c */
  interruptLine?: number;
  /** command register 0x04 */
  command?: string;
  /** every byte is 0xff: the device does not answer */
  allOnes: boolean;
}

export interface LspciDevice extends Located {
  lastLine: number;
  /** absent in an excerpt that lost its first line */
  bdf?: string;
  class?: string;
  /** `0302` */
  classCode?: string;
  /** vendor and device as written, without ids */
  name?: string;
  vendorName?: string;
  deviceName?: string;
  /** `10de:1bb3`; for NVIDIA also told from `Device 1bb3` */
  pciId?: string;
  /** `a1`; `ff` when the device reads all ones */
  revision?: string;
  progIf?: string;
  subsystem?: string;
  subsystemId?: string;
  /** of -v: `bus master, fast devsel, latency 0, IRQ 30` */
  flags?: string[];
  control?: { io: boolean; memory: boolean; busMaster: boolean; intxDisabled: boolean } & Located;
  /** null: a verbose record without an `Interrupt:` line, so without pin and IRQ */
  interrupt?: LspciInterrupt | null;
  iommuGroup?: number;
  regions: LspciRegion[];
  rom?: LspciRegion;
  capabilities: LspciCapability[];
  /** `<access denied>`: not run by root */
  capabilitiesDenied?: true;
  msi?: LspciMsi | null;
  msix?: LspciMsix | null;
  express?: LspciExpress;
  powerState?: string;
  resizableBars: LspciResizableBar[];
  /** AER status bits that are set, by their lspci names */
  aer?: { uncorrectable: string[]; correctable: string[] };
  sriov?: Located;
  bridge?: LspciBridge;
  config?: LspciConfigSpace;
  /** `7f`: the header type of a device that reads all ones */
  unknownHeader?: string;
  /** null: a verbose record that names no driver */
  driver?: string | null;
  modules: string[];
}

export interface LspciFacts {
  devices: LspciDevice[];
}

/** Longer lines are none of this kind; cut, so that hostile ones cost nothing. */
const MAX_LINE = 4096;
const MAX_DEVICES = 1024;
const MAX_CAPABILITIES = 64;
const MAX_PROBLEMS = 20;

const BDF = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]`;
/** `00:06.0 3D controller [0302]: NVIDIA ...`, `00:06.0 0302: 10de:1bb3`, `00:06.0 "3D controller" "NVIDIA" ...` */
const HEADER = new RegExp(
  `^(${BDF}) (?:((?:3D|[A-Z])[\\w ./()-]{1,60}?)(?: \\[([0-9a-f]{4})\\])?: (.*)|([0-9a-f]{4}): ([0-9a-f]{4}:[0-9a-f]{4})(.*)|("[^"]*" .*))$`,
);
const SLOT = new RegExp(`^(?:Slot|Device):\\s{1,8}(${BDF})$`);
const HEADING_BDF = new RegExp(`^#{1,6} ?bdf[=: ]+(${BDF})$`, 'i');
const HEADING = /^(?:#{2,6} |={3,} )/;
const IDS = /\[([0-9a-f]{4}:[0-9a-f]{4})\]\s*$/;
const REVISION = / \(rev ([0-9a-f]{2})\)/;
const PROG_IF = / \(prog-if ([0-9a-f]{2})(?: \[([^\]]{0,60})\])?\)/;
const REGION =
  /^(\[virtual\] )?(?:Region (\d): )?(\[virtual\] )?(Memory|I\/O ports|Expansion ROM) at (?:([0-9a-f]{1,16})|<([\w-]{3,30})>)(?: \(((?:32|64)-bit|low-1M|type 3), (non-)?prefetchable\))?(.*)$/;
const WINDOW =
  /^(I\/O|Memory|Prefetchable memory) behind bridge: (?:\[?([0-9a-f]{4,16})-([0-9a-f]{4,16})\]?|(?:None|<\w+>|\[?[Dd]isabled\]?))(.*)$/;
const HEX_ROW = /^([0-9a-f]{2,3}): ((?:[0-9a-f]{2} ){15}[0-9a-f]{2})\s*$/;
const LABEL = /^([A-Z][A-Za-z0-9]{2,11}):\s*(.*)$/;

const plus = (text: string, bit: string): boolean | undefined => {
  const at = text.indexOf(bit);
  if (at === -1) return undefined;
  const sign = text[at + bit.length];
  return sign === '+' ? true : sign === '-' ? false : undefined;
};

/** A record while its lines are read. */
interface Open {
  device: LspciDevice;
  /** name of the capability whose lines follow */
  capability?: string;
  /** last label inside it: `DevCap`, `UESta`: wrapped lines belong to it */
  label?: string;
  /** the line before `Interrupt:` was there */
  status: boolean;
  /** the poster left lines out */
  elided: boolean;
  bytes: number[];
}

const newRecord = (device: LspciDevice): Open => ({ device, status: false, elided: false, bytes: [] });

const newDevice = (line: number): LspciDevice => ({
  line,
  lastLine: line,
  regions: [],
  capabilities: [],
  resizableBars: [],
  modules: [],
});

function readName(device: LspciDevice, written: string): void {
  let text = written;
  const revision = REVISION.exec(text);
  if (revision) device.revision = revision[1]!;
  const progIf = PROG_IF.exec(text);
  if (progIf) device.progIf = progIf[1]!;
  const end = Math.min(revision?.index ?? text.length, progIf?.index ?? text.length);
  text = text.slice(0, end).trim();
  const ids = IDS.exec(text);
  if (ids) {
    device.pciId = ids[1]!;
    text = text.slice(0, ids.index).trim();
  }
  device.name = text;
  // without a pci.ids file the ids stand for the names: `Class 0302: Device 10de:1bb3`
  const bare = /^Device ([0-9a-f]{4}:[0-9a-f]{4})$/.exec(text);
  if (bare) device.pciId ??= bare[1]!;
  const code = /^Class ([0-9a-f]{4})$/.exec(device.class ?? '');
  if (code) device.classCode ??= code[1]!;
  splitVendor(device, text);
}

/** lspci glues vendor and device name together; for the vendor this tool is about they can be told apart. */
function splitVendor(device: LspciDevice, text: string): void {
  const match = /^(NVIDIA Corporation) (.+)$/i.exec(text);
  if (!match) return;
  device.vendorName = match[1]!;
  // with -nn an unnamed device is just called so, its id stands in brackets
  if (match[2] !== 'Device') device.deviceName = match[2]!;
  const unnamed = /^Device ([0-9a-f]{4})$/.exec(match[2]!);
  if (unnamed) device.pciId ??= `10de:${unnamed[1]!}`;
}

function readHeader(match: RegExpExecArray, line: number): LspciDevice {
  const device = newDevice(line);
  const bdf = normaliseLinuxBdf(match[1]!);
  if (bdf !== undefined) device.bdf = bdf;
  if (match[5] !== undefined) {
    device.classCode = match[5];
    device.pciId = match[6]!;
    const revision = REVISION.exec(match[7]!);
    if (revision) device.revision = revision[1]!;
  } else if (match[8] !== undefined) readQuoted(device, match[8]);
  else {
    device.class = match[2]!;
    if (match[3] !== undefined) device.classCode = match[3];
    readName(device, match[4]!);
  }
  return device;
}

/** -m and -mm: class, vendor, device, options, subsystem vendor, subsystem; with ids in brackets under -nn */
function readQuoted(device: LspciDevice, text: string): void {
  const words = [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  const [cls, vendor, name, subVendor, subName] = words.map((word) => /^(.*?)(?: ?\[([0-9a-f]{4})\])?$/.exec(word)!);
  if (cls) {
    device.class = cls[1]!;
    if (cls[2] !== undefined) device.classCode = cls[2];
  }
  if (vendor) device.vendorName = vendor[1]!;
  if (name) device.deviceName = name[1]!;
  device.name = [vendor?.[1], name?.[1]].filter((part) => part !== undefined && part !== '').join(' ');
  if (vendor?.[2] !== undefined && name?.[2] !== undefined) device.pciId = `${vendor[2]}:${name[2]}`;
  else splitVendor(device, device.name);
  if (subVendor?.[2] !== undefined && subName?.[2] !== undefined) device.subsystemId = `${subVendor[2]}:${subName[2]}`;
  const revision = / -r([0-9a-f]{2})\b/.exec(text);
  if (revision) device.revision = revision[1]!;
}

/** A line of -vmm: `Slot:`, `Class:`, `Vendor:` ... The device began at `Slot:`. */
function readField(device: LspciDevice, name: string, value: string): boolean {
  const named = /^(.*?)(?: ?\[([0-9a-f]{4})\])?$/.exec(value)!;
  if (name === 'Class') {
    device.class = named[1]!;
    if (named[2] !== undefined) device.classCode = named[2];
  } else if (name === 'Vendor') {
    device.vendorName = named[1]!;
    if (named[2] !== undefined) device.pciId = `${named[2]}:`;
  } else if (name === 'Device') {
    device.deviceName = named[1]!;
    device.name = `${device.vendorName ?? ''} ${named[1]!}`.trim();
    if (named[2] !== undefined && device.pciId?.endsWith(':') === true) device.pciId += named[2];
    else {
      delete device.pciId;
      splitVendor(device, device.name);
    }
  } else if (name === 'Rev') device.revision = value;
  else if (name === 'ProgIf') device.progIf = value;
  else if (name === 'Driver') device.driver = value;
  else if (name === 'Module') device.modules.push(value);
  else if (name === 'IOMMUGroup') device.iommuGroup = Number(value);
  else return name === 'SVendor' || name === 'SDevice' || name === 'PhySlot' || name === 'NUMANode';
  return true;
}

function readRegion(match: RegExpExecArray, text: string, line: number): LspciRegion {
  const [, before, index, behind, what, address, special, kind, non, rest] = match;
  const written = address ?? `<${special!}>`;
  const size = /\[size=(\d{1,4}[KMGT]?)\]/.exec(rest!);
  const flags = (['virtual', 'disabled', 'enhanced'] as const).filter(
    (flag) => rest!.includes(`[${flag}]`) || (flag === 'virtual' && (before ?? behind) !== undefined),
  );
  const region: LspciRegion = {
    kind: what === 'Memory' ? 'mem' : what === 'I/O ports' ? 'io' : 'rom',
    address: address === undefined ? null : `0x${address.replace(/^0+(?=.)/, '')}`,
    flags,
    summary: [written, ...(size ? [size[1]!] : []), ...flags.map((flag) => `[${flag}]`)].join(' '),
    text: text.slice(0, 200),
    line,
  };
  if (index !== undefined) region.index = Number(index);
  const bytes = size ? parseSize(size[1]!) : undefined;
  if (bytes !== undefined) region.size = bytes;
  if (kind === '32-bit' || kind === '64-bit') region.bits = kind === '64-bit' ? 64 : 32;
  if (kind !== undefined) region.prefetchable = non === undefined;
  return region;
}

function readLinkStatus(text: string, line: number): LspciLinkStatus | undefined {
  const match = /Speed ([\w.]{1,12}\/s|unknown)(?: \((\w{1,16})\))?, Width x(\d{1,3})(?: \((\w{1,16})\))?/.exec(text);
  if (!match) return undefined;
  const [speedDowngraded, widthDowngraded] = [match[2] === 'downgraded', match[4] === 'downgraded'];
  const downgraded = speedDowngraded || widthDowngraded;
  const width = Number(match[3]);
  return {
    speed: match[1]!,
    width,
    speedDowngraded,
    widthDowngraded,
    downgraded,
    summary: `${match[1]!} x${width}${downgraded ? ' (downgraded)' : ''}`,
    line,
  };
}

/** A line of the PCI Express, AER, MSI or power management capability. */
function readCapabilityLine(open: Open, text: string, line: number): void {
  const { device } = open;
  const label = LABEL.exec(text);
  if (label) open.label = label[1]!;
  const body = label?.[2] ?? text;
  switch (open.label) {
    case 'DevCap': {
      const flr = plus(body, 'FLReset');
      if (flr !== undefined && device.express) device.express.flr = flr;
      break;
    }
    case 'LnkCap': {
      const match = /Speed ([\w.]{1,12}\/s|unknown), Width x(\d{1,3})/.exec(body);
      if (match && device.express) device.express.linkCapability = { speed: match[1]!, width: Number(match[2]), line };
      break;
    }
    case 'LnkSta': {
      const status = readLinkStatus(body, line);
      if (status && device.express) device.express.linkStatus = status;
      break;
    }
    case 'UESta':
    case 'CESta': {
      device.aer ??= { uncorrectable: [], correctable: [] };
      const list = open.label === 'UESta' ? device.aer.uncorrectable : device.aer.correctable;
      for (const [, bit] of body.matchAll(/(?:^|\s)(\w{2,20})\+/g)) if (list.length < 32) list.push(bit!);
      break;
    }
    case 'Status': {
      const state = /^(D[0-3](?:hot|cold)?) /.exec(body);
      if (state) device.powerState = state[1]!;
      break;
    }
    case 'Address':
      if (open.capability === 'MSI' && device.msi && label) device.msi.address = body.split(' ')[0]!;
      break;
    default:
      break;
  }
  if (open.capability === 'MSI-X' && device.msix) {
    const table = /^Vector table: BAR=(\d)/.exec(text);
    if (table) device.msix.tableBar = Number(table[1]);
  }
  const resizable = /^BAR (\d): current size: (\d{1,4}[KMGT]?B)(?:, supported: (.*))?$/.exec(text);
  if (resizable && device.resizableBars.length < 12) {
    const largest = (resizable[3] ?? '')
      .split(' ')
      .map((size) => parseSize(size))
      .filter((size) => size !== undefined)
      .at(-1);
    device.resizableBars.push({
      bar: Number(resizable[1]),
      current: parseSize(resizable[2]!) ?? 0,
      ...(largest === undefined ? {} : { largest }),
      virtual: open.capability === 'Virtual Resizable BAR',
      line,
    });
  }
}

function readCapability(open: Open, text: string, line: number): void {
  const { device } = open;
  const denied = text.startsWith('<access denied>');
  if (denied) {
    device.capabilitiesDenied = true;
    return;
  }
  const match = /^\[([0-9a-f]{2,3})(?: v\d)?\] (.*)$/.exec(text);
  if (!match) return;
  const [, offset, body] = match;
  if (device.capabilities.length < MAX_CAPABILITIES) {
    device.capabilities.push({ offset: `0x${offset!}`, text: body!.slice(0, 200), line });
  }
  open.capability = /^[^:(]*/.exec(body!)![0].trim();
  delete open.label;
  const msi = /^MSI: Enable([+-]) Count=(\d{1,4})\/(\d{1,4}) Maskable([+-]) 64bit([+-])/.exec(body!);
  if (msi) {
    device.msi = {
      enabled: msi[1] === '+',
      vectors: Number(msi[2]),
      supported: Number(msi[3]),
      maskable: msi[4] === '+',
      bits64: msi[5] === '+',
      line,
    };
  }
  const oldMsi = /^Message Signalled Interrupts: Mask([+-]) 64bit([+-]) (?:Queue|Count)=(\d)\/(\d) Enable([+-])/.exec(
    body!,
  );
  if (oldMsi) {
    device.msi = {
      enabled: oldMsi[5] === '+',
      vectors: 2 ** Number(oldMsi[3]),
      supported: 2 ** Number(oldMsi[4]),
      maskable: oldMsi[1] === '+',
      bits64: oldMsi[2] === '+',
      line,
    };
  }
  const msix = /^MSI-X: Enable([+-]) (?:Mask([+-]) TabSize=(\d{1,4})|Count=(\d{1,4}) Masked([+-]))/.exec(body!);
  if (msix) {
    device.msix = {
      enabled: msix[1] === '+',
      vectors: Number(msix[3] ?? msix[4]),
      masked: (msix[2] ?? msix[5]) === '+',
      line,
    };
  }
  const express = /^Express (?:\(v\d\) )?([A-Za-z][^,]{2,60})/.exec(body!);
  if (express) device.express = { type: express[1]!.trim(), line };
  if (body!.startsWith('Single Root I/O Virtualization')) device.sriov = { line };
}

/** A line inside a record. False when it is none of lspci's. */
function readLine(open: Open, text: string, line: number): boolean {
  const { device } = open;
  if (text.startsWith('Capabilities: ')) {
    readCapability(open, text.slice('Capabilities: '.length), line);
    return true;
  }
  if (text.startsWith('Kernel driver in use: ')) {
    device.driver = text.slice('Kernel driver in use: '.length).split(' ')[0]!;
    return true;
  }
  if (text.startsWith('Kernel modules: ')) {
    device.modules = text
      .slice('Kernel modules: '.length)
      .split(/[, ]+/)
      .filter((name) => /^[\w-]{1,60}$/.test(name))
      .slice(0, 32);
    return true;
  }
  const hex = HEX_ROW.exec(text);
  if (hex) {
    device.config ??= { length: 0, allOnes: false, line };
    if (Number.parseInt(hex[1]!, 16) === open.bytes.length && open.bytes.length < 4096) {
      for (const byte of hex[2]!.split(' ')) open.bytes.push(Number.parseInt(byte, 16));
    }
    return true;
  }
  if (open.capability !== undefined) {
    readCapabilityLine(open, text, line);
    return true;
  }
  const region = REGION.exec(text);
  if (region) {
    const read = readRegion(region, text, line);
    if (read.kind === 'rom') device.rom = read;
    else if (device.regions.length < 8) device.regions.push(read);
    return true;
  }
  if (text.startsWith('Subsystem: ')) {
    const subsystem = text.slice('Subsystem: '.length);
    const ids = IDS.exec(subsystem) ?? /^([0-9a-f]{4}:[0-9a-f]{4})$/.exec(subsystem);
    if (ids) device.subsystemId = ids[1]!;
    device.subsystem = subsystem.slice(0, 200);
    return true;
  }
  if (text.startsWith('Control: I/O')) {
    device.control = {
      io: plus(text, 'I/O') === true,
      memory: plus(text, 'Mem') === true,
      busMaster: plus(text, 'BusMaster') === true,
      intxDisabled: plus(text, 'DisINTx') === true,
      line,
    };
    return true;
  }
  const interrupt = /^Interrupt: pin ([A-D?]) (?:disabled|routed to IRQ (\d{1,7}))/.exec(text);
  if (interrupt) {
    device.interrupt = { pin: interrupt[1] === '?' ? null : interrupt[1]!, irq: Number(interrupt[2] ?? 0), line };
    return true;
  }
  if (text.startsWith('Flags: ')) {
    device.flags = text.slice('Flags: '.length).split(', ').slice(0, 16);
    const irq = /, IRQ (\d{1,7})(?:,|$)/.exec(text);
    if (irq) device.interrupt = { irq: Number(irq[1]), line };
    return true;
  }
  const unknown = /^!!! Unknown header type ([0-9a-f]{2})/.exec(text);
  if (unknown) {
    device.unknownHeader = unknown[1]!;
    return true;
  }
  const group = /^IOMMU group: (\d{1,6})$/.exec(text);
  if (group) {
    device.iommuGroup = Number(group[1]);
    return true;
  }
  const buses = /^Bus: primary=([0-9a-f]{2}), secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/.exec(text);
  if (buses) {
    device.bridge = { primary: buses[1]!, secondary: buses[2]!, subordinate: buses[3]!, windows: [], line };
    return true;
  }
  const window = WINDOW.exec(text);
  if (window) {
    const [, what, start, end, rest] = window;
    device.bridge?.windows.push({
      kind: what === 'I/O' ? 'io' : what === 'Memory' ? 'mem' : 'prefetchable',
      ...(start === undefined
        ? {}
        : { start: `0x${start.replace(/^0+(?=.)/, '')}`, end: `0x${end!.replace(/^0+(?=.)/, '')}` }),
      disabled: start === undefined || /\[disabled\]/.test(rest!),
      text: text.slice(0, 120),
      line,
    });
    return true;
  }
  if (text.startsWith('Status: Cap')) {
    open.status = true;
    return true;
  }
  return /^(?:Latency: |NUMA node: |Physical Slot: |DeviceName: |Control: |Status: |BIST |Secondary status: |BridgeCtl: |IOMMU group)/.test(
    text,
  );
}

/** @param followed another record came behind it, so this one was not cut short */
function close(open: Open, followed: boolean): LspciDevice {
  const { device, bytes } = open;
  const config = device.config;
  if (config) {
    config.length = bytes.length;
    config.allOnes = bytes.length > 0 && bytes.every((byte) => byte === 0xff);
    if (bytes.length >= 0x40) {
      config.command = `0x${(bytes[4]! | (bytes[5]! << 8)).toString(16).padStart(4, '0')}`;
      config.interruptLine = bytes[0x3c]!;
      config.interruptPin = bytes[0x3d]!;
    }
  }
  const answers = device.unknownHeader === undefined && device.revision !== 'ff';
  if (answers && !open.elided) {
    // `Interrupt:` stands between the status and whatever comes next
    const past = device.regions.length > 0 || device.capabilities.length > 0 || device.driver !== undefined;
    if (open.status && past && device.interrupt === undefined) device.interrupt = null;
    const ended = followed || device.driver !== undefined || device.modules.length > 0;
    if (ended && device.capabilities.length > 0) {
      device.msi ??= null;
      device.msix ??= null;
    }
    if (device.modules.length > 0) device.driver ??= null;
  }
  return device;
}

function parse(text: string): { facts: LspciFacts | undefined; problems: Problem[] } {
  const devices: LspciDevice[] = [];
  const problems: Problem[] = [];
  let open: Open | undefined;
  /** address that a heading gave to a record which does not repeat it */
  let headingBdf: string | undefined;
  let tree = false;
  const finish = (followed: boolean): void => {
    if (open) devices.push(close(open, followed));
    open = undefined;
  };
  const begin = (device: LspciDevice): void => {
    finish(true);
    if (devices.length < MAX_DEVICES) open = newRecord(device);
  };

  splitLines(text).forEach((raw, i) => {
    const line = i + 1;
    const trimmed = raw.slice(0, MAX_LINE).trim();
    if (trimmed === '') return;
    if (HEADING.test(trimmed) || HEADING_BDF.test(trimmed)) {
      finish(true);
      const heading = HEADING_BDF.exec(trimmed);
      if (heading) headingBdf = normaliseLinuxBdf(heading[1]!);
      return;
    }
    const header = HEADER.exec(trimmed);
    if (header) {
      begin(readHeader(header, line));
      return;
    }
    const slot = SLOT.exec(trimmed);
    if (slot) {
      const device = newDevice(line);
      const bdf = normaliseLinuxBdf(slot[1]!);
      if (bdf !== undefined) device.bdf = bdf;
      begin(device);
      return;
    }
    if (open) {
      if (/^\[?(?:\.{3}|…)\]?$/.test(trimmed)) open.elided = true;
      const field = /^(\w{3,12}):\s{1,8}(\S.*)$/.exec(trimmed);
      const known =
        readLine(open, trimmed, line) ||
        (field !== null && open.device.control === undefined && readField(open.device, field[1]!, field[2]!));
      if (known) open.device.lastLine = line;
      return;
    }
    if (TREE.test(trimmed)) tree = true;
    if (REGION.test(trimmed) || ORPHAN.test(trimmed)) {
      const device = newDevice(line);
      if (headingBdf !== undefined) device.bdf = headingBdf;
      begin(device);
      if (open) readLine(open, trimmed, line);
    } else if (STARTS_WITH_BDF.test(trimmed) && problems.length < MAX_PROBLEMS) {
      problems.push({ message: 'looks like a device of lspci, but its class cannot be read', line });
    }
  });
  finish(false);
  return { facts: devices.length > 0 || tree ? { devices } : undefined, problems };
}

/** Lines that only a record of lspci holds and with which an excerpt may begin. */
const ORPHAN =
  /^(?:Control: I\/O[+-] Mem[+-]|Interrupt: pin [A-D?] |Capabilities: (?:\[[0-9a-f]{2,3}(?: v\d)?\] |<access denied>)|Kernel driver in use: |Kernel modules: |!!! Unknown header type|Subsystem: .{1,120}\[[0-9a-f]{4}:[0-9a-f]{4}\]|LnkSta:\s)/;
const STARTS_WITH_BDF = new RegExp(`^${BDF} `);
const TREE = /^(?:-\[[0-9a-f]{4}:[0-9a-f]{2}(?:-[0-9a-f]{2})?\]-|[| ]*[+\\]-[0-9a-f]{2}\.[0-7])/;

export default defineParser<LspciFacts>({
  kind: 'lspci',
  side: 'guest',
  title: 'lspci output',
  source: 'lspci -nnvvv (as root)',
  commands: [/^(?:\/\S*\/)?lspci(?:\s|$)/],
  fileNames: [/(?:^|[/_.-])lspci[^/]*$/i],
  markers: [
    new RegExp(
      `^\\s{0,12}${BDF} (?:(?:3D|[A-Z])[\\w ./()-]{1,60}?(?: \\[[0-9a-f]{4}\\])?: \\S|[0-9a-f]{4}: [0-9a-f]{4}:[0-9a-f]{4}|"[^"]*" "[^"]*")`,
    ),
    new RegExp(`^Slot:\\s{1,8}${BDF}$`),
    /^\s{0,24}(?:\[virtual\] )?(?:Region \d: )?(?:\[virtual\] )?(?:Memory|I\/O ports|Expansion ROM) at (?:[0-9a-f]{4,16}|<[\w-]{3,30}>)(?: [([]|$)/,
    /^\s{0,24}(?:Kernel driver in use|Kernel modules): [\w-]/,
    /^\s{0,24}Capabilities: (?:\[[0-9a-f]{2,3}(?: v\d)?\] |<access denied>)/,
    /^\s{0,24}(?:(?:Dev|Lnk)(?:Cap|Ctl|Sta)\d?|UESta|UEMsk|UESvrt|CESta|CEMsk|AERCap|HeaderLog|L1SubCap|IOVCap|IOVCtl):\s/,
    /^\s{0,24}Control: I\/O[+-] Mem[+-] BusMaster[+-]/,
    /^\s{0,24}Status: Cap[+-] 66MHz[+-]/,
    /^\s{0,24}Interrupt: pin [A-D?] routed to IRQ \d/,
    /^\s{0,24}Flags: (?:bus master, |fast devsel|\w[\w ]{0,20}, (?:fast|medium|slow) devsel)/,
    /^\s{0,24}!!! Unknown header type [0-9a-f]{2}/,
    /^\s{0,24}(?:I\/O|Memory|Prefetchable memory) behind bridge: /,
    /^\s{0,24}Bus: primary=[0-9a-f]{2}, secondary=/,
    /^(?:\s{0,24}|[| ]{0,40})(?:-\[[0-9a-f]{4}:[0-9a-f]{2}(?:-[0-9a-f]{2})?\]-|[+\\]-[0-9a-f]{2}\.[0-7])/,
    /^[0-9a-f]{2,3}: (?:[0-9a-f]{2} ){15}[0-9a-f]{2}\s*$/,
  ],
  parse,
});
