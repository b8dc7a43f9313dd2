/**
 * What devctl(8), kldload(8) and kldunload(8) said to the person at the terminal, with the commands typed.
 *
 * Source: a copied terminal session; the tools print nothing on success. The wording is defined in
 * usr.sbin/devctl/devctl.c, sbin/kldload/kldload.c and sbin/kldunload/kldunload.c, FreeBSD 10 to 16.
 *
 * ```text
 * root@vmhost:~ # devctl set driver -f pci0:10:0:0 ppt
 * devctl: Failed to set pci0:10:0:0 driver to ppt: Device busy
 * root@vmhost:~ # kldload vmm
 * kldload: an error occurred while loading module vmm. Please check dmesg(8) for more details.
 * ```
 *
 * ```json
 * {
 *   "commands": [
 *     { "line": 1, "tool": "devctl", "arguments": ["set", "driver", "-f", "pci0:10:0:0", "ppt"] },
 *     { "line": 3, "tool": "kldload", "arguments": ["vmm"] }
 *   ],
 *   "errors": [
 *     {
 *       "line": 2, "tool": "devctl", "action": "set driver", "target": "pci0:10:0:0", "driver": "ppt",
 *       "reason": "Device busy", "errno": "EBUSY", "text": "Failed to set pci0:10:0:0 driver to ppt: Device busy"
 *     },
 *     { "line": 4, "tool": "kldload", "action": "load", "target": "vmm", "errno": "ENOEXEC" }
 *   ]
 * }
 * ```
 */
import { defineParser, type ParseResult } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { errnoOfText } from '../lib/errno.ts';
import { splitLines } from '../lib/lines.ts';

export interface DevctlFacts {
  errors: DeviceToolError[];
  commands: DeviceToolCommand[];
}

export type DeviceTool = 'devctl' | 'kldload' | 'kldunload';

export interface DeviceToolError extends Located {
  tool: DeviceTool;
  /** what the tool said after its name */
  text: string;
  /** `attach`, `detach`, `set driver`, `clear driver`, `reset` ..., `load`, `unload` */
  action?: string;
  /** device (`ppt0`, `pci0:1:0:0`) or module */
  target?: string;
  /** driver of `set driver` */
  driver?: string;
  /** strerror text */
  reason?: string;
  /** `EBUSY` */
  errno?: string;
}

export interface DeviceToolCommand extends Located {
  tool: DeviceTool;
  arguments: string[];
}

interface ErrorForm {
  tool: DeviceTool;
  regex: RegExp;
  read: (groups: Record<string, string | undefined>) => Partial<DeviceToolError>;
}

const FORMS: ErrorForm[] = [
  {
    tool: 'devctl',
    regex: /^Failed to set (?<target>\S+) driver to (?<driver>\S+?): (?<reason>.{1,120})$/,
    read: () => ({ action: 'set driver' }),
  },
  {
    tool: 'devctl',
    regex: /^Failed to clear (?<target>\S+) driver: (?<reason>.{1,120})$/,
    read: () => ({ action: 'clear driver' }),
  },
  {
    tool: 'devctl',
    regex:
      /^Failed to (?<action>attach|detach|disable|enable|suspend|resume|rescan|delete|reset) (?<target>\S+): (?<reason>.{1,120})$/,
    read: ({ action }) => ({ action }),
  },
  { tool: 'kldload', regex: /^can't load (?<target>\S+): (?<reason>.{1,120})$/, read: () => ({ action: 'load' }) },
  {
    tool: 'kldload',
    // Printed for ENOEXEC, which the kernel returns when versions or symbols do not fit.
    regex: /^an error occurred while loading (?:the )?module (?<target>\S+?)\. /,
    read: () => ({ action: 'load', errno: 'ENOEXEC' }),
  },
  {
    tool: 'kldunload',
    regex: /^can't (?:unload|find) file(?: (?<target>\S+))?: (?<reason>.{1,120})$/,
    read: () => ({ action: 'unload' }),
  },
];
/** kldload words one errno its own way. */
const OWN_REASONS = new Map([['module already loaded or in kernel', 'EEXIST']]);
const SAID = /^(devctl|kldload|kldunload): (.{1,300})$/;
const TYPED =
  /^(?:[\w.@~/:[\]() -]{0,80}[#$%>] )(?:sudo |doas )?(?:\/s?bin\/|\/usr\/sbin\/)?(devctl|kldload|kldunload) (.{1,300})$/;
const MAX_LINE = 512;
const MAX_RECORDS = 500;

function readError(tool: DeviceTool, text: string, line: number): DeviceToolError {
  const error: DeviceToolError = { line, tool, text };
  for (const form of FORMS) {
    const match = form.tool === tool ? form.regex.exec(text) : null;
    if (!match) continue;
    const { target, driver, reason } = match.groups!;
    Object.assign(error, { target, driver, reason }, form.read(match.groups!));
    if (reason !== undefined) error.errno = OWN_REASONS.get(reason) ?? errnoOfText(reason);
    break;
  }
  return error;
}

function parse(text: string): ParseResult<DevctlFacts> {
  const errors: DeviceToolError[] = [];
  const commands: DeviceToolCommand[] = [];
  splitLines(text).forEach((raw, index) => {
    if (raw.length > MAX_LINE) return;
    const content = raw.trim();
    const said = SAID.exec(content);
    if (said) {
      if (errors.length < MAX_RECORDS) errors.push(readError(said[1] as DeviceTool, said[2]!, index + 1));
      return;
    }
    const typed = TYPED.exec(content);
    if (typed && commands.length < MAX_RECORDS) {
      commands.push({ line: index + 1, tool: typed[1] as DeviceTool, arguments: typed[2]!.trim().split(/\s+/) });
    }
  });
  return { facts: errors.length + commands.length === 0 ? undefined : { errors, commands }, problems: [] };
}

export default defineParser<DevctlFacts>({
  kind: 'devctl',
  side: 'host',
  title: 'devctl, kldload and kldunload at the terminal: commands and errors',
  source: 'copy of the terminal, e.g. with script(1)',
  markers: [
    /^\s*(?:devctl: (?:Failed to|Unknown command)|kldload: (?:can't|an error)|kldunload: can't) /,
    /^(?:[\w.@~/:[\]-]{1,60} ?[#$%>]|[$%]) (?:sudo |doas )?(?:devctl|kldload|kldunload) \S/,
  ],
  commands: [/\b(?:devctl|kldload|kldunload)\b/],
  log: true,
  parse,
});
