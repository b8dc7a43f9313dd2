/**
 * The meaning of the capability texts that pciconf(8) prints after `cap HH[HH] = ` and `ecap HHHH[HHH] = `.
 * Source of the wording: usr.sbin/pciconf/cap.c, FreeBSD 8 to 16. A decoder is given the text with its continuation
 * lines joined by single blanks, so that it does not matter where the tool, or a page that quotes it, broke the line.
 */
import type { Located } from '../../src/model/source.ts';

/** One capability as printed. */
export interface PciconfCapability extends Located {
  /** capability id, `0x05`; of four digits (`0x0001`) when extended */
  id: string;
  /** offset in configuration space, `0x68` */
  offset: string;
  /** true for PCI Express extended capabilities (`ecap`) */
  extended: boolean;
  /** as printed after ` = `; device serial numbers are left out */
  text: string;
  /** continuation lines without their indentation */
  details?: string[];
}

export interface PciconfMsi extends Located {
  text: string;
  /** messages the device can send */
  messages: number;
  bits64: boolean;
  vectorMasks: boolean;
  enabled: boolean;
  /** messages in use, when enabled */
  enabledMessages?: number;
}

/** Place inside a BAR: configuration offset of the BAR (`0x10` is BAR0) and byte offset in it. */
export interface BarPlace {
  bar: string;
  offset: string;
}

export interface PciconfMsix extends Located {
  text: string;
  messages: number;
  enabled: boolean;
  table?: BarPlace;
  pba?: BarPlace;
}

export interface PciconfLink {
  /** lanes in use and at most; 0 in use means no link */
  width: number;
  maxWidth: number;
  /** GT/s; left out where the tool printed `undef` */
  speed?: number;
  maxSpeed?: number;
  /** ASPM state and what the link can do, as printed: `disabled`, `L0s/L1` */
  aspm?: string;
  aspmCapable?: string;
  clockPm?: 'enabled' | 'disabled';
}

export interface PciconfSlot {
  number: number;
  /** milliwatts */
  powerLimit: number;
  hotPlug?: 'present' | 'empty';
}

export interface PciconfPcie extends Located {
  text: string;
  version: number;
  /** `endpoint`, `legacy endpoint`, `root port`, `upstream port`, `downstream port` ... */
  type: string;
  /** function level reset by PCI Express; without it (and without AF) vmm resets by D3 power cycling */
  flr: boolean;
  /** bytes */
  maxPayload: number;
  maxPayloadSupported: number;
  maxReadRequest?: number;
  ari?: 'enabled' | 'disabled';
  link?: PciconfLink;
  slot?: PciconfSlot;
}

export interface PciconfPower extends Located {
  supported: string[];
  /** `D0` is awake; `D3` means the device was left powered down */
  current: string;
}

/** Latched status bits of Advanced Error Reporting, not numbers of events. */
export interface PciconfAer extends Located {
  fatal: number;
  nonFatal: number;
  corrected: number;
}

export type AcsState = 'enabled' | 'disabled' | 'unavailable';

/** Access Control Services; only newer tools name the features, so all may be missing. */
export interface PciconfAcs extends Located {
  sourceValidation?: AcsState;
  translationBlocking?: AcsState;
  requestRedirect?: AcsState;
  completionRedirect?: AcsState;
  upstreamForwarding?: AcsState;
  egressControl?: AcsState;
  directTranslated?: AcsState;
}

export interface PciconfSriov extends Located {
  enabled: boolean;
  virtualFunctions?: number;
  maxVirtualFunctions?: number;
  /** device id of the virtual functions */
  deviceId?: string;
}

/** The configuration-space side of an AMD IOMMU. */
export interface PciconfIommu extends Located {
  text: string;
  /** firmware left the unit's base address `enabled` or `disabled` */
  state: 'enabled' | 'disabled';
}

/** What the capabilities of one function say. A field is missing when its capability was not listed. */
export interface DecodedCapabilities {
  power?: PciconfPower;
  msi?: PciconfMsi;
  msix?: PciconfMsix;
  pcie?: PciconfPcie;
  aer?: PciconfAer;
  acs?: PciconfAcs;
  sriov?: PciconfSriov;
  iommu?: PciconfIommu;
  /** the function can be reset alone, by PCI Express FLR or the conventional AF capability */
  flr?: boolean;
  /** the capability exists; pciconf prints no sizes */
  resizableBar?: boolean;
  /** bit mask of lanes with errors (PCIe Sec); left out when 0 */
  laneErrors?: string;
}

/** What one capability text says, without the line it stands on. */
type Meaning = {
  [Field in keyof DecodedCapabilities]: NonNullable<DecodedCapabilities[Field]> extends Located
    ? Omit<NonNullable<DecodedCapabilities[Field]>, 'line'>
    : DecodedCapabilities[Field];
};
type Decoder = (text: string) => Meaning | undefined;

const onOff = (text: string | undefined): 'enabled' | 'disabled' | undefined =>
  text as 'enabled' | 'disabled' | undefined;
const speed = (text: string | undefined): number | undefined =>
  text === undefined || text === 'undef' ? undefined : Number(text);

function power(text: string): Meaning | undefined {
  const match = /^powerspec \d+ +supports((?: D[0-3])+) +current (\S+)/.exec(text);
  return match ? { power: { supported: match[1]!.trim().split(' '), current: match[2]! } } : undefined;
}

function msi(text: string): Meaning | undefined {
  const match =
    /^MSI supports (\d{1,9}) messages?(, 64 bit)?(, vector masks)?(?:,? enabled with (\d{1,9}) messages?)?/.exec(text);
  if (!match) return undefined;
  return {
    msi: {
      text,
      messages: Number(match[1]),
      bits64: match[2] !== undefined,
      vectorMasks: match[3] !== undefined,
      enabled: match[4] !== undefined,
      enabledMessages: match[4] === undefined ? undefined : Number(match[4]),
    },
  };
}

const MSIX_PLACES = / Table in map 0x([0-9a-f]+)\[(0x[0-9a-f]+)\], PBA in map 0x([0-9a-f]+)\[(0x[0-9a-f]+)\]/;

function msix(text: string): Meaning | undefined {
  const match = /^MSI-X supports (\d{1,9}) messages?/.exec(text);
  if (!match) return undefined;
  const places = MSIX_PLACES.exec(text);
  return {
    msix: {
      text: places ? text.slice(0, places.index) : text,
      messages: Number(match[1]),
      enabled: text.includes('enabled'),
      table: places ? { bar: `0x${places[1]!}`, offset: places[2]! } : undefined,
      pba: places ? { bar: `0x${places[3]!}`, offset: places[4]! } : undefined,
    },
  };
}

const PCIE =
  /^PCI-Express (\d{1,9}) ([a-zA-Z ]+?|type \d+)(?: slot)?(?: MSI \d+)? max data (\d{1,9})\((\d{1,9})\)( FLR)?(?: RO)?(?: NS)?(?: ARI (enabled|disabled))?/;
const LINK =
  / link x(\d{1,9})\(x(\d{1,9})\)(?: speed ([\d.]+|undef)\(([\d.]+|undef)\))?(?: ASPM ([^\s(]+)\(([^)\s]*)\))?(?: ClockPM (enabled|disabled))?/;
const SLOT = / slot (\d{1,9}) power limit (\d{1,9}) mW(?: HotPlug\((present|empty)\))?/;

function pcie(text: string): Meaning | undefined {
  const match = PCIE.exec(text);
  if (!match) return undefined;
  const read = / max read (\d{1,9})/.exec(text);
  const link = LINK.exec(text);
  const slot = SLOT.exec(text);
  const flr = match[5] !== undefined;
  return {
    flr,
    pcie: {
      text: match[0],
      version: Number(match[1]),
      type: match[2]!,
      flr,
      maxPayload: Number(match[3]),
      maxPayloadSupported: Number(match[4]),
      maxReadRequest: read ? Number(read[1]) : undefined,
      ari: onOff(match[6]),
      link: link
        ? {
            width: Number(link[1]),
            maxWidth: Number(link[2]),
            speed: speed(link[3]),
            maxSpeed: speed(link[4]),
            aspm: link[5],
            aspmCapable: link[6],
            clockPm: onOff(link[7]),
          }
        : undefined,
      slot: slot
        ? {
            number: Number(slot[1]),
            powerLimit: Number(slot[2]),
            hotPlug: slot[3] as PciconfSlot['hotPlug'],
          }
        : undefined,
    },
  };
}

function advancedFeatures(text: string): Meaning | undefined {
  return text.startsWith('PCI Advanced Features') ? { flr: / FLR\b/.test(text) } : undefined;
}

function iommu(text: string): Meaning | undefined {
  const match = /^[\w ]*\bIOMMU\b[\w ]* Base=[0-9a-fx]+\/(Enabled|Disabled)/.exec(text);
  return match ? { iommu: { text, state: match[1] === 'Enabled' ? 'enabled' : 'disabled' } } : undefined;
}

function aer(text: string): Meaning | undefined {
  const match = /^AER \d+ (\d{1,9}) fatal (\d{1,9}) non-fatal (\d{1,9}) corrected/.exec(text);
  return match
    ? { aer: { fatal: Number(match[1]), nonFatal: Number(match[2]), corrected: Number(match[3]) } }
    : undefined;
}

const ACS_FEATURES: Record<string, Exclude<keyof PciconfAcs, 'line'>> = {
  'Source Validation': 'sourceValidation',
  'Translation Blocking': 'translationBlocking',
  'P2P Req Redirect': 'requestRedirect',
  'P2P Cmpl Redirect': 'completionRedirect',
  'P2P Upstream Forwarding': 'upstreamForwarding',
  'P2P Egress Control': 'egressControl',
  'P2P Direct Translated': 'directTranslated',
};
const ACS_FEATURE = new RegExp(`(${Object.keys(ACS_FEATURES).join('|')}) (enabled|disabled|unavailable)`, 'g');

function acs(text: string): Meaning {
  const features: Omit<PciconfAcs, 'line'> = {};
  for (const match of text.matchAll(ACS_FEATURE)) features[ACS_FEATURES[match[1]!]!] = match[2] as AcsState;
  return { acs: features };
}

function sriov(text: string): Meaning | undefined {
  const match = /^SR-IOV \d+ IOV (enabled|disabled)/.exec(text);
  if (!match) return undefined;
  const counts = / (\d{1,9}) VFs configured out of (\d{1,9}) supported/.exec(text);
  return {
    sriov: {
      enabled: match[1] === 'enabled',
      virtualFunctions: counts ? Number(counts[1]) : undefined,
      maxVirtualFunctions: counts ? Number(counts[2]) : undefined,
      deviceId: / VF Device ID (0x[0-9a-f]+)/.exec(text)?.[1],
    },
  };
}

function resizableBar(text: string): Meaning | undefined {
  return text.startsWith('Resizable BAR') ? { resizableBar: true } : undefined;
}

function laneErrors(text: string): Meaning | undefined {
  const match = /^PCIe Sec \d+ lane errors (0x[0-9a-f]+)/.exec(text);
  return match ? { laneErrors: match[1]! } : undefined;
}

/** PCI capability ids have two digits and extended ones four, so one table serves both. */
const DECODERS = new Map<string, Decoder>([
  ['0x01', power],
  ['0x05', msi],
  ['0x0f', iommu],
  ['0x10', pcie],
  ['0x11', msix],
  ['0x13', advancedFeatures],
  ['0x0001', aer],
  ['0x000d', acs],
  ['0x0010', sriov],
  ['0x0015', resizableBar],
  ['0x0019', laneErrors],
]);

/** Reads capabilities; texts repeat a lot inside one report, so each is read once. */
export class CapabilityDecoder {
  private readonly known = new Map<string, Meaning | undefined>();

  /** Adds what a capability means to what is known of its function. Unknown wording adds nothing. */
  decode({ id, line, text, details }: PciconfCapability, into: DecodedCapabilities): void {
    const decoder = DECODERS.get(id);
    if (decoder === undefined) return;
    const whole = details === undefined ? text : `${text} ${details.join(' ')}`;
    let meaning = this.known.get(whole);
    if (meaning === undefined && !this.known.has(whole)) {
      meaning = decoder(whole);
      this.known.set(whole, meaning);
    }
    if (meaning !== undefined) add(meaning, line, into);
  }
}

function add(meaning: Meaning, line: number, into: DecodedCapabilities): void {
  if (meaning.power) into.power = { line, ...meaning.power };
  if (meaning.msi) into.msi = { line, ...meaning.msi };
  if (meaning.msix) into.msix = { line, ...meaning.msix };
  if (meaning.pcie) into.pcie = { line, ...meaning.pcie };
  if (meaning.aer) into.aer = { line, ...meaning.aer };
  if (meaning.acs) into.acs = { line, ...meaning.acs };
  if (meaning.sriov) into.sriov = { line, ...meaning.sriov };
  if (meaning.iommu) into.iommu = { line, ...meaning.iommu };
  if (meaning.flr !== undefined) into.flr = meaning.flr || into.flr === true;
  if (meaning.resizableBar) into.resizableBar = true;
  if (meaning.laneErrors !== undefined) into.laneErrors = meaning.laneErrors;
}
