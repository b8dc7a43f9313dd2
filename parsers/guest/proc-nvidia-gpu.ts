/**
 * `/proc/driver/nvidia/gpus/<bdf>/information`, one GPU or several behind one another (`cat` of all). The file
 * exists once the driver accepted the device, so it separates a failed probe from a failed initialisation: before the first
 * successful one the UUID and the Video BIOS are written as question marks. Written by nv_procfs_read_gpu_info() in
 * kernel-open/nvidia/nv-procfs.c; the columns of old branches use blanks, those of new ones tabs.
 *
 * ```text
 * Model: 		 Tesla P40
 * IRQ:   		 32
 * GPU UUID: 	 GPU-????????-????-????-????-????????????
 * Video BIOS: 	 ??.??.??.??.??
 * Bus Type: 	 PCIe
 * DMA Size: 	 47 bits
 * DMA Mask: 	 0x7fffffffffff
 * Bus Location: 	 0000:00:07.0
 * Device Minor: 	 0
 * GPU Firmware: 	 N/A
 * GPU Excluded:	 No
 * ```
 * ```json
 * { "gpus": [{ "line": 1, "model": "Tesla P40", "irq": 32, "uuid": null, "videoBios": null, "busType": "PCIe", "dmaBits": 47,
 *   "bdf": "0000:00:07.0", "minor": 0, "firmware": null, "excluded": false, "initialised": false,
 *   "fields": { "Video BIOS": "??.??.??.??.??" } }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { dictionary } from '../lib/records.ts';
import { splitLines } from '../lib/lines.ts';

export interface ProcNvidiaGpu extends Located {
  model?: string;
  /** 0: the device has no interrupt line */
  irq?: number;
  /** null while the driver shows question marks */
  uuid?: string | null;
  videoBios?: string | null;
  busType?: string;
  dmaBits?: number;
  dmaMask?: string;
  bdf?: string;
  minor?: number;
  /** GSP firmware version; null when `N/A` */
  firmware?: string | null;
  excluded?: boolean;
  /** false while UUID or Video BIOS are unknown: the adapter was never initialised */
  initialised?: boolean;
  /** every line as written */
  fields: Record<string, string>;
}

export interface ProcNvidiaGpuFacts {
  gpus: ProcNvidiaGpu[];
}

const MAX_GPUS = 64;
const MAX_LINE = 1024;
const unknown = (value: string): boolean => /\?{2}/.test(value);

/** Each line's label and what it says. */
const FIELDS: Record<string, (gpu: ProcNvidiaGpu, value: string) => void> = {
  Model: (gpu, value) => (gpu.model = value),
  IRQ: (gpu, value) => {
    if (/^\d{1,7}$/.test(value)) gpu.irq = Number(value);
  },
  'GPU UUID': (gpu, value) => (gpu.uuid = unknown(value) ? null : value),
  'Video BIOS': (gpu, value) => (gpu.videoBios = unknown(value) ? null : value),
  'Bus Type': (gpu, value) => (gpu.busType = value),
  'Card Type': (gpu, value) => (gpu.busType = value),
  'DMA Size': (gpu, value) => {
    const bits = /^(\d{1,3}) bits/.exec(value);
    if (bits) gpu.dmaBits = Number(bits[1]);
  },
  'DMA Mask': (gpu, value) => (gpu.dmaMask = value.toLowerCase()),
  'Bus Location': (gpu, value) => {
    const bdf = normaliseLinuxBdf(value);
    if (bdf !== undefined) gpu.bdf = bdf;
  },
  'Device Minor': (gpu, value) => {
    if (/^\d{1,4}$/.test(value)) gpu.minor = Number(value);
  },
  'GPU Firmware': (gpu, value) => (gpu.firmware = value === 'N/A' ? null : value),
  'GSP Firmware': (gpu, value) => (gpu.firmware = value === 'N/A' ? null : value),
  'GPU Excluded': (gpu, value) => (gpu.excluded = value === 'Yes'),
  Blacklisted: (gpu, value) => (gpu.excluded = value === 'Yes'),
};

const LINE = /^\s{0,40}([A-Z][A-Za-z ]{1,20}):\s{0,40}(\S.{0,200}?)\s*$/;
/** `==> /proc/driver/nvidia/gpus/0000:00:06.0/information <==`, or the path that a grep puts before every line */
const PATH = /gpus\/([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/information:?/i;

export default defineParser<ProcNvidiaGpuFacts>({
  kind: 'proc-nvidia-gpu',
  side: 'guest',
  title: 'GPUs the NVIDIA driver accepted',
  source: '/proc/driver/nvidia/gpus/<bdf>/information',
  markers: [
    /^\s{0,40}Model:\s{1,40}(?:NVIDIA|GeForce|Tesla|Quadro|GRID|TITAN|RTX|NVS|ION|Unknown|Graphics Device|[A-Z]\d{1,3}\b)/,
    /^\s{0,40}IRQ:\s{1,40}\d{1,7}\s*$/,
    /^\s{0,40}GPU UUID:\s{1,40}GPU-[\w?*-]{8}/,
    /^\s{0,40}Video BIOS:\s{1,40}[\w?.]{8,}/,
    /^\s{0,40}(?:Bus|Card) Type:\s{1,40}(?:PCI|PCIe|AGP|PCI-?E(?:xpress)?|FPCI)\s*$/,
    /^\s{0,40}DMA Size:\s{1,40}\d{1,3} bits/,
    /^\s{0,40}DMA Mask:\s{1,40}0x[0-9a-f]+/,
    /^\s{0,40}Bus Location:\s{1,40}[0-9a-f]{4}:[0-9a-f]{2}/,
    /^\s{0,40}Device Minor:\s{1,40}\d/,
    /^\s{0,40}(?:GPU|GSP) Firmware:\s{1,40}\S/,
    /^\s{0,40}(?:GPU Excluded|Blacklisted):\s{1,40}(?:Yes|No)/,
  ],
  commands: [/\/proc\/driver\/nvidia\/(?:\.\/)?gpus\/\S*information/],
  fileNames: [/(?:^|[/_.-])(?:proc[_-](?:driver[_-])?(?:nvidia[_-])?gpu|gpu[_-]?information|information)[^/]*$/i],
  parse(text) {
    const gpus: ProcNvidiaGpu[] = [];
    let gpu: ProcNvidiaGpu | undefined;
    let pathBdf: string | undefined;
    splitLines(text).forEach((raw, i) => {
      const line = i + 1;
      if (raw.length > MAX_LINE) return;
      const path = PATH.exec(raw);
      if (path) {
        const bdf = normaliseLinuxBdf(path[1]!);
        if (bdf !== pathBdf) gpu = undefined;
        pathBdf = bdf;
      }
      const match = LINE.exec(path ? raw.slice(path.index + path[0].length) : raw);
      const label = match?.[1]?.trim();
      if (!match || label === undefined || !Object.hasOwn(FIELDS, label)) return;
      // a label seen before begins the next GPU
      if (gpu === undefined || gpu.fields[label] !== undefined) {
        if (gpus.length >= MAX_GPUS) return;
        gpu = { line, fields: dictionary<string>() };
        if (pathBdf !== undefined) gpu.bdf = pathBdf;
        gpus.push(gpu);
      }
      gpu.fields[label] = match[2]!;
      FIELDS[label]!(gpu, match[2]!);
    });
    for (const found of gpus) {
      if (found.uuid === null || found.videoBios === null) found.initialised = false;
      else if (found.uuid !== undefined && found.videoBios !== undefined) found.initialised = true;
    }
    return { facts: gpus.length === 0 ? undefined : { gpus }, problems: [] };
  },
});
