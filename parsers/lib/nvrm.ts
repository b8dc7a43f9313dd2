/**
 * What the NVIDIA kernel driver prints, on Linux and on FreeBSD, read from joined records (see records-join.ts). Texts
 * and their order come from the driver's sources: kernel-open/nvidia/{nv.c,nv-pci.c,nv-msi.c}, osinit.c, kernel_rc.c of
 * github.com/NVIDIA/open-gpu-kernel-modules, and for branches without public source from logs.
 */
import { bdfOfGpuId, linuxBdf, normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { parseSize } from '../../src/model/size.ts';

import type {
  Counted,
  NvidiaBanner,
  NvrmBanner,
  NvrmFacts,
  NvrmGpu,
  NvrmInitFailure,
  NvrmInterrupt,
  NvrmInterruptProblem,
  NvrmInvalidBar,
  NvrmLegacyGpu,
  NvrmModuleEvent,
  NvrmProbeOutcome,
  NvrmRefusal,
  NvrmRefusalReason,
  NvrmRpcTimeout,
  NvrmSxid,
  NvrmXid,
  NvrmXidEvent,
} from './nvrm-facts.ts';

export type * from './nvrm-facts.ts';

/** Kinds of record kept at most; repeats only raise counts. */
const LIMIT = 100;
const XID_EVENTS = 20;
const MAX_REPEATS = 2000;
const TEXT = 500;

/**
 * The driver's self-description, the same in the load banner and in /proc/driver/nvidia/version:
 * `NVIDIA UNIX x86_64 Kernel Module  550.54.14`, `NVIDIA UNIX Open Kernel Module for x86_64  565.57.01`,
 * `NVIDIA Linux x86 Kernel Module  96.43.20`.
 */
const BANNER =
  /NVIDIA (?:UNIX|Linux|FreeBSD|Solaris) (?:(Open) Kernel (?:Module|Mode Setting Driver) for (\S+)|(\S+)(?: NVIDIA)? Kernel Module)\s+(\d+\.\d[\w.+-]*)/;
const MODESET_BANNER =
  /NVIDIA Kernel Mode Setting Driver for (?:UNIX|Linux|FreeBSD|Solaris) platforms\s+(\d+\.\d[\w.+-]*)/;

export function readBanner(text: string): NvidiaBanner | undefined {
  const modeset = MODESET_BANNER.exec(text);
  if (modeset) return { version: modeset[1]!, flavour: 'proprietary' };
  const match = BANNER.exec(text);
  if (!match) return undefined;
  return { version: match[4]!, flavour: match[1] === undefined ? 'proprietary' : 'open', arch: match[2] ?? match[3]! };
}

/**
 * A PCI address as any branch wrote it, normalised: `0000:00:06.0`, `PCI:0000:00:06`, `0000:01:00`, and the
 * `PCI:0002:00.0` and `0002:00` of 2006, whose first number is the bus. Undefined for the broken ones (`PCI:20000000:02.0`).
 */
export function nvrmBdf(text: string): string | undefined {
  const known = normaliseLinuxBdf(text);
  if (known !== undefined) return known;
  const old = /^(?:PCI:)?00([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?$/i.exec(text);
  if (!old) return undefined;
  return linuxBdf(0, Number.parseInt(old[1]!, 16), Number.parseInt(old[2]!, 16), Number(old[3] ?? 0));
}

const escape = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const ADDRESS = /(?:PCI:)?(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?(?![0-9a-f:])/i;

/** The address of the GPU a message begins with: `GPU 0000:00:06.0: `, `GPU0000:01:00.0: ` */
function gpuOf(text: string): string | undefined {
  const match = /\bGPU ?(?:at )?((?:PCI:)?[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)(?![0-9a-f])/i.exec(text);
  return match ? nvrmBdf(match[1]!) : undefined;
}

/** How a record begins that is the driver's although no reader knows it. */
const OWN_TEXT = /^(?:NVRM:|nvidia-|The NVIDIA GPU driver)/;
/** Rows of the tables that follow a GSP timeout. */
const TABLE_ROW = /^NVRM: ?(?:entry function|-?\d+ \d+ |=)/;

interface Tallied {
  count: number;
  lastLine?: number;
}

/** A record to read. `line` counts from 1. */
export interface NvrmRecord {
  text: string;
  line: number;
  thread?: string;
}

interface Reader {
  /** a text that every record of this reader holds; asked before the expression */
  needs: string;
  regex: RegExp;
  read: (match: RegExpExecArray, record: NvrmRecord) => void;
}

export interface NvrmCollector {
  /** Takes a joined record. False when it is none of the driver's. */
  add(record: NvrmRecord): boolean;
  /** Undefined when no record was the driver's. */
  facts(): NvrmFacts | undefined;
}

export function createNvrmCollector(): NvrmCollector {
  const facts: NvrmFacts = {
    banners: [],
    modesetBanners: [],
    moduleEvents: [],
    probeFailures: [],
    probeSummaries: [],
    refusals: [],
    legacyGpus: [],
    owners: [],
    invalidBars: [],
    regionConflicts: [],
    interruptProblems: [],
    initFailures: [],
    openFailures: [],
    rpcTimeouts: [],
    statuses: [],
    xids: [],
    sxids: [],
    gpus: [],
    apiMismatches: [],
    drm: [],
    messages: [],
  };
  let found = false;
  const index = new Map<string, Tallied>();
  /** what a text counted, so that its repeats need no reading: failing drivers repeat themselves for hours */
  const repeats = new Map<string, Tallied[]>();
  let touched: Tallied[] = [];
  /** set by records that are an event of their own each time */
  let unique = false;

  /** Adds to `list` unless a record of this key is there, which is then counted. */
  const tally = <T extends Tallied>(list: T[], key: string, make: () => T, limit = LIMIT): T | undefined => {
    let record = index.get(key) as T | undefined;
    if (record !== undefined) record.count += 1;
    else if (list.length < limit) {
      record = make();
      index.set(key, record);
      list.push(record);
    }
    if (record !== undefined) touched.push(record);
    return record;
  };

  const counted = (record: NvrmRecord): Counted => ({
    line: record.line,
    count: 1,
    text: record.text.length > TEXT ? record.text.slice(0, TEXT) : record.text,
  });

  const moduleEvent = (event: NvrmModuleEvent): void => {
    unique = true;
    if (facts.moduleEvents.length < LIMIT) facts.moduleEvents.push(event);
  };

  const interrupt =
    (problem: NvrmInterruptProblem, number?: 'irq' | 'error'): Reader['read'] =>
    (match, record) => {
      tally(facts.interruptProblems, `irq ${record.text}`, () => {
        const made: NvrmInterrupt = { problem, ...counted(record) };
        const bdf = gpuOf(record.text);
        if (bdf !== undefined) made.bdf = bdf;
        if (number !== undefined && match[1] !== undefined) made[number] = Number(match[1]);
        return made;
      });
    };

  const summary =
    (outcome: NvrmProbeOutcome): Reader['read'] =>
    (match, record) => {
      const devices = match[1] === undefined ? undefined : Number(match[1]);
      tally(facts.probeSummaries, `probe ${outcome} ${devices}`, () => ({
        outcome,
        ...(devices === undefined ? {} : { devices }),
        ...counted(record),
      }));
    };

  const refusal =
    (reason: NvrmRefusalReason): Reader['read'] =>
    (match, record) => {
      tally(facts.refusals, `refusal ${reason} ${record.text}`, () => {
        const made: NvrmRefusal = { reason, ...counted(record) };
        const address = /The NVIDIA GPU (\S+)/.exec(record.text);
        const bdf = address ? nvrmBdf(address[1]!) : undefined;
        if (bdf !== undefined) made.bdf = bdf;
        const id = /\(PCI ID: ([0-9a-f]{4}:[0-9a-f]{4})\)/i.exec(record.text);
        if (id) made.pciId = id[1]!.toLowerCase();
        if (match[1] !== undefined) made.driverVersion = match[1];
        return made;
      });
    };

  const banner =
    (list: NvrmBanner[]): Reader['read'] =>
    (_match, record) => {
      const read = readBanner(record.text);
      if (read === undefined) return note(record);
      tally(list, `banner ${record.text}`, () => ({ ...read, ...counted(record) }));
    };

  const note = (record: NvrmRecord): void => {
    tally(facts.messages, `message ${record.text}`, () => counted(record));
  };

  const initFailure: Reader['read'] = (match, record) => {
    const before = record.text.slice(0, match.index);
    const address = ADDRESS.exec(before);
    const bdf = address ? nvrmBdf(address[0]) : undefined;
    const [stage, status] = [match[1]!.toLowerCase(), match[2]!.toLowerCase()];
    const raw = `RmInitAdapter failed! (${match[1]!}:${match[2]!}:${match[3]!})`;
    const failure = tally(facts.initFailures, `init ${bdf} ${raw}`, (): NvrmInitFailure => ({
      ...(bdf === undefined ? {} : { bdf }),
      stage,
      status,
      sourceLine: Number(match[3]),
      raw,
      count: 1,
      line: record.line,
      lastLine: record.line,
    }));
    if (failure) failure.lastLine = record.line;
  };

  const openFailure: Reader['read'] = (match, record) => {
    const bdf = gpuOf(record.text);
    const minor = Number(match[1] ?? match[2]);
    tally(facts.openFailures, `open ${bdf} ${minor}`, () => ({
      ...(bdf === undefined ? {} : { bdf }),
      minor,
      ...counted(record),
    }));
  };

  const xid: Reader['read'] = (match, record) => {
    const { address, gi, ci, xid: number, pid, name } = match.groups!;
    const bdf = address === undefined ? undefined : nvrmBdf(address);
    const message = (match.groups!['message'] ?? '').slice(0, TEXT);
    const group = tally(facts.xids, `xid ${bdf} ${number}`, (): NvrmXid => ({
      ...(bdf === undefined ? {} : { bdf }),
      xid: Number(number),
      count: 1,
      line: record.line,
      lastLine: record.line,
      events: [],
    }));
    if (group !== undefined) {
      group.lastLine = record.line;
      tally(
        group.events,
        `xid event ${record.text}`,
        () => {
          const event: NvrmXidEvent = { ...counted(record), message };
          if (pid !== undefined && /^\d+$/.test(pid)) event.pid = Number(pid);
          if (name !== undefined && !/^'?<unknown>'?$/.test(name)) event.process = name;
          if (gi !== undefined) event.gpuInstance = Number(gi);
          if (ci !== undefined) event.computeInstance = Number(ci);
          if (record.thread !== undefined) event.thread = record.thread;
          return event;
        },
        XID_EVENTS,
      );
    }
    rpcTimeout(record);
  };

  const rpcTimeout = (record: NvrmRecord): void => {
    const { text } = record;
    if (!/RPC|GSP|sanity check failed/.test(text)) return;
    const waited = /[Tt]imeout (?:after (\d+)s of )?waiting for RPC|waiting for RPC response/.exec(text);
    if (!waited) return;
    const expected = /Expected function (\d+) ?\((\w+)\)|Expected function ([A-Z]\w*)/.exec(text);
    const instance = /\b(GPU\d+ GSP|GSP\d+|GPU\d+)\b/.exec(text);
    const name = expected?.[2] ?? expected?.[3];
    tally(facts.rpcTimeouts, `rpc ${expected?.[0]} ${instance?.[1]}`, () => {
      const made: NvrmRpcTimeout = counted(record);
      if (expected?.[1] !== undefined) made.functionNumber = Number(expected[1]);
      if (name !== undefined) made.functionName = name;
      if (instance) made.instance = instance[1]!.replace(/ GSP$/, '');
      if (waited[1] !== undefined) made.seconds = Number(waited[1]);
      return made;
    });
  };

  const invalidBar: Reader['read'] = (match, record) => {
    const bdf = match[4] === undefined ? undefined : nvrmBdf(match[4]);
    const text = match[0];
    tally(facts.invalidBars, `bar ${text}`, () => {
      const made: NvrmInvalidBar = {
        ...counted(record),
        text,
        bar: Number(match[1]),
        size: parseSize(match[2]!) ?? 0,
        address: match[3]!.toLowerCase(),
      };
      if (bdf !== undefined) made.bdf = bdf;
      if (record.text.includes('above 4GB')) made.above4G = true;
      return made;
    });
  };

  const gpu = (bdf: string | undefined, record: NvrmRecord): NvrmGpu | undefined => {
    const known = facts.gpus.find((candidate) => candidate.bdf === bdf);
    if (known !== undefined) return known;
    if (facts.gpus.length >= LIMIT) return undefined;
    const made: NvrmGpu = { ...(bdf === undefined ? {} : { bdf }), line: record.line };
    facts.gpus.push(made);
    return made;
  };

  const drm = (error: boolean): Reader['read'] => {
    return (_match, record) => {
      const id = /\[GPU ID 0x([0-9a-f]{1,8})\]/i.exec(record.text);
      const address = id ? undefined : /for ([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/.exec(record.text);
      const bdf = id ? bdfOfGpuId(Number.parseInt(id[1]!, 16)) : address?.[1];
      const loading = /\b(Loading|Unloading) driver/.exec(record.text);
      if (loading) {
        const event = loading[1] === 'Loading' ? 'load' : 'unload';
        moduleEvent({ module: 'nvidia-drm', event, ...(bdf === undefined ? {} : { bdf }), line: record.line });
      }
      tally(facts.drm, `drm ${record.text}`, () => ({
        error,
        ...(bdf === undefined ? {} : { bdf }),
        ...counted(record),
      }));
    };
  };

  // The first reader whose expression matches takes the record.
  const readers: Reader[] = [
    {
      needs: 'Xid',
      regex:
        /NVRM: Xid(?: \((?<address>(?:PCI:)?[0-9a-f:.]{5,16})(?: GPU-I:(?<gi>\d{1,4}))?(?: GPU-CI:(?<ci>\d{1,4}))?\))?: (?<xid>\d{1,5})(?:, pid=(?<pid>'?<unknown>'?|\d{1,10}))?(?:, name=(?<name>[^,]{0,64}))?,?(?: (?<message>.*))?$/i,
      read: xid,
    },
    {
      needs: 'RmInitAdapter failed!',
      regex: /RmInitAdapter failed!\s*\((0x[0-9a-f]{1,8}):\s?(0x[0-9a-f]{1,8}):\s?(\d{1,7})\)/i,
      read: initFailure,
    },
    {
      needs: 'rm_init_adapter',
      regex: /rm_init_adapter(?:\((\d{1,4})\))? failed(?:.*minor number (\d{1,4}))?/,
      read: openFailure,
    },
    { needs: 'NVRM: loading', regex: /NVRM: loading /, read: banner(facts.banners) },
    {
      needs: 'Mode Setting Driver',
      regex: /nvidia-modeset: Loading /,
      read: (match, record) => {
        moduleEvent({ module: 'nvidia-modeset', event: 'load', line: record.line });
        banner(facts.modesetBanners)(match, record);
      },
    },
    {
      needs: 'vlink Core',
      regex: /nvidia-nvlink: (?:(Unregistered)|.*is being initialized)/i,
      read: (match, record) =>
        moduleEvent({ module: 'nvidia', event: match[1] === undefined ? 'load' : 'unload', line: record.line }),
    },
    {
      needs: 'nvidia-uvm: ',
      regex: /nvidia-uvm: (Loaded|Unloaded) the UVM driver/,
      read: (match, record) =>
        moduleEvent({ module: 'nvidia-uvm', event: match[1] === 'Loaded' ? 'load' : 'unload', line: record.line }),
    },
    {
      needs: 'nvidia-modeset: Unloading',
      regex: /nvidia-modeset: Unloading/,
      read: (_match, record) => moduleEvent({ module: 'nvidia-modeset', event: 'unload', line: record.line }),
    },
    { needs: '*ERROR* [nvidia-drm]', regex: /\*ERROR\* \[nvidia-drm\]/, read: drm(true) },
    { needs: 'nvidia-drm', regex: /\[nvidia-drm\]|Initialized nvidia-drm/, read: drm(false) },
    {
      needs: ' failed with error ',
      regex:
        /(?:\b((?:nvidia|nouveau|nova)[\w-]{0,20}): probe of ([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])|([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): probe with driver ((?:nvidia|nouveau|nova)[\w-]{0,20})) failed with error (-?\d{1,6})/,
      read: (match, record) => {
        const [bdf, driver, error] = [match[2] ?? match[3]!, match[1] ?? match[4]!, Number(match[5])];
        tally(facts.probeFailures, `probe failure ${bdf} ${driver} ${error}`, () => ({
          bdf,
          driver,
          error,
          ...counted(record),
        }));
      },
    },
    {
      needs: 'M @ 0x',
      regex: /request_mem_region failed for (\d{1,7}M) @ (0x[0-9a-f]{1,16})/i,
      read: (match, record) => {
        tally(facts.regionConflicts, `region ${match[0]}`, () => ({
          size: parseSize(match[1]!) ?? 0,
          address: match[2]!.toLowerCase(),
          ...counted(record),
        }));
      },
    },
    {
      needs: 'M @ 0x',
      regex: /BAR(\d) is (\d{1,7}M) @ (0x[0-9a-f]{1,16})(?: \(((?:PCI:)?[0-9a-f:.]{5,20})\))?/i,
      read: invalidBar,
    },
    {
      needs: 'API mismatch',
      regex:
        /the client(?: '[^']{0,200}' \(pid \d{1,10}\))? has the version ([\w.+-]+),? but this kernel module has the version ([\w.+-]+?)\.?(?:\s|$)/,
      read: (match, record) => {
        tally(facts.apiMismatches, `api ${match[1]} ${match[2]}`, () => ({
          client: match[1]!,
          kernel: match[2]!,
          ...counted(record),
        }));
      },
    },
    {
      needs: 'Legacy drivers',
      regex:
        /The NVIDIA (?:(.{1,100}?) )?GPU(?: [0-9a-f]{4,8}:[0-9a-f:.]{5,10})?(?: \(PCI ID: [0-9a-f:]{9}\))? installed in this system is supported through the NVIDIA (\d{1,4}\.[\w.-]{1,10}) Legacy drivers/,
      read: (match, record) => {
        tally(facts.legacyGpus, `legacy ${record.text}`, () => {
          const made: NvrmLegacyGpu = { branch: match[2]!, ...counted(record) };
          if (match[1] !== undefined) made.name = match[1];
          const address = /GPU ([0-9a-f]{4,8}:[0-9a-f:.]{5,10})/.exec(record.text);
          const bdf = address ? nvrmBdf(address[1]!) : undefined;
          if (bdf !== undefined) made.bdf = bdf;
          const version = /The (\d{1,4}\.\d[\w.]{0,16}) NVIDIA driver will ignore/.exec(record.text);
          if (version) made.driverVersion = version[1]!;
          return made;
        });
      },
    },
    {
      needs: 'ignoring the legacy GPU',
      regex: /ignoring the legacy GPU ([0-9a-f:.]{7,16}[0-9a-f])/i,
      read: (match, record) => {
        const bdf = nvrmBdf(match[1]!);
        tally(facts.legacyGpus, `legacy ${record.text}`, () => ({
          ...(bdf === undefined ? {} : { bdf }),
          ...counted(record),
        }));
      },
    },
    {
      needs: 'open nvidia.ko',
      regex: /vGPU.*not supported by open nvidia\.ko/,
      read: refusal('vgpu-on-open-module'),
    },
    {
      needs: 'nvidia.ko',
      regex: /not supported by open nvidia\.ko|nvidia\.ko because it does not include/,
      read: refusal('open-module-without-gsp'),
    },
    {
      needs: 'open kernel modules',
      regex: /requires use of the NVIDIA open kernel modules/,
      read: refusal('open-module-required'),
    },
    {
      needs: 'driver release',
      regex:
        /is not supported by the (?:NVIDIA )?(\d{1,4}\.\d[\w.]{0,16})(?: NVIDIA \w{1,12})?(?: graphics)? driver release/,
      read: refusal('release-without-support'),
    },
    {
      needs: 'is not responding to commands',
      regex: /fallen off the bus and is not responding to commands/,
      read: refusal('fallen-off-bus'),
    },
    {
      needs: 'NVIDIA probe routine',
      regex: /NVIDIA probe routine failed for (\d{1,4}) device/,
      read: summary('failed'),
    },
    {
      needs: 'NVIDIA probe routine',
      regex: /NVIDIA probe routine was not called for (\d{1,4}) device/,
      read: summary('not-called'),
    },
    {
      needs: 'None of the NVIDIA',
      regex: /None of the NVIDIA (?:devices|graphics adapters) were initialized/,
      read: summary('none-initialised'),
    },
    {
      needs: 'No NVIDIA',
      regex: /No NVIDIA (?:devices|graphics adapter) probed/,
      read: summary('none-probed'),
    },
    {
      needs: 'No NVIDIA',
      regex: /No NVIDIA (?:PCI devices|GPU|graphics adapter) found/,
      read: summary('none-found'),
    },
    { needs: "Can't find an IRQ", regex: /Can't find an IRQ for your NVIDIA card/, read: interrupt('no-irq') },
    { needs: 'Failed to enable MSI', regex: /Failed to enable MSI-X/, read: interrupt('msix-failed') },
    { needs: 'Failed to enable MSI', regex: /Failed to enable MSI/, read: interrupt('msi-failed') },
    {
      needs: 'No interrupts of any type',
      regex: /No interrupts of any type are available/,
      read: interrupt('none-available'),
    },
    { needs: 'Tried to get IRQ', regex: /Tried to get IRQ (\d{1,6})/i, read: interrupt('irq-taken', 'irq') },
    {
      needs: 'request_irq() failed',
      regex: /request_irq\(\) failed \((-?\d{1,6})\)/,
      read: interrupt('request-failed', 'error'),
    },
    {
      needs: 'unhandled interrupt threshold',
      regex: /unhandled interrupt threshold for irq (\d{1,6})/,
      read: interrupt('unhandled', 'irq'),
    },
    {
      needs: 'is already bound to',
      regex: /GPU ([0-9a-f:.]{7,16}) is already bound to ([\w-]{1,40})/i,
      read: (match, record) => {
        const bdf = nvrmBdf(match[1]!);
        if (bdf === undefined) return;
        tally(facts.owners, `owner ${bdf} ${match[2]}`, () => ({ bdf, driver: match[2]!, ...counted(record) }));
      },
    },
    {
      needs: 'GPU at ',
      regex: /GPU at ((?:PCI:)?[0-9a-f:.]{7,16}): (GPU-[\w?*-]{4,40})/i,
      read: (match, record) => {
        const known = gpu(nvrmBdf(match[1]!), record);
        if (known) known.uuid = match[2]!;
      },
    },
    {
      // printed right behind the UUID of the GPU it belongs to
      needs: 'GPU Board Serial Number',
      regex: /GPU Board Serial Number: (\S{1,40})/,
      read: (match, record) => {
        const known = facts.gpus.at(-1) ?? gpu(undefined, record);
        if (known) known.serial ??= match[1]!;
      },
    },
    {
      needs: 'GPU serial number is',
      regex: /GPU serial number is (\w{1,40})/,
      read: (match, record) => {
        const known = gpu(gpuOf(record.text), record);
        if (known) known.serial ??= match[1]!;
      },
    },
    {
      needs: 'SXid (',
      regex:
        /nvidia-nvswitch\d*: SXid \((PCI:[0-9a-f:.]{7,16})\): (\d{1,6}), (Non-fatal|Fatal), (?:Link (\d{1,3}) )?(.*)$/,
      read: (match, record) => {
        tally(facts.sxids, `sxid ${match[0]}`, () => {
          const made: NvrmSxid = {
            ...counted(record),
            sxid: Number(match[2]),
            severity: match[3]!.toLowerCase(),
            message: match[5]!.slice(0, TEXT),
          };
          const bdf = nvrmBdf(match[1]!);
          if (bdf !== undefined) made.bdf = bdf;
          if (match[4] !== undefined) made.link = Number(match[4]);
          return made;
        });
      },
    },
  ];

  const anyNeeded = new RegExp([...new Set(readers.map(({ needs }) => escape(needs)))].join('|'));

  const readerOf = (record: NvrmRecord): boolean => {
    if (!anyNeeded.test(record.text)) return false;
    for (const { needs, regex, read } of readers) {
      if (!record.text.includes(needs)) continue;
      const match = regex.exec(record.text);
      if (!match) continue;
      read(match, record);
      return true;
    }
    return false;
  };

  /** A record of the driver that no reader knows. */
  const readOther = (record: NvrmRecord): boolean => {
    const { text } = record;
    if (!OWN_TEXT.test(text)) return false;
    if (TABLE_ROW.test(text)) return true;
    const status = /\[(NV_ERR_\w{1,60})\] \((0x[0-9a-f]{8})\)/i.exec(text);
    if (status) {
      const pair = `${status[1]!} (${status[2]!})`;
      tally(facts.statuses, `status ${pair}`, () => ({
        name: status[1]!,
        code: status[2]!.toLowerCase(),
        text: pair,
        count: 1,
        line: record.line,
      }));
    }
    rpcTimeout(record);
    note(record);
    return true;
  };

  return {
    add(record) {
      const again = repeats.get(record.text);
      if (again !== undefined) {
        for (const known of again) {
          known.count += 1;
          if (known.lastLine !== undefined) known.lastLine = record.line;
        }
        return true;
      }
      touched = [];
      unique = false;
      const own = readerOf(record) || readOther(record);
      found ||= own;
      if (own && !unique && repeats.size < MAX_REPEATS) repeats.set(record.text, touched);
      return own;
    },
    facts: () => (found ? facts : undefined),
  };
}
