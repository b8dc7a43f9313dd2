/**
 * What Windows says of a display adapter: the sentence Device Manager shows (`... (Code 43)`), `Get-PnpDevice -Class
 * Display` as list or table, `pnputil /enum-devices /class Display`, and Win32_VideoController through Get-CimInstance
 * or wmic. The problem codes are the CM_PROB_* constants of the Windows SDK (cfg.h). The NVIDIA release hides in the
 * last five digits of the Windows driver version: 31.0.15.3699 is 536.99.
 *
 * ```text
 * FriendlyName : NVIDIA Tesla P4
 * Status       : Error
 * Problem      : CM_PROB_FAILED_POST_START
 * InstanceId   : PCI\VEN_10DE&DEV_1BB3&SUBSYS_11D810DE&REV_A1\3&13C0B0C5&0&30
 *
 * Windows has stopped this device because it has reported problems. (Code 43)
 * ```
 * ```json
 * {
 *   "devices": [
 *     {
 *       "line": 1,
 *       "name": "NVIDIA Tesla P4",
 *       "status": "Error",
 *       "problem": { "line": 3, "code": 43, "name": "CM_PROB_FAILED_POST_START" },
 *       "pciId": "10de:1bb3",
 *       "subsystemId": "10de:11d8",
 *       "revision": "0xa1"
 *     }
 *   ],
 *   "messages": [{ "line": 6, "code": 43, "name": "CM_PROB_FAILED_POST_START" }]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';

export interface PnpProblem extends Located {
  code: number;
  /** CM_PROB_* name of the code */
  name?: string;
}

export interface PnpDevice extends Located {
  name?: string;
  /** OK, Error, Degraded, Unknown; Started, Stopped, Problem, Disconnected, Disabled */
  status?: string;
  class?: string;
  /** device instance path as written; may be cut with `...` in a table */
  instanceId?: string;
  /** vendor:device */
  pciId?: string;
  subsystemId?: string;
  revision?: string;
  problem?: PnpProblem;
  /** Windows driver version: `31.0.15.3699` */
  driverVersion?: string;
  /** NVIDIA release of that version: `536.99` */
  nvidiaVersion?: string;
  /** INF in the driver store: `oem12.inf` */
  inf?: string;
}

/** A Device Manager sentence that stands alone. */
export interface PnpMessage extends PnpProblem {
  text: string;
}

export interface WindowsPnpFacts extends Located {
  devices: PnpDevice[];
  messages: PnpMessage[];
}

const MAX_DEVICES = 300;
const MAX_MESSAGES = 100;

/** Problem codes of the Device Manager and their names (Windows SDK, cfg.h). */
export const WINDOWS_PROBLEMS: Readonly<Record<number, string>> = {
  1: 'CM_PROB_NOT_CONFIGURED',
  3: 'CM_PROB_OUT_OF_MEMORY',
  10: 'CM_PROB_FAILED_START',
  12: 'CM_PROB_NORMAL_CONFLICT',
  14: 'CM_PROB_NEED_RESTART',
  18: 'CM_PROB_REINSTALL',
  19: 'CM_PROB_REGISTRY',
  21: 'CM_PROB_WILL_BE_REMOVED',
  22: 'CM_PROB_DISABLED',
  24: 'CM_PROB_DEVICE_NOT_THERE',
  28: 'CM_PROB_FAILED_INSTALL',
  29: 'CM_PROB_HARDWARE_DISABLED',
  31: 'CM_PROB_FAILED_ADD',
  32: 'CM_PROB_DISABLED_SERVICE',
  37: 'CM_PROB_FAILED_DRIVER_ENTRY',
  38: 'CM_PROB_DRIVER_FAILED_PRIOR_UNLOAD',
  39: 'CM_PROB_DRIVER_FAILED_LOAD',
  43: 'CM_PROB_FAILED_POST_START',
  45: 'CM_PROB_PHANTOM',
  47: 'CM_PROB_HELD_FOR_EJECT',
  48: 'CM_PROB_DRIVER_BLOCKED',
  52: 'CM_PROB_UNSIGNED_DRIVER',
};
const CODES = new Map(Object.entries(WINDOWS_PROBLEMS).map(([code, name]) => [name, Number(code)]));

/** How Device Manager's sentences begin, by which they are told from talk about a code. */
const SENTENCES = [
  'Windows has stopped this device because it has reported problems',
  'This device cannot (?:start|find enough free resources)',
  'This device is not working properly because Windows cannot load',
  'The drivers for this device are not installed',
  'Windows cannot (?:load the device driver for this hardware|verify the digital signature for the drivers)',
  'Windows cannot use this hardware device because',
  'Windows cannot initialize the device driver',
  'Currently, this hardware device is not connected to the computer',
  'This device is disabled',
  'This device is not (?:configured correctly|present)',
].join('|');
const MESSAGE = /^(.{0,300})\((?:Code|Código|Codice|Kod|Kód|Код) (\d{1,2})\)/;
const PAIR = /^\s*([A-Za-z][A-Za-z ]{1,30}?)\s*(?::\s+|:$|=)(.*)$/;
const TABLE_HEAD = /^\s*Status\s+Class\s+FriendlyName/;
const TABLE_ROW = /^\s*(OK|Error|Degraded|Unknown)\s+([A-Za-z]\w{0,40})\s+(\S.*?)\s{1,200}(\S+\\\S.*)$/;
const PCI_PATH =
  /\bPCI\\VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})(?:&SUBSYS_([0-9A-F]{4})([0-9A-F]{4}))?(?:&REV_([0-9A-F]{2}))?/i;

/** Name of the facts field by the tool's key, lower case and without blanks. */
const KEYS: Record<string, 'name' | 'status' | 'class' | 'instanceId' | 'problem' | 'driverVersion' | 'inf'> = {
  friendlyname: 'name',
  name: 'name',
  caption: 'name',
  devicedescription: 'name',
  status: 'status',
  class: 'class',
  classname: 'class',
  pnpclass: 'class',
  instanceid: 'instanceId',
  pnpdeviceid: 'instanceId',
  deviceinstancepath: 'instanceId',
  problem: 'problem',
  problemcode: 'problem',
  configmanagererrorcode: 'problem',
  driverversion: 'driverVersion',
  drivername: 'inf',
  infname: 'inf',
};

/** `CM_PROB_FAILED_POST_START`, `43`, or `43 (0x2B) [CM_PROB_FAILED_POST_START]`; undefined for no problem. */
function problemOf(text: string, line: number): PnpProblem | undefined {
  const name = /\bCM_PROB_[A-Z_]{2,50}\b/.exec(text)?.[0];
  const number = /^\s*(\d{1,2})\b/.exec(text)?.[1];
  const code = number === undefined ? CODES.get(name ?? '') : Number(number);
  return code === undefined || code === 0 ? undefined : { line, code, name: name ?? WINDOWS_PROBLEMS[code] };
}

function nvidiaVersion(windows: string): string | undefined {
  const parts = /^\d{1,3}\.\d{1,3}\.(\d{1,3})\.(\d{1,5})$/.exec(windows);
  const digits = parts && `${parts[1]!}${parts[2]!.padStart(4, '0')}`.slice(-5);
  return digits?.length === 5 ? `${Number(digits.slice(0, 3))}.${digits.slice(3)}` : undefined;
}

/** Fills what the instance path tells. */
function setInstance(device: PnpDevice, path: string): void {
  device.instanceId ??= path.trim();
  const match = PCI_PATH.exec(path);
  if (!match) return;
  const [vendor, id, subdevice, subvendor, revision] = match.slice(1).map((part) => part?.toLowerCase());
  device.pciId ??= `${vendor!}:${id!}`;
  if (subdevice !== undefined) device.subsystemId ??= `${subvendor!}:${subdevice}`;
  if (revision !== undefined) device.revision ??= `0x${revision}`;
}

function setField(device: PnpDevice, key: keyof typeof KEYS, value: string, line: number): void {
  const field = KEYS[key];
  if (field === 'instanceId') setInstance(device, value);
  else if (field === 'problem') device.problem ??= problemOf(value, line);
  else if (field === 'driverVersion') {
    device.driverVersion ??= value;
    device.nvidiaVersion ??= nvidiaVersion(value);
  } else if (field !== undefined) device[field] ??= value;
}

export default defineParser<WindowsPnpFacts>({
  kind: 'windows-pnp',
  side: 'guest',
  title: 'Windows device status',
  source: 'Get-PnpDevice -Class Display | Format-List; pnputil /enum-devices /class Display',
  markers: [
    new RegExp(`(?:${SENTENCES}).{0,200}\\(Code \\d{1,2}\\)`),
    /\bPCI\\VEN_[0-9A-Fa-f]{4}&DEV_[0-9A-Fa-f]{4}/,
    /\bCM_PROB_[A-Z_]{4,50}\b/,
    /^\s*(?:FriendlyName|InstanceId|ProblemDescription|ConfigManagerErrorCode|PNPDeviceID|PNPClass)\s*[:=]\s?\S/,
    /^\s*(?:Instance ID|Device Description|Class GUID|Problem Code|Problem Status):\s{2,}\S/,
    TABLE_HEAD,
  ],
  commands: [/\bGet-PnpDevice\b/i, /\bpnputil\b.*enum-devices/i, /\bWin32_VideoController\b/i],
  fileNames: [/^(?:windows-)?pnp/i],
  log: true,
  parse(text) {
    const devices: PnpDevice[] = [];
    const messages: PnpMessage[] = [];
    let open: PnpDevice | undefined;
    let seen = new Set<string>();
    const close = (): void => {
      const told = open?.instanceId ?? open?.problem ?? (open?.name && (open.status ?? open.driverVersion));
      if (open && told !== undefined && devices.length < MAX_DEVICES) devices.push(open);
      open = undefined;
      seen = new Set();
    };
    for (const [index, raw] of splitLines(text).entries()) {
      const line = index + 1;
      const content = unquote(raw).slice(0, 1000);
      const message = MESSAGE.exec(content);
      const pair = PAIR.exec(content);
      const key = pair && pair[1]!.toLowerCase().replaceAll(' ', '');
      const row = TABLE_ROW.exec(content);
      if (row && PCI_PATH.test(content)) {
        close();
        const device: PnpDevice = { line, status: row[1]!, class: row[2]!, name: row[3]! };
        setInstance(device, row[4]!);
        if (devices.length < MAX_DEVICES) devices.push(device);
      } else if (key && Object.hasOwn(KEYS, key)) {
        // wmic separates records by blank lines of its own: a key that comes again begins the next device
        if (seen.has(KEYS[key]!)) close();
        open ??= { line };
        seen.add(KEYS[key]!);
        if (pair[2]!.trim() !== '') setField(open, key, pair[2]!.trim(), line);
      } else if (message) {
        const code = Number(message[2]);
        if (messages.length < MAX_MESSAGES) {
          messages.push({ line, code, name: WINDOWS_PROBLEMS[code], text: content.trim().slice(0, 300) });
        }
      } else if (PCI_PATH.test(content)) {
        // a hardware id pasted from the Details tab, or the wrapped value of the record above
        open ??= { line };
        setInstance(open, PCI_PATH.exec(content)![0]);
      } else if (content.trim() === '' && open?.instanceId !== undefined) close();
    }
    close();
    const first = Math.min(devices[0]?.line ?? Infinity, messages[0]?.line ?? Infinity);
    return { facts: first === Infinity ? undefined : { line: first, devices, messages }, problems: [] };
  },
});
