/**
 * `vm info [NAME]` of vm-bhyve: one block a guest, `key: value` lines in sections (lib/vm-info). Passthrough devices are
 * not shown by it.
 *
 * ```text
 * ------------------------
 * Virtual Machine: render1
 * ------------------------
 *   state: running (4711)
 *   datastore: default
 *   loader: uefi
 *   uuid: 9d5b0b5e-1f2a-11f0-8c1d-0cc47a000000
 *   cpu: 8
 *   memory: 32G
 *   memory-resident: 34407972864 (32.044G)
 *
 *   virtual-disk
 *     number: 0
 *     device-type: file
 *     emulation: nvme
 *     system-path: /tank/guests/render1/disk0.img
 * ```
 * ```json
 * { "guests": [{ "line": 2, "name": "render1", "state": "running", "pid": 4711, "loader": "uefi", "cpu": "8",
 *     "memory": 34359738368, "memoryText": "32G", "memoryResident": 34407972864,
 *     "sections": [{ "line": 12, "kind": "virtual-disk",
 *                    "values": { "number": "0", "emulation": "nvme", "system-path": "/tank/guests/render1/disk0.img" } }] }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { guestMemory } from '../lib/bhyve.ts';
import { splitLines } from '../lib/lines.ts';
import { dictionary } from '../lib/records.ts';

export interface VmInfoGuest extends Located {
  name: string;
  /** running, stopped, bootloader, suspended */
  state?: string;
  pid?: number;
  datastore?: string;
  loader?: string;
  uuid?: string;
  /** as printed */
  cpu?: string;
  cpuTopology?: string;
  /** bytes */
  memory?: number;
  memoryText?: string;
  /** bytes of guest memory in RAM; all of it when the memory is wired */
  memoryResident?: number;
  /** network-interface, virtual-disk, console-ports … in order */
  sections: (Located & { kind: string; values: Record<string, string> })[];
}

export interface VmInfoFacts {
  guests: VmInfoGuest[];
}

const GUEST = /^\s{0,4}Virtual Machine: (\S{1,200})\s*$/;
const SECTION = /^ {1,4}([a-z][a-z-]{2,30})\s*$/;
const VALUE = /^(\s+)([a-z][\w-]{0,40}): (.*)$/;

type Read = (guest: VmInfoGuest, value: string) => void;

const FIELDS: Record<string, Read> = {
  state: (guest, value) => {
    const match = /^(\w+)(?: \((\d{1,7})\))?/.exec(value);
    if (!match) return;
    guest.state = match[1]!.toLowerCase();
    if (match[2] !== undefined) guest.pid = Number(match[2]);
  },
  datastore: (guest, value) => (guest.datastore = value),
  loader: (guest, value) => (guest.loader = value),
  uuid: (guest, value) => (guest.uuid = value),
  cpu: (guest, value) => (guest.cpu = value),
  'cpu-topology': (guest, value) => (guest.cpuTopology = value),
  memory: (guest, value) => {
    guest.memoryText = value;
    const bytes = guestMemory(value);
    if (bytes !== undefined) guest.memory = bytes;
  },
  'memory-resident': (guest, value) => {
    const bytes = /^\d{1,15}/.exec(value)?.[0];
    if (bytes !== undefined) guest.memoryResident = Number(bytes);
  },
};

export default defineParser<VmInfoFacts>({
  kind: 'vm-info',
  side: 'host',
  title: 'a guest as vm-bhyve describes it',
  source: 'vm info NAME',
  shared: [/^\s{0,4}-{20,}\s*$/],
  markers: [
    /^\s{0,4}Virtual Machine: \S+\s*$/,
    /^ {2}(?:datastore: \S|memory-resident: \d+ \(|cpu-topology: sockets=|console-ports$|network-interface$|virtual-disk$|clone-origin$)/,
    /^ {4}(?:device-type|emulation|system-path|virtual-switch|fixed-mac-address|fixed-device|active-device|bytes-(?:size|used|in|out)): /,
  ],
  commands: [/^(?:\S*\/)?vm info\b/],
  fileNames: [/(?:^|[/_-])vm[_-]info[\w.-]*$/],
  parse(text) {
    const guests: VmInfoGuest[] = [];
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      const head = GUEST.exec(raw);
      if (head) {
        guests.push({ line, name: head[1]!, sections: [] });
        return;
      }
      const guest = guests.at(-1);
      if (!guest) return;
      const section = SECTION.exec(raw);
      if (section) {
        guest.sections.push({ line, kind: section[1]!, values: dictionary<string>() });
        return;
      }
      const match = VALUE.exec(raw);
      if (!match) return;
      const [key, value] = [match[2]!, match[3]!.trim()];
      const open = guest.sections.at(-1);
      if (open) open.values[key] = value;
      else if (Object.hasOwn(FIELDS, key)) FIELDS[key]!(guest, value);
    });
    return { facts: guests.length > 0 ? { guests } : undefined, problems: [] };
  },
});
