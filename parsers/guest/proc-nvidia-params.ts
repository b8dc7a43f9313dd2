/**
 * `/proc/driver/nvidia/params` and `/proc/driver/nvidia/registry`: the module parameters the running NVIDIA driver uses, and
 * the same as `/sys/module/nvidia/parameters/NVreg_*` dumps show them (`path:value`, `NAME = value`). Written by
 * nv_procfs_read_params() in kernel-open/nvidia/nv-procfs.c; parameters and defaults stand in nv-reg.h. Unset numbers print
 * as 4294967295.
 *
 * ```text
 * ResmanDebugLevel: 4294967295
 * EnableMSI: 0
 * EnableGpuFirmware: 18
 * RegistryDwords: "RMForceFoo=1"
 * ```
 * ```json
 * { "line": 1, "enableMsi": 0, "enableGpuFirmware": 18, "registryDwords": "RMForceFoo=1",
 *   "parameters": [
 *     { "name": "ResmanDebugLevel", "value": 4294967295, "line": 1 }, { "name": "EnableMSI", "value": 0, "line": 2 },
 *     { "name": "EnableGpuFirmware", "value": 18, "line": 3 }, { "name": "RegistryDwords", "value": "RMForceFoo=1", "line": 4 }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface NvidiaParameter extends Located {
  /** without `NVreg_` */
  name: string;
  /** numbers as numbers; strings without their quotes */
  value: number | string;
}

export interface ProcNvidiaParamsFacts extends Located {
  parameters: NvidiaParameter[];
  /** 0: message signalled interrupts are switched off */
  enableMsi?: number;
  /** GSP firmware policy */
  enableGpuFirmware?: number;
  enableResizableBar?: number;
  openRmEnableUnsupportedGpus?: number;
  registryDwords?: string;
}

const MAX_PARAMETERS = 300;
const MAX_LINE = 2048;

/** Names that every branch has and nobody else: they make a text recognisable. */
const KNOWN =
  'ResmanDebugLevel|RmLogonRC|ModifyDeviceFiles|DeviceFileUID|DeviceFileGID|DeviceFileMode|InitializeSystemMemoryAllocations|UsePageAttributeTable|EnableMSI|RegisterForACPIEvents|EnablePCIeGen3|MemoryPoolSize|KMallocHeapMaxSize|VMallocHeapMaxSize|IgnoreMMIOCheck|TCEBypassMode|EnableStreamMemOPs|EnableUserNUMAManagement|NvLinkDisable|RmProfilingAdminOnly|PreserveVideoMemoryAllocations|EnableS0ixPowerManagement|S0ixPowerManagementVideoMemoryThreshold|DynamicPowerManagement\\w{0,40}|EnableGpuFirmware\\w{0,10}|OpenRmEnableUnsupportedGpus|EnableDbgBreakpoint|EnablePCIERelaxedOrderingMode|EnableResizableBar|RegistryDwords\\w{0,10}|RmMsg|GpuBlacklist|ExcludedGpus|TemporaryFilePath|AssignGpus|CheckPCIConfigSpace|EnableAGP\\w{0,4}|ReqAGPRate|Mobile|GpuInitOnProbe|CoherentGPUMemoryMode|ImexChannelCount|CreateImexChannel0|GrdmaPciTopoCheckOverride';

const LINE =
  /^\s{0,40}(?:\S{0,120}\/)?(?:(NVreg_)?(\w{3,64}))(?::|\s{0,40}=)\s{0,8}("[^"]{0,1000}"?|[^\s"]\S{0,1000}|)\s*$/;
const IS_KNOWN = new RegExp(`^(?:${KNOWN}|Binary)$`);

export default defineParser<ProcNvidiaParamsFacts>({
  kind: 'proc-nvidia-params',
  side: 'guest',
  title: 'parameters of the loaded NVIDIA kernel module',
  source: '/proc/driver/nvidia/params',
  markers: [
    new RegExp(`^\\s{0,40}(?:${KNOWN}): (?:\\d{1,10}|".*)\\s*$`),
    /^\s{0,40}(?:\/sys\/module\/nvidia\/parameters\/)?NVreg_\w{3,64}(?::\s{0,8}|\s{0,40}=\s{0,8})(?:-?\d{1,10}|"|\(null\)|[YN]\s*$|\s*$)/,
    /^\s{0,40}Binary: "[^"]*"\s*$/,
  ],
  commands: [/\/proc\/driver\/nvidia\/(?:\.\/)?(?:params|registry)/, /\/sys\/module\/nvidia\/parameters/],
  parse(text) {
    const parameters: NvidiaParameter[] = [];
    splitLines(text).forEach((raw, i) => {
      const match = raw.length > MAX_LINE ? null : LINE.exec(raw);
      if (!match || parameters.length >= MAX_PARAMETERS) return;
      const [, prefix, name, written] = match;
      if (prefix === undefined && !IS_KNOWN.test(name!)) return;
      const value = /^-?\d{1,15}$/.test(written!) ? Number(written) : written!.replace(/^"|"$/g, '');
      parameters.push({ name: name!, value, line: i + 1 });
    });
    if (parameters.length === 0) return { facts: undefined, problems: [] };
    const facts: ProcNvidiaParamsFacts = { line: parameters[0]!.line, parameters };
    const find = (name: string): number | string | undefined => parameters.findLast((one) => one.name === name)?.value;
    for (const [key, name] of [
      ['enableMsi', 'EnableMSI'],
      ['enableGpuFirmware', 'EnableGpuFirmware'],
      ['enableResizableBar', 'EnableResizableBar'],
      ['openRmEnableUnsupportedGpus', 'OpenRmEnableUnsupportedGpus'],
    ] as const) {
      const value = find(name);
      if (typeof value === 'number') facts[key] = value;
    }
    const dwords = find('RegistryDwords');
    if (typeof dwords === 'string' && dwords !== '') facts.registryDwords = dwords;
    return { facts, problems: [] };
  },
});
