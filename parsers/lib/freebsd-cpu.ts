/**
 * The processor lines of FreeBSD's boot messages, x86 and arm64.
 * Source of the wording: sys/x86/x86/identcpu.c (printcpuinfo, print_vmx_info, print_svm_info) and
 * sys/arm64/arm64/identcpu.c. The kernel does not print the width of physical addresses.
 */
import type { Located } from '../../src/model/source.ts';

export interface FreebsdCpu extends Located {
  /** `AMD Ryzen 9 5950X 16-Core Processor`, `ARM Cortex-A72 r0p3` */
  model: string;
  /** as measured at boot; differs from boot to boot */
  mhz?: number;
  /** `GenuineIntel`, `AuthenticAMD` */
  vendor?: string;
  /** CPUID signature, `0x306e4` */
  id?: string;
  family?: string;
  modelNumber?: string;
  stepping?: number;
  /** Features2 lists VMX: the Intel CPU can virtualise; whether firmware allows it stands in vtx */
  vmx?: boolean;
  /** AMD Features2 lists SVM */
  svm?: boolean;
  /** Features2 lists HV: this system runs under a hypervisor */
  hypervisorBit?: boolean;
  vtx?: FreebsdVtx;
  svmFeatures?: FreebsdSvm;
}

/** The `VT-x:` line. bhyve needs EPT, and unrestricted guest for UEFI or several CPUs. */
export interface FreebsdVtx extends Located {
  text: string;
  disabledInBios: boolean;
  /** `PAT,HLT,MTF,PAUSE,EPT,UG,VPID` split; of a verbose boot the tokens of all control lines */
  tokens: string[];
  /** missing when a verbose boot did not show the secondary controls */
  ept?: boolean;
  unrestrictedGuest?: boolean;
}

/** The `SVM:` line. bhyve needs nested paging and NRIP save. */
export interface FreebsdSvm extends Located {
  text: string;
  disabledInBios: boolean;
  /** `NP,NRIP,AFlush,DAssist,NAsids=8` split */
  tokens: string[];
  nestedPaging: boolean;
  nripSave: boolean;
  asids?: number;
}

const DISABLED = '(disabled in BIOS)';
const splitTokens = (text: string): string[] =>
  text
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');

/** Tokens between the angle brackets of `Name=0xHEX<A,B>`. */
function bracketed(text: string): string[] {
  const open = text.indexOf('<');
  const close = text.indexOf('>', open);
  return open < 0 ? [] : splitTokens(text.slice(open + 1, close < 0 ? undefined : close));
}

function readX86Model(text: string, line: number): FreebsdCpu | undefined {
  const open = text.lastIndexOf('(');
  const match = open < 0 ? null : /^\((\d{1,6}\.\d{1,4})-MHz [\w ./-]{0,40}CPU\)/.exec(text.slice(open));
  const model = text.slice('CPU:'.length, match ? open : undefined).trim();
  if (model === '') return undefined;
  return match ? { line, model, mhz: Number(match[1]) } : { line, model };
}

function readArmModel(text: string, line: number): FreebsdCpu | undefined {
  const match = /^CPU +\d{1,4}: ([A-Z][\w .()-]{1,60}?) +affinity:/.exec(text);
  return match ? { line, model: match[1]! } : undefined;
}

const ORIGIN =
  /^Origin ?= ?"([^"]{0,16})" +Id ?= ?(0x[0-9a-f]{1,8})(?: +Family ?= ?(0x[0-9a-f]{1,4}))?(?: +Model ?= ?(0x[0-9a-f]{1,4}))?(?: +Stepping ?= ?(\d{1,3}))?/;

function readOrigin(text: string, cpu: FreebsdCpu): boolean {
  const match = ORIGIN.exec(text);
  if (!match) return false;
  cpu.vendor = match[1]!;
  cpu.id = match[2]!;
  if (match[3] !== undefined) cpu.family = match[3];
  if (match[4] !== undefined) cpu.modelNumber = match[4];
  if (match[5] !== undefined) cpu.stepping = Number(match[5]);
  return true;
}

function readVtx(text: string, line: number, cpu: FreebsdCpu): void {
  const said = text.slice('VT-x:'.length).trim();
  const disabledInBios = said.startsWith(DISABLED);
  const features = disabledInBios ? said.slice(DISABLED.length).trim() : said;
  const verbose = features.includes('=0x');
  const tokens = verbose ? bracketed(features) : splitTokens(features);
  cpu.vtx = { line, text, disabledInBios, tokens };
  if (!verbose) {
    cpu.vtx.ept = tokens.includes('EPT');
    cpu.vtx.unrestrictedGuest = tokens.includes('UG');
  }
}

/** Further lines of a verbose VT-x report; the secondary controls hold what bhyve needs. */
function readVtxControls(text: string, vtx: FreebsdVtx): boolean {
  if (
    !/^(?:Pin-Based Controls|(?:Primary|Secondary) Processor Controls|(?:Exit|Entry) Controls|EPT Features|VPID Features)=/.test(
      text,
    )
  ) {
    return false;
  }
  const tokens = bracketed(text);
  vtx.tokens.push(...tokens);
  if (text.startsWith('Secondary')) {
    vtx.ept = tokens.includes('EPT');
    vtx.unrestrictedGuest = tokens.includes('UG');
  }
  return true;
}

function readSvm(text: string, line: number, cpu: FreebsdCpu): void {
  const said = text.slice('SVM:'.length).trim();
  const disabledInBios = said.startsWith(DISABLED);
  const features = disabledInBios ? said.slice(DISABLED.length).trim() : said;
  const tokens = features.includes('<') ? bracketed(features) : splitTokens(features);
  const asids = /\bNAsids=(\d{1,9})/.exec(features);
  cpu.svmFeatures = {
    line,
    text,
    disabledInBios,
    tokens,
    nestedPaging: tokens.includes('NP'),
    nripSave: tokens.some((token) => /^NRIP/.test(token)),
    asids: asids ? Number(asids[1]) : undefined,
  };
}

/** Reads the line that opens the block of a processor. */
export function readCpuModel(text: string, line: number): FreebsdCpu | undefined {
  if (text.startsWith('CPU: ')) return readX86Model(text, line);
  return text.startsWith('CPU ') ? readArmModel(text, line) : undefined;
}

/** Reads one further line of the block, without its indentation, into `cpu`. Returns whether it was one. */
export function readCpuLine(text: string, line: number, cpu: FreebsdCpu): boolean {
  if (text.startsWith('Origin')) return readOrigin(text, cpu);
  if (text.startsWith('Features2=0x')) {
    const tokens = bracketed(text);
    cpu.vmx = tokens.includes('VMX');
    cpu.hypervisorBit = tokens.includes('HV');
    return true;
  }
  if (text.startsWith('AMD Features2=0x')) {
    cpu.svm = bracketed(text).includes('SVM');
    return true;
  }
  if (text.startsWith('VT-x:')) {
    readVtx(text, line, cpu);
    return true;
  }
  // The driver prints complaints that begin alike ("SVM: not available."); only a feature list is the CPU's.
  if (/^SVM: (?:\(disabled in BIOS\)|Features=0x|[A-Za-z]+(?:,|$|=))/.test(text)) {
    readSvm(text, line, cpu);
    return true;
  }
  const asids = /^Revision=\d{1,3}, ASIDs=(\d{1,9})/.exec(text);
  if (asids && cpu.svmFeatures) {
    cpu.svmFeatures.asids = Number(asids[1]);
    return true;
  }
  return cpu.vtx !== undefined && readVtxControls(text, cpu.vtx);
}
