/**
 * `/proc/iomem` of Linux: the tree of physical address ranges and who claimed them; two blanks of indentation a level. For
 * anyone but root all addresses print as zero: then nothing can be told from them. A range of a PCI device is named after it,
 * its child after the driver that claimed it; kernel/resource.c.
 *
 * ```text
 * 00100000-bfffffff : System RAM
 * c0000000-febfffff : PCI Bus 0000:00
 *   c1000000-c1ffffff : 0000:00:07.0
 *     c1000000-c1ffffff : efifb
 * 800000000-fffffffff : PCI Bus 0000:00
 *   800000000-80fffffff : 0000:00:07.0
 * ```
 * ```json
 * { "readable": true,
 *   "windows": [{ "name": "PCI Bus 0000:00", "start": "0xc0000000", "end": "0xfebfffff", "line": 2 },
 *               { "start": "0x800000000", "end": "0xfffffffff", "line": 5 }],
 *   "devices": [{ "bdf": "0000:00:07.0", "start": "0xc1000000", "size": 16777216, "owners": ["efifb"], "line": 3 },
 *               { "bdf": "0000:00:07.0", "start": "0x800000000", "size": 268435456, "owners": [], "line": 6 }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { splitLines } from '../lib/lines.ts';

export interface IomemRange extends Located {
  name: string;
  start: string;
  end: string;
  /** bytes */
  size: number;
}

/** A BAR. */
export interface IomemDevice extends IomemRange {
  bdf: string;
  /** names of the ranges inside it: the drivers that claimed it */
  owners: string[];
}

export interface ProcIomemFacts {
  /** false: all addresses are zero, so the file was not read by root */
  readable: boolean;
  /** ranges that root buses hand down */
  windows: IomemRange[];
  devices: IomemDevice[];
}

const MAX_RANGES = 512;
const MAX_LINE = 1024;
const LINE = /^(\s{0,200})([0-9a-f]{8,16})-([0-9a-f]{8,16}) : (.{1,200})$/;
const short = (hex: string): string => `0x${hex.replace(/^0+(?=.)/, '')}`;

export default defineParser<ProcIomemFacts>({
  kind: 'proc-iomem',
  side: 'guest',
  title: 'physical address ranges and their owners',
  source: '/proc/iomem (as root)',
  markers: [/^\s{0,40}[0-9a-f]{8,16}-[0-9a-f]{8,16} : \S/],
  commands: [/\/proc\/iomem/],
  fileNames: [/(?:^|[/_.-])iomem[^/]*$/i],
  parse(text) {
    const windows: IomemRange[] = [];
    const devices: IomemDevice[] = [];
    let any = false;
    let readable = false;
    /** the device the following deeper lines belong to */
    let inside: { device: IomemDevice; depth: number } | undefined;
    splitLines(text).forEach((raw, i) => {
      const match = raw.length > MAX_LINE ? null : LINE.exec(raw);
      if (!match) return;
      any = true;
      const [, indent, start, end, named] = match;
      if (/[1-9a-f]/.test(start!) || /[1-9a-f]/.test(end!)) readable = true;
      const name = named!.trim();
      const size = Number(BigInt(`0x${end!}`) - BigInt(`0x${start!}`) + 1n);
      const range = { name, start: short(start!), end: short(end!), size, line: i + 1 };
      const depth = indent!.length;
      if (inside !== undefined && depth <= inside.depth) inside = undefined;
      const bdf = normaliseLinuxBdf(name);
      if (bdf !== undefined) {
        const device = { ...range, bdf, owners: [] };
        if (devices.length < MAX_RANGES) devices.push(device);
        inside = { device, depth };
      } else if (inside !== undefined) {
        const { owners } = inside.device;
        if (owners.length < 8 && !owners.includes(name)) owners.push(name);
      } else if (/^PCI (?:Bus|ECAM|MMCONFIG)/.test(name) && windows.length < MAX_RANGES) windows.push(range);
    });
    if (!any) return { facts: undefined, problems: [] };
    return {
      facts: readable ? { readable, windows, devices } : { readable, windows: [], devices: [] },
      problems: readable ? [] : [{ message: 'all addresses are zero: read as root to see them' }],
    };
  },
});
