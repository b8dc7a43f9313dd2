/**
 * The Linux kernel log: `dmesg` in all its time formats (plain, -T, -e, -H, -d, -x, iso), `journalctl -k`, /var/log/kern.log,
 * /dev/kmsg, pstore and serial consoles; also excerpts, greps and quoted pastes of it. Prefixes are taken off by
 * parsers/lib/lines.ts, wrapped messages put together by parsers/lib/records-join.ts; the NVIDIA driver's lines are read by
 * parsers/lib/nvrm.ts and PCI lines by parsers/lib/linux-pci-log.ts, which name the sources of their texts.
 *
 * A log may hold several boots: one begins at `Linux version` or at journalctl's `-- Boot ... --`.
 *
 * ```text
 * [    0.000000] Linux version 6.8.0-60-generic (build@host) (gcc 13.3.0) #63-Ubuntu SMP
 * [    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-60-generic ro quiet pci=nocrs nvidia.NVreg_EnableMSI=1
 * [    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021
 * [    0.412345] pci_bus 0000:00: root bus resource [mem 0xc0000000-0xfebfffff window]
 * [    0.418000] pci 0000:00:07.0: [10de:1b38] type 00 class 0x030200
 * [    0.419000] pci 0000:00:07.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space
 * [    4.100000] nvidia 0000:00:07.0: PCI INT A: no GSI - using ISA IRQ 11
 * [    4.200000] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:04:26 UTC 2025
 * [    4.300000] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:
 *                NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:07.0)
 * [    4.400000] NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (0x24:0x72:1589)
 * [    4.400100] NVRM: GPU 0000:00:07.0: rm_init_adapter failed, device minor number 0
 * [    5.400000] NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (0x24:0x72:1589)
 * ```
 * ```json
 * { "current": 0,
 *   "boots": [{
 *     "line": 1, "lastLine": 13,
 *     "kernel": { "version": "6.8.0-60-generic", "line": 1 },
 *     "commandLine": { "pci": ["nocrs"], "nvidia": { "NVreg_EnableMSI": "1" }, "line": 2 },
 *     "hardware": { "name": "FreeBSD BHYVE/BHYVE", "biosVersion": "14.0", "biosDate": "10/17/2021", "line": 3 },
 *     "pci": {
 *       "rootWindows": [{ "bus": "0000:00", "start": "0xc0000000", "end": "0xfebfffff", "line": 4 }],
 *       "devices": [{
 *         "bdf": "0000:00:07.0", "pciId": "10de:1b38", "class": "0x030200",
 *         "bars": [{ "bar": 1, "assigned": false, "range": { "size": 34359738368 }, "events": [{ "event": "no-space" }] }],
 *         "interrupts": [{ "note": "isa-irq", "pin": "A", "irq": 11 }],
 *         "drivers": [{ "driver": "nvidia", "line": 7 }] }] },
 *     "nvidia": {
 *       "banners": [{ "version": "570.124.06", "flavour": "proprietary", "arch": "x86_64", "line": 8 }],
 *       "invalidBars": [{ "bdf": "0000:00:07.0", "bar": 1, "size": 0, "address": "0x0", "line": 9 }],
 *       "initFailures": [{ "bdf": "0000:00:07.0", "stage": "0x24", "status": "0x72", "sourceLine": 1589, "count": 2, "line": 11 }] }
 *   }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { readCommandLine, type LinuxCommandLine } from '../lib/linux-cmdline.ts';
import { createPciCollector, type LinuxPciFacts } from '../lib/linux-pci-log.ts';
import { LOCAL_MONTH, readLogLine, splitLines } from '../lib/lines.ts';
import { createNvrmCollector, type NvrmFacts } from '../lib/nvrm.ts';
import { recordReader } from '../lib/records-join.ts';

export interface LinuxNote extends Located {
  text: string;
  count: number;
}

/** `DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021`, or the same behind `Hardware name:` in a kernel trace */
export interface LinuxHardware extends Located {
  /** vendor and product as the firmware tells them */
  name: string;
  biosVersion?: string;
  biosDate?: string;
}

export type LinuxModuleProblem =
  | 'out-of-tree'
  | 'proprietary-license'
  | 'unsigned-taint'
  | 'rejected'
  | 'version-magic'
  | 'symbol-version'
  | 'unknown-symbol'
  | 'inherits-taint';

/** What the module loader said of a module. `unsigned-taint` alone refuses nothing. */
export interface LinuxModuleNote extends LinuxNote {
  problem: LinuxModuleProblem;
  module?: string;
  symbol?: string;
  /** negative errno */
  error?: number;
}

/** A firmware file that the kernel could not load; one record a file and error. */
export interface LinuxFirmwareFailure extends LinuxNote {
  path: string;
  /** negative errno */
  error: number;
  /** the devices that asked for it, at most 16 */
  bdfs: string[];
}

/** DMA or interrupt requests that the IOMMU refused; one record a device, operation and reason. */
export interface LinuxIommuFault extends Located {
  unit: 'dmar' | 'amd-vi';
  bdf?: string;
  /** `DMA Write NO_PASID`, `IO_PAGE_FAULT` */
  operation: string;
  /** `0x05`, DMAR only */
  reason?: string;
  reasonText?: string;
  /** the first different ones, at most 8 */
  addresses: string[];
  count: number;
  lastLine: number;
  text: string;
}

export interface LinuxBoot extends Located {
  lastLine: number;
  /** `Linux version 6.8.0-60-generic ...` */
  kernel?: Located & { version: string; text: string };
  commandLine?: LinuxCommandLine & Located;
  hardware?: LinuxHardware;
  /** `KVM`, `VMware`, `Microsoft Hyper-V`, `Xen HVM`, `Bhyve`: absent when the kernel recognised none */
  hypervisor?: Located & { name: string };
  secureBoot?: Located & { enabled: boolean | null; text: string };
  lockdown?: Located & { text: string };
  pci: LinuxPciFacts;
  nvidia?: NvrmFacts;
  modules: LinuxModuleNote[];
  firmware: LinuxFirmwareFailure[];
  /** whether and how the IOMMU is used */
  iommu: LinuxNote[];
  iommuFaults: LinuxIommuFault[];
  /** consoles that may hold a GPU's memory: efifb, simple-framebuffer, nvidiafb */
  framebuffers: LinuxNote[];
  /** what nouveau said of its device */
  nouveau: LinuxNote[];
  /** panics, oopses, lockups */
  crashes: LinuxNote[];
}

export interface LinuxDmesgFacts {
  /** in the order of the text, at most 50 */
  boots: LinuxBoot[];
  /** index of the boot that the text ends with */
  current: number;
}

const MAX_BOOTS = 50;
const MAX_NOTES = 60;
const MAX_TEXT = 500;

/**
 * A line without any of these carries no fact. Tested before all else, because nine lines of ten in a log are such.
 * Words of the readers below and of what the PCI collector looks for.
 */
const WORTH_READING =
  /NVRM:|nvidia|pci [0-9a-f]{4}:|enabling device|PCI INT|BAR \d|power state|D3cold|vfio|snd_hda|Linux version|ommand line: |DMI: |ardware name: |ypervisor detected|ecure ?[Bb]oot|locked down|pci_bus|PCI: |status\/mask=|PCIe Bus|DMAR|AMD-Vi|iommu: |IOMMU|firmware|taints kernel|tainting kernel|inheriting taint|version of symbol|Unknown symbol|version magic|odule is rejected|ramebuffer|nvidiafb|nouveau|NVIDIA GPU driver|panic|BUG: |Oops: |^-- (?:Boot|Reboot)/;

const BOOT_MARK = /^-- (?:Boot [0-9a-f]{8,}|Reboot) ?(?:--)?/;

interface Reader {
  needs: string;
  regex: RegExp;
  read: (match: RegExpExecArray, boot: BootBuilder, text: string, line: number) => void;
}

const cutText = (text: string): string => (text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text);

class BootBuilder {
  readonly facts: LinuxBoot;
  readonly pci = createPciCollector();
  readonly nvidia = createNvrmCollector();
  /** whether any record of it was read */
  used = false;

  constructor(line: number) {
    this.facts = {
      line,
      lastLine: line,
      pci: this.pci.facts(),
      modules: [],
      firmware: [],
      iommu: [],
      iommuFaults: [],
      framebuffers: [],
      nouveau: [],
      crashes: [],
    };
  }

  /** Counts a repeated record; a new one is made and kept while there is room. */
  tally<T extends { count: number }>(list: T[], same: (known: T) => boolean, make: () => T): T | undefined {
    const known = list.find(same);
    if (known !== undefined) {
      known.count += 1;
      return known;
    }
    if (list.length >= MAX_NOTES) return undefined;
    const made = make();
    list.push(made);
    return made;
  }

  note(list: LinuxNote[], text: string, line: number): void {
    const cut = cutText(text);
    this.tally(
      list,
      (known) => known.text === cut,
      () => ({ text: cut, count: 1, line }),
    );
  }

  module(problem: LinuxModuleProblem, text: string, line: number, more: Partial<LinuxModuleNote>): void {
    const cut = cutText(text);
    this.tally(
      this.facts.modules,
      (known) => known.text === cut,
      () => ({ problem, ...more, text: cut, count: 1, line }),
    );
  }

  finish(lastLine: number): LinuxBoot {
    this.facts.lastLine = lastLine;
    const nvidia = this.nvidia.facts();
    if (nvidia !== undefined) this.facts.nvidia = nvidia;
    return this.facts;
  }
}

const moduleReader = (problem: LinuxModuleProblem, needs: string, regex: RegExp): Reader => ({
  needs,
  regex,
  read: (match, boot, text, line) => {
    const { module, symbol, error } = match.groups ?? {};
    boot.module(problem, text, line, {
      ...(module === undefined ? {} : { module }),
      ...(symbol === undefined ? {} : { symbol }),
      ...(error === undefined ? {} : { error: Number(error) }),
    });
  },
});

const FIRMWARE =
  /(?:Direct firmware load for|firmware: failed to load|loading) (?:\/(?:usr\/)?lib\/firmware\/(?:updates\/)?)?([\w./+-]{3,200}) (?:failed with error (-?\d{1,5})|\((-\d{1,5})\))/;

const DMAR_FAULT =
  /DMAR:? ?(?:DRHD: )?\[([\w -]{3,40})\] Request device \[([0-9a-f:.]{5,15})\](?: PASID [0-9a-f]{1,8})? fault (?:addr|index) (?:0x)?([0-9a-f]{1,16})(?: ?\[fault reason (?:0x)?([0-9a-f]{1,3})h?\] ?(.{0,120}))?/i;
const DMAR_REASON = /DMAR:? ?\[fault reason (?:0x)?([0-9a-f]{1,3})\] (.{3,120})/i;
const AMDVI_FAULT =
  /(?:([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): )?AMD-Vi: (?:Event logged )?\[([A-Z_]{4,40})(.{0,200})\]?/;

function iommuFault(
  boot: BootBuilder,
  fault: Omit<LinuxIommuFault, 'count' | 'lastLine' | 'addresses'>,
  address?: string,
): void {
  const known = boot.tally(
    boot.facts.iommuFaults,
    (other) => other.bdf === fault.bdf && other.operation === fault.operation && other.reason === fault.reason,
    () => ({ ...fault, addresses: [], count: 1, lastLine: fault.line }),
  );
  if (known === undefined) return;
  known.lastLine = fault.line;
  if (address !== undefined && known.addresses.length < 8 && !known.addresses.includes(address))
    known.addresses.push(address);
}

// The first reader whose expression matches takes the record.
const READERS: Reader[] = [
  {
    needs: 'ommand line: ',
    regex: /^(?:Kernel c|C)ommand line: (.+)$/,
    read: (match, boot, _text, line) => {
      boot.facts.commandLine ??= { ...readCommandLine(match[1]!), line };
    },
  },
  {
    needs: ', BIOS ',
    regex: /^(?:DMI|Hardware name): (.{1,160}?), BIOS (\S{1,80})(?: (\S{1,20}))?/,
    read: (match, boot, _text, line) => {
      const hardware: LinuxHardware = { name: match[1]!, biosVersion: match[2]!, line };
      if (match[3] !== undefined) hardware.biosDate = match[3];
      boot.facts.hardware ??= hardware;
    },
  },
  {
    needs: 'ypervisor detected',
    regex: /^Hypervisor detected: (.{1,60})$/,
    read: (match, boot, _text, line) => {
      boot.facts.hypervisor ??= { name: match[1]!.trim(), line };
    },
  },
  {
    needs: 'ecure',
    regex: /\b[Ss]ecure ?[Bb]oot (?:is )?(enabled|disabled|could not be determined)/,
    read: (match, boot, text, line) => {
      const enabled = match[1] === 'enabled' ? true : match[1] === 'disabled' ? false : null;
      boot.facts.secureBoot ??= { enabled, text: cutText(text), line };
    },
  },
  {
    needs: 'ocked down',
    regex: /Kernel is locked down from|Lockdown: /,
    read: (_match, boot, text, line) => {
      boot.facts.lockdown ??= { text: cutText(text), line };
    },
  },
  moduleReader(
    'rejected',
    'odule is rejected',
    /^(?:(?<module>[\w-]{1,60}): )?(?:Loading of (?:unsigned )?module|[Uu]nsigned module) is rejected/,
  ),
  moduleReader('rejected', 'odule', /Lockdown: [\w-]{1,40}: unsigned module loading is restricted/),
  moduleReader('out-of-tree', 'out-of-tree', /^(?<module>[\w-]{1,60}): loading out-of-tree module taints kernel/),
  moduleReader('proprietary-license', 'taints kernel', /^(?<module>[\w-]{1,60}): module license .{0,40}taints kernel/),
  moduleReader('unsigned-taint', 'tainting kernel', /^(?<module>[\w-]{1,60}): module verification failed: /),
  moduleReader(
    'inherits-taint',
    'inheriting taint',
    /^(?<module>[\w-]{1,60}): module uses symbols from proprietary module/,
  ),
  moduleReader('version-magic', 'version magic', /^(?<module>[\w-]{1,60}): version magic /),
  moduleReader(
    'symbol-version',
    'version of symbol',
    /^(?<module>[\w-]{1,60}): disagrees about version of symbol (?<symbol>[\w.]{1,120})/,
  ),
  moduleReader(
    'unknown-symbol',
    'Unknown symbol',
    /^(?<module>[\w-]{1,60}): Unknown symbol (?<symbol>[\w.]{1,120})(?: \(err (?<error>-?\d{1,5})\))?/,
  ),
  {
    needs: 'firmware',
    regex: FIRMWARE,
    read: (match, boot, text, line) => {
      const [path, error] = [match[1]!, Number(match[2] ?? match[3])];
      const bdf = /([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): /.exec(text)?.[1];
      const failure = boot.tally(
        boot.facts.firmware,
        (known) => known.path === path && known.error === error,
        (): LinuxFirmwareFailure => ({ path, error, bdfs: [], text: cutText(text), count: 1, line }),
      );
      if (failure !== undefined && bdf !== undefined && failure.bdfs.length < 16 && !failure.bdfs.includes(bdf)) {
        failure.bdfs.push(bdf);
      }
    },
  },
  {
    needs: 'Request device',
    regex: DMAR_FAULT,
    read: (match, boot, text, line) => {
      const bdf = normaliseLinuxBdf(match[2]!);
      iommuFault(
        boot,
        {
          unit: 'dmar',
          ...(bdf === undefined ? {} : { bdf }),
          operation: match[1]!.trim(),
          ...(match[4] === undefined ? {} : { reason: `0x${match[4].toLowerCase()}`, reasonText: match[5]!.trim() }),
          line,
          text: cutText(text),
        },
        `0x${match[3]!}`,
      );
    },
  },
  {
    // older kernels put the reason on a line of its own
    needs: 'fault reason',
    regex: DMAR_REASON,
    read: (match, boot) => {
      const fault = boot.facts.iommuFaults.at(-1);
      if (fault === undefined || fault.reason !== undefined) return;
      fault.reason = `0x${match[1]!.toLowerCase()}`;
      fault.reasonText = match[2]!.trim();
    },
  },
  {
    needs: 'AMD-Vi: ',
    regex: AMDVI_FAULT,
    read: (match, boot, text, line) => {
      const device = match[1] ?? /device=([0-9a-f:.]{5,15})/.exec(match[3]!)?.[1];
      const bdf = device === undefined ? undefined : normaliseLinuxBdf(device);
      const address = /address=(0x[0-9a-f]{1,16})/.exec(match[3]!)?.[1];
      iommuFault(
        boot,
        { unit: 'amd-vi', ...(bdf === undefined ? {} : { bdf }), operation: match[2]!, line, text: cutText(text) },
        address,
      );
    },
  },
  {
    needs: 'IOMMU',
    regex: /^DMAR: (?:IOMMU enabled|Intel-IOMMU |IOMMU hardware|Disable|.*IOMMU disabled)/,
    read: (_match, boot, text, line) => boot.note(boot.facts.iommu, text, line),
  },
  {
    needs: 'DMAR: ',
    regex: /^DMAR: (?:Host address width|Intel\(R\) Virtualization|No ATSR|.*(?:disabl|fail|[Ee]rror|[Bb]ug))/,
    read: (_match, boot, text, line) => boot.note(boot.facts.iommu, text, line),
  },
  {
    needs: 'AMD-Vi: ',
    regex: /^(?:pci [0-9a-f:.]{12} ?: )?AMD-Vi: /,
    read: (_match, boot, text, line) => boot.note(boot.facts.iommu, text, line),
  },
  {
    needs: 'iommu: ',
    regex: /^iommu: Default domain type/,
    read: (_match, boot, text, line) => boot.note(boot.facts.iommu, text, line),
  },
  {
    needs: 'ramebuffer',
    regex: /^(?:efifb|vesafb|simple-framebuffer [\w.-]{1,40}|fb\d|nvidiafb|rivafb|simplefb|sysfb)\b.*framebuffer/,
    read: (_match, boot, text, line) => boot.note(boot.facts.framebuffers, text, line),
  },
  {
    needs: 'nvidiafb',
    regex: /^nvidiafb: /,
    read: (_match, boot, text, line) => boot.note(boot.facts.framebuffers, text, line),
  },
  {
    needs: 'nouveau',
    // kernels before 3.7 put the subsystem before it
    regex: /^(?:\[drm\] )?nouveau (?:[0-9a-f:.]{12}: |\[)/,
    read: (_match, boot, text, line) => boot.note(boot.facts.nouveau, text, line),
  },
  {
    needs: 'panic',
    regex: /^Kernel panic - /,
    read: (_match, boot, text, line) => boot.note(boot.facts.crashes, text, line),
  },
  {
    needs: ': ',
    regex: /^(?:(?:watchdog: )?BUG: |Oops: |general protection fault)/,
    read: (_match, boot, text, line) => boot.note(boot.facts.crashes, text, line),
  },
];

/** Puts a record where it belongs. False when it carries no fact. */
function readRecord(boot: BootBuilder, text: string, line: number, raw: string): boolean {
  const version = /^Linux version (\S{1,100})/.exec(text);
  if (version) {
    boot.facts.kernel = { version: version[1]!, text: cutText(text), line };
    return true;
  }
  if (text.startsWith('NVRM:')) {
    const thread = raw.includes('][') || raw.includes('] [') ? readLogLine(raw).thread : undefined;
    return boot.nvidia.add({ text, line, ...(thread === undefined ? {} : { thread }) });
  }
  if (boot.pci.add(text, line)) return true;
  if (text.includes('nvidia') && boot.nvidia.add({ text, line })) return true;
  for (const { needs, regex, read } of READERS) {
    if (!text.includes(needs)) continue;
    const match = regex.exec(text);
    if (!match) continue;
    read(match, boot, text, line);
    return true;
  }
  // the one text of the driver that names neither its module nor NVRM
  return text.startsWith('The NVIDIA GPU driver') && boot.nvidia.add({ text, line });
}

/** A line with the kernel's own seconds, or one that syslog has from the kernel or from who loads its modules. */
function isKernelLine(raw: string): boolean {
  if (JOURNAL_LOADER.test(raw)) return true;
  const { seconds, program, text } = readLogLine(raw);
  return (seconds !== undefined || program === 'kernel') && text.trim() !== '';
}

function parse(text: string): LinuxDmesgFacts | undefined {
  const lines = splitLines(text);
  const recordAt = recordReader(lines);
  const boots: LinuxBoot[] = [];
  let boot = new BootBuilder(1);
  const begin = (line: number): void => {
    if (boot.used && boots.length < MAX_BOOTS - 1) {
      boots.push(boot.finish(line - 1));
      boot = new BootBuilder(line);
    } else if (!boot.used) boot.facts.line = line;
  };
  for (let i = 0; i < lines.length; i += 1) {
    const raw = lines[i]!;
    if (!WORTH_READING.test(raw)) continue;
    if (BOOT_MARK.test(raw)) {
      begin(i + 1);
      continue;
    }
    const record = recordAt(i);
    if (record.text.startsWith('Linux version ')) begin(record.first + 1);
    if (readRecord(boot, record.text, record.first + 1, raw)) boot.used = true;
    i = Math.max(i, record.last);
  }
  // A kernel that says nothing of a card runs all the same; `used` by one line that only a kernel writes.
  const alive = boot.used || boots.length > 0 ? -1 : lines.findIndex(isKernelLine);
  if (alive !== -1) boot.facts.line = alive + 1;
  if (boot.used || alive !== -1) boots.push(boot.finish(Math.max(lines.length, 1)));
  return boots.length === 0 ? undefined : { boots, current: boots.length - 1 };
}

const MARGIN = String.raw`^[ \t]{0,40}(?:(?:#{1,3}|>{1,3}|//|[*|])[ \t]{1,40})?`;
/** The prefixes that only Linux writes: seconds padded to five places, `[ T12]`, -T, -H, `<6>[`, and any of them behind syslog's. */
const LINUX_STAMP = String.raw`(?:<\d{1,3}>)?\[(?: {1,4}\d{1,4}|\d{5,9})\.\d{6}(?: <[ \d.+]{1,24}>)?\](?: ?\[ *[TC]\d+\])? `;
const SYSLOG = String.raw`(?:${LOCAL_MONTH} {1,2}\d{1,2} [\d:]{8}(?:\.\d+)?|\d{4}-\d\d-\d\d[T ][\d:.,+Z-]{8,24}) (?:\S{1,255} )?kernel: `;
/** A line's beginning, whatever prefix it has or has lost. */
const ANY_PREFIX = String.raw`${MARGIN}(?:<\d{1,3}>)?(?:${SYSLOG}|kernel: )?(?:\[[^\]]{3,32}\](?: ?\[ *[TC]\d+\])? ?(?:[\w.-]{1,64} kernel: )?)?`;
const GREP = String.raw`^(?:[\w./~-]{1,200}[:-])(?:\d{1,9}[:-])?`;

const JOURNAL_LOADER = new RegExp(
  String.raw`${MARGIN}(?:${LOCAL_MONTH} {1,2}\d|\[ {0,4}\d|\d{4}-\d\d).{1,120}\[\d+\]: (?:modprobe|insmod|Failed to (?:insert|find) module|.{0,80}stderr: modprobe)\b`,
);

export default defineParser<LinuxDmesgFacts>({
  kind: 'linux-dmesg',
  side: 'guest',
  title: 'Linux kernel log',
  source: 'dmesg',
  log: true,
  commands: [
    /^dmesg(?:\s|:|$)/,
    /^journalctl\b.*(?:\s-\w*[kb]|--dmesg)/,
    /^(?:cat|grep|less|tail)\b.*\/(?:kern\.log|dmesg)/,
  ],
  fileNames: [/(?:^|[/_.-])(?:k?dmesg|kern(?:el)?\.log|journal(?:ctl)?)[^/]*$/i],
  markers: [
    new RegExp(MARGIN + LINUX_STAMP),
    new RegExp(`${GREP}${LINUX_STAMP}`),
    new RegExp(`${MARGIN}${SYSLOG}${LINUX_STAMP}`),
    /^[ \t]{0,40}\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}\] /,
    /^[ \t]{0,40}\[(?:[A-Z][a-z]{2} ?\d{1,2} \d\d:\d\d| {0,6}\+\d+\.\d{6})\] /,
    /^(?:kern|user|daemon)\s*:(?:emerg|alert|crit|err|warn|notice|info|debug)\s*: /,
    /^\d{1,4},\d{1,10},\d{1,16},[-c+][^;]{0,40};/,
    // the NVIDIA driver and its helpers, also quoted inside another program's line
    new RegExp(`${ANY_PREFIX}NVRM: `),
    new RegExp(`${GREP}.{0,80}NVRM: `),
    /\bNVRM: (?:Xid \((?:PCI:)?[0-9a-f]{4,8}:|GPU ?[0-9a-f]{4}:[0-9a-f]{2}:)/,
    new RegExp(`${ANY_PREFIX}nvidia(?:-nvlink|-modeset|-uvm|-nvswitch\\d*): `),
    new RegExp(`${ANY_PREFIX}\\[drm(?::\\w+ \\[nvidia_drm\\])?\\] (?:\\*ERROR\\* )?\\[nvidia-drm\\] `),
    new RegExp(
      `${ANY_PREFIX}\\w{1,40}: (?:loading out-of-tree module taints|module license .{0,20}taints|module verification failed: |probe of [0-9a-f]{4}:|disagrees about version of symbol |Unknown symbol \\w|version magic '|module uses symbols from proprietary)`,
    ),
    // a line about a PCI device: only Linux writes driver and address so
    new RegExp(`${ANY_PREFIX}[\\w-]{2,40} [0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]: `),
    new RegExp(`${ANY_PREFIX}pci_bus [0-9a-f]{4}:[0-9a-f]{2}: `),
    new RegExp(
      `${ANY_PREFIX}(?:Linux version \\d|Command line: |Kernel command line: |Hypervisor detected: |DMI: .{1,160}, BIOS )`,
    ),
    new RegExp(
      `${ANY_PREFIX}(?:BIOS-e820: \\[mem|Kernel panic - not syncing|DMAR: (?:\\[|DRHD|dmar\\d|Host address|IOMMU|Intel|No [A-Z]{4}|[A-Z]{4} )|AMD-Vi: (?:Event|Interrupt|Extended|Found|Using|IOMMU|AMD|Lazy|Virtual|X2APIC)|PCI: (?:No IRQ|IRQ \\d+ for|Found IRQ))`,
    ),
    new RegExp(
      `${MARGIN}${SYSLOG}(?:audit: type=|systemd\\[1\\]: |irq \\d+: nobody cared|Disabling IRQ #|CPU: \\d+ (?:UID: \\d+ )?PID: \\d+ Comm: |Tainted: |Hardware name: |Modules linked in: |RIP: |usb \\d+-\\d|rcu: |x86/|efi: |Code: |Call Trace:| [<?]? ?\\w+[+>])`,
    ),
    // services that load modules, in a journal
    JOURNAL_LOADER,
    /^-- (?:Boot [0-9a-f]{32}|Reboot) ?--/,
  ],
  parse: (text) => ({ facts: parse(text), problems: [] }),
});
