/**
 * What a Linux kernel module says of itself: `modinfo nvidia` (kmod, man modinfo(8)), whole or grepped. The licence
 * tells the flavour: `NVIDIA` is the proprietary module, `Dual MIT/GPL` the open one; `vermagic` names the kernel it was
 * built for, `signer` the key it was signed with, `firmware` the GSP images it will ask for.
 *
 * ```text
 * filename:       /lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko.zst
 * firmware:       nvidia/550.120/gsp_tu10x.bin
 * alias:          char-major-195-*
 * version:        550.120
 * license:        Dual MIT/GPL
 * depends:
 * name:           nvidia
 * vermagic:       6.8.0-45-generic SMP preempt mod_unload modversions
 * sig_id:         PKCS#7
 * signer:         guest Secure Boot Module Signature key
 * parm:           NVreg_EnableGpuFirmware:int
 * ```
 * ```json
 * {
 *   "modules": [
 *     {
 *       "line": 1,
 *       "name": "nvidia",
 *       "version": "550.120",
 *       "license": { "line": 5, "text": "Dual MIT/GPL" },
 *       "flavour": "open",
 *       "vermagic": { "line": 8, "kernel": "6.8.0-45-generic" },
 *       "isDkms": true,
 *       "signer": "guest Secure Boot Module Signature key",
 *       "firmware": ["nvidia/550.120/gsp_tu10x.bin"]
 *     }
 *   ]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';

export interface ModuleInfo extends Located {
  /** from `name:`, else from the file name; underscores for dashes, as the kernel does */
  name?: string;
  filename?: string;
  version?: string;
  license?: Located & { text: string };
  /** of the nvidia modules only */
  flavour?: 'open' | 'proprietary';
  vermagic?: Located & { text: string; kernel: string };
  srcversion?: string;
  /** the file lies where only DKMS installs; elsewhere (`extra/`) nothing is known */
  isDkms?: true;
  signer?: string;
  /** absent when the module carries no signature */
  signatureId?: string;
  depends: string[];
  firmware: string[];
  softdep: string[];
}

export interface ModinfoFacts extends Located {
  modules: ModuleInfo[];
}

const MAX_MODULES = 100;
const MAX_VALUES = 40;
const KEYS =
  'filename|alias|version|firmware|softdep|license|supported|srcversion|depends|retpoline|intree|name|vermagic|import_ns|sig_id|signer|sig_key|sig_hashalgo|signature|parm|description|author|staging|livepatch';
const ROW = new RegExp(`^(?:\\S{1,60}:)?\\s*(${KEYS}):\\s*(\\S.*)?$`);
/** `license` says nothing of these: their licence is the same in both flavours. */
const SAME_LICENSE = new Set(['nvidia_uvm', 'nvidia_peermem']);

const moduleName = (name: string): string => name.replaceAll('-', '_');

function flavourOf(name: string | undefined, license: string | undefined): ModuleInfo['flavour'] {
  if (!name || !/^nvidia(?:_|$)/.test(name) || SAME_LICENSE.has(name)) return undefined;
  if (license === 'NVIDIA') return 'proprietary';
  return license === 'Dual MIT/GPL' ? 'open' : undefined;
}

/** Keys of which the first value counts, and how it is kept. */
const SINGLE: Record<string, (module: ModuleInfo, value: string, line: number) => void> = {
  filename: (module, value) => {
    module.filename = value;
    if (value.includes('/updates/dkms/')) module.isDkms = true;
    const base = /([^/]+?)\.ko(?:\.\w+)?$/.exec(value)?.[1];
    if (base !== undefined) module.name ??= moduleName(base);
  },
  name: (module, value) => {
    module.name = moduleName(value);
  },
  version: (module, value) => {
    module.version ??= value;
  },
  license: (module, value, line) => {
    module.license ??= { line, text: value };
  },
  vermagic: (module, value, line) => {
    module.vermagic ??= { line, text: value, kernel: value.split(/\s/)[0]! };
  },
  srcversion: (module, value) => {
    module.srcversion ??= value;
  },
  signer: (module, value) => {
    module.signer ??= value;
  },
  sig_id: (module, value) => {
    module.signatureId ??= value;
  },
  depends: (module, value) => {
    module.depends = value.split(',').filter(Boolean).slice(0, MAX_VALUES);
  },
  firmware: (module, value) => {
    if (module.firmware.length < MAX_VALUES) module.firmware.push(value);
  },
  softdep: (module, value) => {
    if (module.softdep.length < MAX_VALUES) module.softdep.push(value);
  },
};

export default defineParser<ModinfoFacts>({
  kind: 'modinfo',
  side: 'guest',
  title: 'information about a Linux kernel module',
  source: 'modinfo nvidia',
  markers: [
    /^[\s>#]*filename:\s+\S*(?:\/lib\/modules\/|\.ko\b)/,
    /^[\s>#]*(?:vermagic|srcversion|sig_id|sig_hashalgo|sig_key|signer|softdep|retpoline|intree|import_ns):\s+\S/,
    /^[\s>#]*license:\s+(?:NVIDIA|Dual MIT\/GPL|MIT|GPL(?: v2)?|GPL and additional rights)\s*$/,
    /^[\s>#]*alias:\s+(?:pci:v|char-major-|of:N|acpi\*?:)/,
    /^[\s>#]*parm:\s+\w+:/,
    /^[\s>#]*firmware:\s+\S+\.(?:bin|fw)\b/,
  ],
  commands: [/\bmodinfo\b/],
  fileNames: [/^modinfo\b/i],
  parse(text) {
    const modules: ModuleInfo[] = [];
    for (const [index, raw] of splitLines(text).entries()) {
      const row = raw.length > 2000 ? null : ROW.exec(unquote(raw).trim());
      if (!row) continue;
      const [, key, value] = row;
      const startsRecord = modules.length === 0 || key === 'filename';
      if (startsRecord && modules.length === MAX_MODULES) break;
      if (startsRecord) modules.push({ line: index + 1, depends: [], firmware: [], softdep: [] });
      if (value !== undefined) SINGLE[key!]?.(modules.at(-1)!, value.trim(), index + 1);
    }
    // a key or two in common with other listings do not make it modinfo output
    const told = modules.filter(
      ({ filename, vermagic, license, srcversion, firmware, signer }) =>
        filename ?? vermagic ?? license ?? srcversion ?? firmware[0] ?? signer,
    );
    for (const module of told) module.flavour = flavourOf(module.name, module.license?.text);
    return { facts: told[0] && { line: told[0].line, modules: told }, problems: [] };
  },
});
