/**
 * NAME.conf of a vm-bhyve guest. Read by lib/vm-config of vm-bhyve, not by sh: a line counts only when it begins with a
 * small letter in the first column; everything after `#` is dropped, also inside quotes; no blanks around `=`; the FIRST
 * line of a name wins. Keys: sample-templates/config.sample and lib/vm-run (passthruN_options since 1.7.1).
 *
 * ```text
 * loader="uefi"
 * cpu=8
 * memory=32G
 * passthru0="12/0/0=8:0"
 * passthru0_options="rom=/vm/roms/card.rom"
 * passthru1="12/0/1=8:1"
 * debug="yes"
 * ```
 * ```json
 * { "loader": "uefi", "vcpus": 8, "memory": 34359738368, "memoryText": "32G", "debug": true,
 *   "passthru": [{ "line": 4, "index": 0, "read": true, "selector": "12/0/0", "hostBdf": "12/0/0", "slot": "8:0",
 *                  "guestBdf": "0000:00:08.0", "rom": "/vm/roms/card.rom" },
 *                { "line": 6, "index": 1, "hostBdf": "12/0/1", "guestBdf": "0000:00:08.1" }] }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { cpuTopology, guestMemory, type PassthruDevice, passthruDevice } from '../lib/bhyve.ts';
import { type BhyveCommand, readBhyveArguments, shellWords } from '../lib/bhyve-command.ts';
import {
  type AssignmentLine,
  assignmentLine,
  BEFORE_NAME,
  COMMENT_LINE,
  MAX_SETTINGS,
  vmBhyveValue,
} from '../lib/conf.ts';
import { VM_BHYVE_NAME } from '../lib/conf-keys.ts';
import { splitLines } from '../lib/lines.ts';

export interface VmBhyveSetting extends Located {
  name: string;
  value: string;
  raw: string;
  /** vm-bhyve takes this line */
  active: boolean;
  /** why it does not */
  ignored?: string;
}

export interface VmBhyvePassthru extends PassthruDevice {
  /** N of passthruN */
  index: number;
  /** vm-bhyve reads it: it counts up from passthru0 and stops at the first gap */
  read: boolean;
}

export interface VmBhyveConfFacts {
  settings: VmBhyveSetting[];
  loader?: string;
  vcpus?: number;
  sockets?: number;
  cores?: number;
  threads?: number;
  /** bytes */
  memory?: number;
  memoryText?: string;
  /** wired_memory; vm-bhyve adds -S by itself as soon as passthru0 is set */
  wiredMemory?: boolean;
  /** bhyve's error output is kept in bhyve.log */
  debug?: boolean;
  graphics?: boolean;
  uuid?: string;
  uefiVars?: boolean;
  passthru: VmBhyvePassthru[];
  /** bhyve_options and bhyve_extra, read as bhyve reads them */
  extraOptions: BhyveCommand[];
  disks: (Located & { index: number; type?: string; device?: string; name?: string })[];
  /** passthru lines that are commented out */
  commentedPassthru: (Located & { name: string; value: string })[];
}

const MAX_PROBLEMS = 20;

/** util::yesno: everything but no, off, false, 0 and nothing */
const isOn = (value: string): boolean => !/^(?:no|off|false|0|)$/i.test(value.trim());

/** Columns that every line of a paste is indented by. */
function margin(assignments: readonly AssignmentLine[]): number {
  return assignments.reduce((least, { indent }) => Math.min(least, indent), Number.MAX_SAFE_INTEGER);
}

function ignoredBecause(assignment: AssignmentLine, indent: number, taken: boolean): string | undefined {
  if (assignment.indent > indent) return 'blanks stand before the name';
  if (/^[^a-z]/.test(assignment.name)) return 'the name does not begin with a small letter';
  if (assignment.spaced) return 'blanks stand around the =';
  if (assignment.operator === '+=') return 'vm-bhyve knows no +=';
  return taken ? 'an earlier line sets the same name' : undefined;
}

export default defineParser<VmBhyveConfFacts>({
  kind: 'vm-bhyve-conf',
  side: 'host',
  title: 'configuration of a vm-bhyve guest',
  source: '$vm_dir/NAME/NAME.conf',
  shared: [COMMENT_LINE],
  markers: [new RegExp(`${BEFORE_NAME}${VM_BHYVE_NAME}[ \\t]*=`), /^[ \t>|]*uuid="/],
  commands: [/^(?:\S*\/)?vm configure\b/],
  fileNames: [/(?:^|[/_-])vm\.conf$/],
  parse(text) {
    const problems: Problem[] = [];
    const lines = splitLines(text)
      .flatMap((raw, index) => assignmentLine(raw, index + 1) ?? [])
      .slice(0, MAX_SETTINGS);
    const live = lines.filter((assignment) => !assignment.commented);
    const indent = margin(live);
    const taken = new Map<string, VmBhyveSetting>();
    const facts: VmBhyveConfFacts = { settings: [], passthru: [], extraOptions: [], disks: [], commentedPassthru: [] };

    for (const assignment of live) {
      const { name, line } = assignment;
      const { value, raw, problem } = vmBhyveValue(assignment.rest);
      const ignored = ignoredBecause(assignment, indent, taken.has(name));
      const setting: VmBhyveSetting = { line, name, value, raw, active: ignored === undefined };
      if (ignored === undefined) taken.set(name, setting);
      else setting.ignored = ignored;
      const complaint = ignored ?? problem;
      if (complaint !== undefined && problems.length < MAX_PROBLEMS)
        problems.push({ line, message: `${name}: ${complaint}` });
      facts.settings.push(setting);
    }
    for (const assignment of lines) {
      if (!assignment.commented || !/^passthru\d+$/.test(assignment.name)) continue;
      facts.commentedPassthru.push({
        line: assignment.line,
        name: assignment.name,
        value: vmBhyveValue(assignment.rest).value,
      });
    }
    if (facts.settings.length + facts.commentedPassthru.length === 0) return { facts: undefined, problems };

    const value = (name: string): string | undefined => taken.get(name)?.value;
    const set = (name: string, put: (text: string) => void) => {
      const found = value(name);
      if (found !== undefined) put(found);
    };
    set('loader', (found) => (facts.loader = found));
    set('uuid', (found) => (facts.uuid = found));
    set('wired_memory', (found) => (facts.wiredMemory = isOn(found)));
    set('debug', (found) => (facts.debug = isOn(found)));
    set('graphics', (found) => (facts.graphics = isOn(found)));
    set('uefi_vars', (found) => (facts.uefiVars = isOn(found)));
    set('memory', (found) => {
      facts.memoryText = found;
      const bytes = guestMemory(found);
      if (bytes !== undefined) facts.memory = bytes;
    });
    set('cpu', (found) => Object.assign(facts, cpuTopology(found)));
    for (const part of ['sockets', 'cores', 'threads'] as const) {
      set(`cpu_${part}`, (found) => Object.assign(facts, cpuTopology(`${part}=${found}`)));
    }
    for (const name of ['bhyve_options', 'bhyve_extra']) {
      const setting = taken.get(name);
      if (!setting || setting.value.trim() === '') continue;
      facts.extraOptions.push(
        readBhyveArguments(shellWords(setting.value, setting.line).words, undefined, setting.line),
      );
    }
    facts.passthru = passthruLines(taken);
    facts.disks = diskLines(taken);
    return { facts, problems };
  },
});

/** `B/S/F` or `B/S/F=SLOT:FUNCTION`; options come from a line of their own. */
function passthruLines(taken: ReadonlyMap<string, VmBhyveSetting>): VmBhyvePassthru[] {
  const devices: VmBhyvePassthru[] = [];
  for (const { name, value, line } of taken.values()) {
    const index = /^passthru(\d{1,3})$/.exec(name)?.[1];
    if (index === undefined || value.trim() === '') continue;
    const equals = value.indexOf('=');
    const host = (equals < 0 ? value : value.slice(0, equals)).trim();
    const slot = equals < 0 ? undefined : value.slice(value.lastIndexOf('=') + 1).trim();
    const options = taken.get(`passthru${index}_options`)?.value.trim();
    const device = passthruDevice(options ? `${host},${options}` : host, line, slot);
    devices.push({ ...device, index: Number(index), read: true });
  }
  devices.sort((a, b) => a.index - b.index);
  devices.forEach((device, at) => (device.read = device.index === at));
  return devices;
}

function diskLines(taken: ReadonlyMap<string, VmBhyveSetting>): VmBhyveConfFacts['disks'] {
  const disks = new Map<number, VmBhyveConfFacts['disks'][number]>();
  for (const { name, value, line } of taken.values()) {
    const match = /^disk(\d{1,3})_(type|dev|name)$/.exec(name);
    if (!match) continue;
    const index = Number(match[1]);
    const disk = disks.get(index) ?? { line, index };
    disks.set(index, disk);
    if (match[2] === 'type') disk.type = value;
    else if (match[2] === 'dev') disk.device = value;
    else disk.name = value;
  }
  return [...disks.values()].sort((a, b) => a.index - b.index);
}
