/**
 * The device list of nvidia-smi: `nvidia-smi -L`. MIG instances stand indented below their GPU. Drivers before about
 * 270 print the serial number instead of the UUID. A MIG UUID of drivers before 470 names GPU and instances
 * (`MIG-GPU-.../7/0`). See nvidia-smi(1), -L.
 *
 * ```text
 * GPU 0: NVIDIA A30 (UUID: GPU-6e7a41d0-9c1f-4f0e-8d27-31b5c2aa0f19)
 *   MIG 1g.6gb      Device  0: (UUID: MIG-0d4a8f6b-2c1e-5b7d-9f3a-6c5e4d3b2a19)
 * GPU 1: Tesla K20m (S/N: 0324512099999)
 * ```
 * ```json
 * {
 *   "gpus": [
 *     { "line": 1, "index": 0, "name": "NVIDIA A30", "uuid": "GPU-6e7a41d0-9c1f-4f0e-8d27-31b5c2aa0f19" },
 *     { "line": 3, "index": 1, "name": "Tesla K20m", "serial": "0324512099999" }
 *   ],
 *   "migDevices": [{ "line": 2, "gpu": 0, "index": 0, "profile": "1g.6gb" }]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';

export interface ListedGpu extends Located {
  index: number;
  name: string;
  uuid?: string;
  serial?: string;
}

export interface ListedMigDevice extends Located {
  /** index of the GPU it is listed under; missing when the excerpt begins below it */
  gpu?: number;
  index: number;
  /** `1g.6gb`: compute slices and memory */
  profile: string;
  uuid: string;
}

export interface NvidiaSmiListFacts extends Located {
  gpus: ListedGpu[];
  migDevices: ListedMigDevice[];
}

const MAX_ROWS = 500;
const GPU = /^\s*GPU (\d{1,3}): (\S.{0,120}?) \((?:UUID: (GPU-[\w-]{4,64})|S\/N: (\w{1,32}))\)\s*$/;
const MIG = /^\s*MIG ([\w.+]{1,24})\s+Device\s+(\d{1,3}): \(UUID: (MIG-[\w/-]{4,96})\)\s*$/;

export default defineParser<NvidiaSmiListFacts>({
  kind: 'nvidia-smi-list',
  side: 'guest',
  title: 'nvidia-smi device list',
  source: 'nvidia-smi -L',
  markers: [
    /^[\s>#]*GPU \d{1,3}: .{1,120} \((?:UUID: GPU-|S\/N: \w)/,
    /^[\s>#]*MIG [\w.+]+\s+Device\s+\d+: \(UUID: MIG-/,
  ],
  commands: [/\bnvidia-smi(?:\.exe)?\s+(?:-L|--list-gpus)\b/],
  fileNames: [/^nvidia-smi-L\b/i],
  parse(text) {
    const gpus: ListedGpu[] = [];
    const migDevices: ListedMigDevice[] = [];
    for (const [number, raw] of splitLines(text).entries()) {
      const line = number + 1;
      const gpu = GPU.exec(unquote(raw));
      const mig = MIG.exec(unquote(raw));
      if (gpu && gpus.length < MAX_ROWS) {
        const [, index, name, uuid, serial] = gpu;
        gpus.push({ line, index: Number(index), name: name!, uuid, serial });
      }
      if (mig && migDevices.length < MAX_ROWS) {
        const [, profile, index, uuid] = mig;
        migDevices.push({ line, gpu: gpus.at(-1)?.index, index: Number(index), profile: profile!, uuid: uuid! });
      }
    }
    const first = Math.min(gpus[0]?.line ?? Infinity, migDevices[0]?.line ?? Infinity);
    return { facts: first === Infinity ? undefined : { line: first, gpus, migDevices }, problems: [] };
  },
});
