/**
 * `vm list` and `vm list -v` of vm-bhyve: its guests. Columns made by column(1), so their width varies; `-v` adds %CPU,
 * RSZ and UPTIME, versions of 2026 add TAGS (lib/vm-core, core::list).
 *
 * ```text
 * NAME     DATASTORE  LOADER     CPU  MEMORY  VNC           AUTO     STATE
 * render1  default    uefi       8    32G     0.0.0.0:5901  Yes [1]  Running (4711)
 * router   default    bhyveload  1    512M    -             No       Stopped
 * ```
 * ```json
 * { "guests": [{ "line": 2, "name": "render1", "datastore": "default", "loader": "uefi", "cpu": "8", "memory": 34359738368,
 *               "memoryText": "32G", "vnc": "0.0.0.0:5901", "autoStart": true, "autoOrder": 1, "state": "running", "pid": 4711 },
 *             { "line": 3, "name": "router", "vnc": null, "autoStart": false, "state": "stopped" }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { guestMemory } from '../lib/bhyve.ts';
import { splitLines } from '../lib/lines.ts';

export interface VmListGuest extends Located {
  name: string;
  datastore: string;
  loader: string;
  /** as printed, a count in almost all cases */
  cpu: string;
  /** bytes */
  memory?: number;
  memoryText: string;
  /** address of the VNC server; null when there is none */
  vnc: string | null;
  autoStart: boolean;
  /** place in the order of automatic start */
  autoOrder?: number;
  state: 'running' | 'stopped' | 'bootloader' | 'suspended' | 'locked';
  /** process of bhyve or of the loader */
  pid?: number;
  /** the rest of the row as printed */
  stateText: string;
}

export interface VmListFacts {
  guests: VmListGuest[];
}

const HEADER = /^\s*NAME\s+DATASTORE\s+LOADER\s+CPU\s+MEMORY\s+VNC\s/;
const ROW =
  /^\s*(\S{1,100})\s+(\S{1,100})\s+(none|bhyveload|grub|uefi[\w-]*)\s+(\d\S{0,40})\s+(\d\S{0,20})\s+(\S{1,60})\s+(No|Yes(?: \[(\d{1,4})\])?)\s+(?:.*\s)?((Running|Stopped|Bootloader|Suspended|Locked)(?: \(([^)]{1,255})\))?)(?:\s.*)?$/;

export default defineParser<VmListFacts>({
  kind: 'vm-list',
  side: 'host',
  title: 'guests as vm-bhyve lists them',
  source: 'vm list',
  markers: [
    /^\s*NAME\s+DATASTORE\s+LOADER\s+CPU\s+MEMORY\s+VNC\s/,
    /^\s*\S+\s+\S+\s+(?:none|bhyveload|grub|uefi[\w-]*)\s+\d\S*\s+\d\S*\s+\S+\s+(?:No|Yes(?: \[\d+\])?)\s+(?:.*\s)?(?:Running|Stopped|Bootloader|Suspended|Locked)\b/,
  ],
  commands: [/^(?:\S*\/)?vm (?:list|ls)\b/],
  fileNames: [/(?:^|[/_-])vm[_-]list[\w.-]*$/],
  parse(text) {
    const guests: VmListGuest[] = [];
    let header = false;
    splitLines(text).forEach((raw, index) => {
      if (HEADER.test(raw)) header = true;
      const match = ROW.exec(raw);
      if (!match) return;
      const guest: VmListGuest = {
        line: index + 1,
        name: match[1]!,
        datastore: match[2]!,
        loader: match[3]!,
        cpu: match[4]!,
        memoryText: match[5]!,
        vnc: match[6] === '-' ? null : match[6]!,
        autoStart: match[7] !== 'No',
        state: match[10]!.toLowerCase() as VmListGuest['state'],
        stateText: match[9]!,
      };
      const memory = guestMemory(guest.memoryText);
      if (memory !== undefined) guest.memory = memory;
      if (match[8] !== undefined) guest.autoOrder = Number(match[8]);
      if (/^\d{1,7}$/.test(match[11] ?? '')) guest.pid = Number(match[11]);
      guests.push(guest);
    });
    return { facts: header || guests.length > 0 ? { guests } : undefined, problems: [] };
  },
});
