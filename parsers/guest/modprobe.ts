/**
 * Loading and building kernel modules gone wrong: modprobe, insmod, rmmod, modinfo (kmod, older module-init-tools,
 * busybox), dkms, its make.log, and nvidia-installer. The reason is the kernel's error text; a refused signature shows
 * as `Key was rejected by service` (EKEYREJECTED), `Required key not available` (ENOKEY) or `Operation not permitted`
 * (lockdown).
 *
 * ```text
 * modprobe: ERROR: could not insert 'nvidia_drm': Required key not available
 * modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.1.0-18-amd64
 * Error! Bad return status for module build on kernel: 6.1.0-18-amd64 (x86_64)
 * ```
 * ```json
 * {
 *   "failures": [
 *     {
 *       "line": 1,
 *       "tool": "modprobe",
 *       "action": "insert",
 *       "module": "nvidia_drm",
 *       "cause": "not-signed",
 *       "error": "Required key not available"
 *     },
 *     { "line": 2, "action": "find", "module": "nvidia", "cause": "missing", "kernel": "6.1.0-18-amd64" },
 *     { "line": 3, "tool": "dkms", "action": "build", "cause": "build-failed", "kernel": "6.1.0-18-amd64" }
 *   ]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export type ModuleFailureCause =
  | 'not-signed'
  | 'not-permitted'
  | 'missing'
  | 'wrong-format'
  | 'unknown-symbol'
  | 'invalid-argument'
  | 'no-device'
  | 'busy'
  | 'exists'
  | 'headers-missing'
  | 'build-failed'
  | 'nouveau-in-use'
  | 'other';

export interface ModuleFailure extends Located {
  tool: string;
  action: 'insert' | 'find' | 'remove' | 'build';
  /** as written, without path and ending; underscores for dashes */
  module?: string;
  cause: ModuleFailureCause;
  /** the error text as written */
  error?: string;
  /** kernel release it was looked up or built for */
  kernel?: string;
  /** the line, trimmed */
  text: string;
}

export interface ModprobeFacts extends Located {
  /** at most 200, in order */
  failures: ModuleFailure[];
}

const MAX_FAILURES = 200;

/** Kernel error texts (strerror) and what they mean for a module. */
const CAUSES: readonly [RegExp, ModuleFailureCause][] = [
  [/key was rejected|required key not available|key has (?:expired|been revoked)/i, 'not-signed'],
  [/operation not permitted|permission denied/i, 'not-permitted'],
  [/exec format error|invalid module format/i, 'wrong-format'],
  [/unknown symbol/i, 'unknown-symbol'],
  [/invalid argument/i, 'invalid-argument'],
  [/no such device/i, 'no-device'],
  [/no such file|not found/i, 'missing'],
  [/busy|in use/i, 'busy'],
  [/file exists|already/i, 'exists'],
];

const causeOf = (error: string): ModuleFailureCause => CAUSES.find(([regex]) => regex.test(error))?.[1] ?? 'other';

interface Form {
  regex: RegExp;
  tool?: string;
  action: ModuleFailure['action'];
  cause?: ModuleFailureCause;
}

const TOOL = String.raw`(?<tool>modprobe|insmod|rmmod|modinfo|depmod)`;

/** Named groups: tool, module, error, kernel. First match wins. */
const FORMS: readonly Form[] = [
  // kmod; insmod writes a path and no quotes
  {
    regex: new RegExp(
      `${TOOL}: (?:ERROR|FATAL): could not insert (?:module )?'?(?<module>[^':\\s]+)'?: (?<error>\\S.*)`,
      'i',
    ),
    action: 'insert',
  },
  // module-init-tools
  {
    regex: /FATAL: Error inserting (?<module>\S+) \([^)]*\): (?<error>\S.*)/,
    tool: 'modprobe',
    action: 'insert',
  },
  { regex: /insmod: error inserting '?(?<module>[^':\s]+)'?: -?\d+ (?<error>\S.*)/, tool: 'insmod', action: 'insert' },
  // busybox
  {
    regex: new RegExp(
      `${TOOL}: can't (?:load module|insert) '?(?<module>[^':\\s(]+)'?(?: \\([^)]*\\))?: (?<error>\\S.*)`,
    ),
    action: 'insert',
  },
  // at boot, from a list of modules
  {
    regex: /(?<tool>systemd-modules-load)\[\d+\]: Failed to insert (?:module )?'(?<module>[^']{1,60})': (?<error>\S.*)/,
    action: 'insert',
  },
  {
    regex: /(?<tool>systemd-modules-load)\[\d+\]: Failed to find module '(?<module>[^']{1,60})'/,
    action: 'find',
    cause: 'missing',
  },
  // kmod up to 2020 says so before the error of the insertion
  {
    regex: /(?<tool>modprobe|insmod): ERROR: .{0,120}could not find module by name='(?<module>[\w-]{1,60})'/,
    action: 'find',
    cause: 'missing',
  },
  {
    regex: /FATAL: Module (?<module>\S+) not found(?: in directory \/lib\/modules\/(?<kernel>\S+?)\.?$)?/,
    tool: 'modprobe',
    action: 'find',
    cause: 'missing',
  },
  {
    regex: /modinfo: (?:ERROR: Module|could not find module) (?<module>\S+)/,
    tool: 'modinfo',
    action: 'find',
    cause: 'missing',
  },
  {
    regex: new RegExp(
      `${TOOL}: (?:ERROR|FATAL): Module (?<module>\\S+) is (?<error>(?:in use|builtin|not currently loaded).*)`,
    ),
    action: 'remove',
  },
  // dkms
  {
    regex: /Error! Bad return status for module build on kernel: (?<kernel>\S+)/,
    tool: 'dkms',
    action: 'build',
    cause: 'build-failed',
  },
  {
    regex: /Error! Your kernel headers for kernel (?<kernel>\S+) cannot be found/,
    tool: 'dkms',
    action: 'build',
    cause: 'headers-missing',
  },
  {
    regex: /Module build for kernel (?<kernel>\S+) was skipped since the kernel headers/,
    tool: 'dkms',
    action: 'build',
    cause: 'headers-missing',
  },
  {
    regex: /Error!\s.{0,120}\b(?<module>nvidia[\w-]{0,30})\b.{0,120}(?<error>failed|does not exist|cannot be found)/,
    tool: 'dkms',
    action: 'build',
    cause: 'build-failed',
  },
  // make.log
  { regex: /^make(?:\[\d+\])?: \*\*\* (?<error>\S.*)/, tool: 'make', action: 'build', cause: 'build-failed' },
  {
    regex: /^\S{1,300}\.[ch]:\d+:(?:\d+:)? (?:fatal )?error: (?<error>\S.*)/,
    tool: 'cc',
    action: 'build',
    cause: 'build-failed',
  },
  // nvidia-installer
  {
    regex: /ERROR: Unable to load the (?:kernel module|'(?<module>[\w-]+)' kernel module) ?(?:'[^']*')?(?<error>.*)/,
    tool: 'nvidia-installer',
    action: 'insert',
    cause: 'other',
  },
  {
    regex: /ERROR: (?<error>Unable to (?:build|find the kernel source).*)/,
    tool: 'nvidia-installer',
    action: 'build',
    cause: 'build-failed',
  },
  {
    regex:
      /ERROR: An error occurred while performing the step: "(?<error>(?:Building kernel modules|Checking to see whether)[^"]{0,80})/,
    tool: 'nvidia-installer',
    action: 'build',
    cause: 'build-failed',
  },
  {
    regex: /(?<error>The Nouveau kernel driver is currently in use by your system)/,
    tool: 'nvidia-installer',
    action: 'insert',
    cause: 'nouveau-in-use',
  },
];

const moduleName = (written: string): string =>
  written
    .replace(/^.*\//, '')
    .replace(/\.ko(?:\.\w+)?$/, '')
    .replaceAll('-', '_');

function readFailure(raw: string, line: number): ModuleFailure | undefined {
  for (const form of FORMS) {
    const groups = form.regex.exec(raw)?.groups;
    if (!groups) continue;
    const error = groups['error']?.trim() || undefined;
    return {
      line,
      tool: groups['tool'] ?? form.tool!,
      action: form.action,
      module: groups['module'] === undefined ? undefined : moduleName(groups['module']),
      cause: form.cause ?? causeOf(error ?? ''),
      error,
      kernel: groups['kernel'],
      text: raw.trim().slice(0, 500),
    };
  }
  return undefined;
}

export default defineParser<ModprobeFacts>({
  kind: 'modprobe',
  side: 'guest',
  title: 'failure to load or build a Linux module',
  source: 'modprobe nvidia, dkms build, make.log, nvidia-installer.log',
  markers: [
    /^\s*(?:sudo: )?(?:modprobe|insmod|rmmod|depmod): (?:ERROR|FATAL|WARNING|can't|error)\b/,
    /^\s*FATAL: (?:Module \S+ not found|Error inserting )/,
    /^\s*(?:modinfo: ERROR: Module|ERROR: modinfo: could not find module|modinfo: could not find module) /,
    /^\s*Error! (?:Bad return status for module build|Your kernel headers for kernel|Build of )/,
    /^\s*Consult \/var\/lib\/dkms\/\S+\/make\.log/,
    /^DKMS make\.log for \S+ for kernel /,
    /^(?:-> |\s*)ERROR: (?:Unable to load the (?:kernel module|'nvidia)|Unable to build the|Unable to find the kernel source|An error occurred while performing the step: "(?:Building|Checking))/,
    /^nvidia-installer log file /,
  ],
  commands: [/^(?:sudo )?(?:modprobe|insmod|rmmod)\b/, /\bmake\.log\b/, /\bnvidia-installer\.log\b/],
  fileNames: [/^modprobe\b/i, /^make\.log$/i, /^nvidia-installer\.log$/i],
  log: true,
  parse(text) {
    const failures: ModuleFailure[] = [];
    for (const [index, raw] of splitLines(text).entries()) {
      if (failures.length >= MAX_FAILURES) break;
      const failure = raw.length > 4000 ? undefined : readFailure(raw, index + 1);
      if (failure) failures.push(failure);
    }
    return { facts: failures[0] && { line: failures[0].line, failures }, problems: [] };
  },
});
