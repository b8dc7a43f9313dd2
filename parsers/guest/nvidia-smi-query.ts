/**
 * The full log of nvidia-smi: `nvidia-smi -q`, also with `-d SECTION` and `-i N`; drivers 304 to 610.
 *
 * Sections nest by indentation; a value stands behind a colon at a fixed column (36 up to about 450, 42 up to about
 * 570, 55 later), which is not relied on. Posts lose the indentation: then a value belongs to the section last named.
 * Sections were renamed and re-ordered between releases; `parsers/lib/nvidia-smi.ts` lists the names. The format is
 * described in nvidia-smi(1), which does not promise that it stays.
 *
 * ```text
 * ==============NVSMI LOG==============
 *
 * Timestamp                                 : Sat Mar  8 10:04:51 2025
 * Driver Version                            : 535.183.01
 * CUDA Version                              : 12.2
 *
 * Attached GPUs                             : 1
 * GPU 00000000:00:06.0
 *     Product Name                          : Tesla P4
 *     Product Architecture                  : Pascal
 *     VBIOS Version                         : 86.04.8C.00.10
 *     GPU Virtualization Mode
 *         Virtualization Mode               : Pass-Through
 *     GSP Firmware Version                  : N/A
 *     PCI
 *         Device Id                         : 0x1BB310DE
 *         Bus Id                            : 00000000:00:06.0
 *     BAR1 Memory Usage
 *         Total                             : 256 MiB
 *         Used                              : 2 MiB
 *     Retired Pages
 *         Double Bit ECC                    : 0
 *         Pending Page Blacklist            : No
 * ```
 * ```json
 * {
 *   "versions": { "driver": "535.183.01", "cuda": "12.2" },
 *   "attachedGpus": 1,
 *   "gpus": [
 *     {
 *       "line": 8,
 *       "name": "Tesla P4",
 *       "bdf": "0000:00:06.0",
 *       "pciId": "10de:1bb3",
 *       "virtualization": { "line": 13, "mode": "Pass-Through" },
 *       "gspFirmware": { "line": 14, "version": null },
 *       "bar1": { "line": 19, "totalBytes": 268435456, "usedMib": 2 },
 *       "retiredPages": { "line": 23, "pending": false, "doubleBit": 0 }
 *     }
 *   ]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';
import { canonical, type SmiTreeLeaf } from '../lib/nvidia-smi.ts';
import { smiLog, type SmiLog } from '../lib/nvidia-smi-log.ts';

export type NvidiaSmiQueryFacts = SmiLog;

const HEADER_KEYS = new Set([
  'timestamp',
  'driver_version',
  'cuda_version',
  'kmd_version',
  'cuda_umd_version',
  'attached_gpus',
]);

const TITLE = /={4,}\s?NVSMI LOG\s?={4,}/;
const GPU_HEAD = /^\s*GPU ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s*$/i;
const SECTION_HEAD = /^[A-Z][\w .()/-]{0,60}$/;

/** Keys that no other tool of this field prints with a padded colon. */
const KEYS = [
  'Attached GPUs',
  'Product (?:Name|Brand|Architecture)',
  'Display (?:Mode|Attached|Active)',
  'Persistence Mode',
  'Addressing Mode',
  'Accounting Mode(?: Buffer Size)?',
  'GPU (?:UUID|PDI|Part Number|C2C Mode|Recovery Action|Current Temp|Shutdown Temp|Slowdown Temp|Max Operating Temp)',
  'Minor Number',
  'VBIOS Version',
  'MultiGPU Board',
  '(?:Virtualization|Host VGPU|vGPU Heterogeneous) Mode',
  'GSP Firmware Version',
  'Sub System Id',
  'Bus Id',
  'Replays? (?:Since Reset|Number Rollovers)',
  '[TR]x Throughput',
  'Performance State',
  'Compute Mode',
  '(?:Single|Double) Bit ECC',
  'Pending Page Blacklist',
  '(?:Un)?[Cc]orrectable Error',
  'Remapping Failure Occurred',
  '[SD]RAM (?:Unc|C)orrectable(?: Parity| SEC-DED)?',
  '(?:Average |Instantaneous )?Power Draw',
  '(?:Current |Requested |Default |Enforced |Min |Max )?Power Limit',
  'HW (?:Thermal |Power Brake )?Slowdown',
  'SW (?:Power Cap|Thermal Slowdown)',
  'Used GPU Memory',
];
const SECTIONS = [
  '(?:FB|BAR1|Conf Compute Protected) Memory Usage',
  'GPU Virtualization Mode',
  'GPU Link Info',
  'PCIe Generation',
  'Inforom Version',
  'Clocks (?:Throttle|Event) Reasons',
  'E[Cc][Cc] (?:Mode|Errors)',
  'Retired Pages',
  'Remapped Rows',
  '(?:GPU |Module )?Power Readings',
  'MIG (?:Mode|Device)',
];

const MARKERS = [
  TITLE,
  /^[\s>#]*GPU [0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]\s*$/,
  new RegExp(`^[\\s>#]*(?:${KEYS.join('|')})\\s{2,}: `),
  // `nvidia-smi --version` prints such lines too, with the colon at column 20
  /^[\s>#]*(?:Driver|KMD|CUDA(?: UMD)?) Version\s{16,}: /,
  new RegExp(`^[\\s>#]*(?:${SECTIONS.join('|')})\\s*$`),
];

/** A non-blank line of the log: a leaf when it has a value, else the head of a section. */
interface Entry extends Located {
  indent: number;
  key: string;
  value?: string;
}

function readEntry(raw: string, line: number): Entry | undefined {
  const text = unquote(raw);
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 600) return undefined;
  const indent = text.length - text.trimStart().length;
  const colon = trimmed.indexOf(':');
  if (colon > 0 && (colon === trimmed.length - 1 || trimmed[colon + 1] === ' ')) {
    const key = trimmed.slice(0, colon).trimEnd();
    return SECTION_HEAD.test(key) || key.startsWith('vGPU ')
      ? { line, indent, key, value: trimmed.slice(colon + 1).trim() }
      : undefined;
  }
  return GPU_HEAD.test(trimmed) || SECTION_HEAD.test(trimmed) ? { line, indent, key: trimmed } : undefined;
}

/** True when most section heads are not followed by something deeper: the paste lost its indentation. */
function lostIndentation(entries: readonly Entry[]): boolean {
  const heads = entries.filter(({ value }, index) => value === undefined && index < entries.length - 1);
  const flat = entries.filter(
    ({ value, indent }, index) => value === undefined && (entries[index + 1]?.indent ?? Infinity) <= indent,
  );
  return flat.length * 2 > heads.length;
}

interface Block extends Located {
  busId?: string;
  leaves: SmiTreeLeaf[];
}

/** Sorts the entries into the header and one block a GPU. */
function readBlocks(entries: readonly Entry[]): { header: SmiTreeLeaf[]; blocks: Block[] } {
  const header: SmiTreeLeaf[] = [];
  const blocks: Block[] = [];
  const flat = lostIndentation(entries);
  let open: Entry[] = [];
  for (const entry of entries) {
    const head = entry.value === undefined ? GPU_HEAD.exec(entry.key) : null;
    if (head) {
      open = [];
      blocks.push({ line: entry.line, busId: head[1]!, leaves: [] });
      continue;
    }
    if (entry.value !== undefined && HEADER_KEYS.has(canonical(entry.key))) {
      header.push({ line: entry.line, keys: [entry.key], value: entry.value });
      continue;
    }
    if (flat) open = open.slice(-1);
    else while (open.length > 0 && open.at(-1)!.indent >= entry.indent) open.pop();
    if (entry.value !== undefined) {
      if (blocks.length === 0) blocks.push({ line: entry.line, leaves: [] });
      const keys = [...open.map(({ key }) => key), entry.key];
      blocks.at(-1)!.leaves.push({ line: entry.line, keys, value: entry.value });
    }
    if (entry.value === undefined || !flat) open.push(entry);
  }
  return { header, blocks };
}

export default defineParser<NvidiaSmiQueryFacts>({
  kind: 'nvidia-smi-query',
  side: 'guest',
  title: 'nvidia-smi full log',
  source: 'nvidia-smi -q',
  markers: MARKERS,
  commands: [/\bnvidia-smi(?:\.exe)?\s(?!.*(?:-x\b|--xml))(?:.*\s)?(?:-q|--query)(?:\s|$)/],
  fileNames: [/^nvidia-smi-q\b/i],
  parse(text) {
    const lines = splitLines(text);
    const ours = lines.some((raw) => MARKERS.some((marker) => marker.test(raw)));
    const entries = ours ? lines.flatMap((raw, index) => readEntry(raw, index + 1) ?? []) : [];
    const { header, blocks } = readBlocks(entries);
    if (header.length === 0 && blocks.length === 0) return { facts: undefined, problems: [] };
    const { log, problems } = smiLog(header[0]?.line ?? blocks[0]!.line, header, blocks);
    return { facts: log, problems };
  },
});
