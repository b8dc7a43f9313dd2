/**
 * `vm passthru` of vm-bhyve: the PCI devices of the host with their bhyve address. Columns `%-10s %-12s %-12s %s`
 * (lib/vm-passthru). READY only says that the driver's name begins with "ppt"; the PCI domain is dropped; `-` stands
 * for a device without a name. Posters leave rows out (`...`) and terminals wrap long rows.
 *
 * ```text
 * DEVICE     BHYVE ID     READY        DESCRIPTION
 * hostb0     0/0/0        No           -
 * ...
 * ppt0       12/0/0       Yes          AD104 [GeForce RTX 4070]
 * none3      12/0/1       No           AD104 High Definition Audio Controller
 * ```
 * ```json
 * { "rowCount": 3,
 *   "devices": [{ "line": 2, "unitName": "hostb0", "driver": "hostb", "bdf": "0/0/0", "description": null },
 *               { "line": 4, "unitName": "ppt0", "driver": "ppt", "bdf": "12/0/0", "ready": "Yes",
 *                 "description": "AD104 [GeForce RTX 4070]", "row": "ppt0 12/0/0 Yes", "binding": "ppt0 Yes" },
 *               { "line": 5, "unitName": "none3", "driver": null, "bdf": "12/0/1", "ready": "No" }],
 *   "elided": [{ "line": 3, "text": "..." }] }
 * ```
 */
import { parseBhyveBdf } from '../../src/model/bdf.ts';
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface VmPassthruDevice extends Located {
  /** driver and unit as pciconf names them: `ppt0`, `vgapci0`, `none3` */
  unitName: string;
  /** driver name; null when none is attached (`noneN`) */
  driver: string | null;
  unit: number;
  /** decimal bus/slot/function */
  bdf: string;
  /** as printed */
  ready: 'Yes' | 'No';
  /** null for `-` */
  description: string | null;
  /** first three columns with single blanks, to quote: `ppt0 12/0/0 Yes` */
  row: string;
  /** who has the device and READY: `ppt0 Yes` */
  binding: string;
  /** the device in words: `ppt0 12/0/0 AD104 [GeForce RTX 4070]` */
  label: string;
}

export interface VmPassthruFacts {
  devices: VmPassthruDevice[];
  rowCount: number;
  /** places where the poster left rows out */
  elided: (Located & { text: string })[];
}

const HEADER = /^\s*DEVICE\s+BHYVE ID\s+READY\s+DESCRIPTION\s*$/;
const ROW = /^[ \t>]*([a-z_][a-z_\d]*?)(\d{1,4})\s+(\d{1,3}\/\d{1,3}\/\d{1,3})\s+(Yes|No)(?:\s+(.*))?$/;
const ELISION = /^\s*(?:\[?\.{3,}\]?|\u2026|\[snip\]|<snip>)\s*$/;

/** A row that a terminal wrapped was at least so wide. */
const WRAPPED_WIDTH = 70;
const MAX_PROBLEMS = 20;

export default defineParser<VmPassthruFacts>({
  kind: 'vm-passthru',
  side: 'host',
  title: 'PCI devices as vm-bhyve lists them',
  source: 'vm passthru',
  markers: [
    /^\s*DEVICE\s+BHYVE ID\s+READY\s+DESCRIPTION\s*$/,
    /^[ \t>]*[a-z_][a-z_\d]*\d\s+\d{1,3}\/\d{1,3}\/\d{1,3}\s+(?:Yes|No)(?:\s|$)/,
  ],
  commands: [/^(?:\S*\/)?vm passthru\b/],
  fileNames: [/(?:^|[/_-])vm[_-]passthru[\w.-]*$/],
  parse(text) {
    const devices: VmPassthruDevice[] = [];
    const elided: VmPassthruFacts['elided'] = [];
    const problems: Problem[] = [];
    const descriptions: string[] = [];
    let header = false;
    /** width of the line before, when it could go on */
    let width = 0;
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      const match = ROW.exec(raw);
      if (match) {
        const unitName = match[1]! + match[2]!;
        const bdf = match[3]!;
        if (!parseBhyveBdf(bdf) && problems.length < MAX_PROBLEMS) {
          problems.push({ line, message: `${bdf} is no PCI address` });
        }
        const ready = match[4] as 'Yes' | 'No';
        descriptions.push(match[5] ?? '');
        devices.push({
          line,
          unitName,
          driver: match[1] === 'none' ? null : match[1]!,
          unit: Number(match[2]),
          bdf,
          ready,
          description: null,
          row: `${unitName} ${bdf} ${ready}`,
          binding: `${unitName} ${ready}`,
          label: '',
        });
        width = raw.length;
        return;
      }
      if (HEADER.test(raw)) header = true;
      else if (ELISION.test(raw)) elided.push({ line, text: raw.trim() });
      else if (width >= WRAPPED_WIDTH && raw.trim() !== '' && !/^\s*\S*[#$%>] /.test(raw)) {
        // The terminal broke the row at its last column, blanks included, so the halves are put together as they are.
        descriptions[descriptions.length - 1] += raw;
        width = raw.length;
        return;
      }
      width = 0;
    });
    devices.forEach((device, at) => {
      const description = descriptions[at]!.replace(/\s+/g, ' ').trim();
      device.description = description === '-' || description === '' ? null : description;
      device.label = [device.unitName, device.bdf, device.description].filter((part) => part !== null).join(' ');
    });
    if (devices.length === 0 && !header) return { facts: undefined, problems };
    return { facts: { devices, rowCount: devices.length, elided }, problems };
  },
});
