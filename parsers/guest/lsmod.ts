/**
 * The loaded modules of a Linux guest: `lsmod`, also piped through grep, and /proc/modules, which it reads (man
 * lsmod(8), proc(5)). `lsmod` prints name, size in bytes, use count and the modules that use it.
 *
 * ```text
 * Module                  Size  Used by
 * nvidia_uvm           1519616  0
 * nvidia              56713216  2 nvidia_uvm,nvidia_modeset
 * i2c_nvidia_gpu         16384  0
 * ```
 * ```json
 * {
 *   "modules": [
 *     { "line": 2, "name": "nvidia_uvm", "sizeBytes": 1519616, "useCount": 0, "usedBy": [] },
 *     { "line": 3, "name": "nvidia", "useCount": 2, "usedBy": ["nvidia_uvm", "nvidia_modeset"] },
 *     { "line": 4, "name": "i2c_nvidia_gpu" }
 *   ],
 *   "hasHeader": true
 * }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';

export interface LoadedModule extends Located {
  name: string;
  sizeBytes: number;
  /** negative while the module is being removed; missing where the column is `-` (no unloading in this kernel) */
  useCount?: number;
  usedBy: string[];
  /** /proc/modules only: Live, Loading, Unloading */
  state?: string;
}

export interface LsmodFacts extends Located {
  modules: LoadedModule[];
  /** true when the list begins with its header: then a module that is not in it is not loaded */
  hasHeader: boolean;
}

const MAX_MODULES = 1000;
const HEADER = /^\s*Module\s+Size\s+Used by\b/;
const ROW =
  /^\s*([A-Za-z][\w-]{0,63})\s+(\d{3,12})\s+(-?\d{1,6}|-)(?:\s+((?:\[permanent\]|[\w,.-]+)(?:,\[permanent\],?)?))?\s*(?:(Live|Loading|Unloading) 0x[0-9a-f]+.{0,20})?$/;
/** Modules around a GPU: what a `lsmod | grep` shows. */
const GPU_MODULES =
  '(?:nvidia\\w*|i2c_nvidia_gpu|nouveau|drm\\w*|ttm|vfio\\w*|video|simpledrm|virtio_gpu|qxl|bochs|amdgpu|i915)';

const listOf = (text: string | undefined): string[] =>
  (text ?? '').split(',').filter((name) => name !== '' && name !== '-' && name !== '[permanent]');

export default defineParser<LsmodFacts>({
  kind: 'lsmod',
  side: 'guest',
  title: 'loaded Linux modules',
  source: 'lsmod',
  markers: [
    /^[\s>#]*Module\s+Size\s+Used by\b/,
    new RegExp(
      String.raw`^[\s>#]*${GPU_MODULES}\s+\d{4,12}\s+-?\d{1,6}(?:\s+[\w,.-]+)?\s*(?:(?:Live|Loading|Unloading) 0x.*)?$`,
    ),
    /^[\s>#]*[a-z][\w-]{1,63}\s+\d{4,12}\s+\d{1,6}\s+(?:[\w-]+,)*(?:nvidia|nouveau)\w*(?:,[\w-]+)*,?\s*$/,
    /^[\s>#]*[a-z]\w{1,63} \d{4,12} \d{1,6} \S{1,200} (?:Live|Loading|Unloading) 0x[0-9a-f]+/,
  ],
  commands: [/\blsmod\b/, /\/proc\/modules\b/],
  fileNames: [/^lsmod\b/i],
  parse(text) {
    const modules: LoadedModule[] = [];
    const problems: Problem[] = [];
    let headerLine: number | undefined;
    for (const [index, raw] of splitLines(text).entries()) {
      const line = index + 1;
      const content = unquote(raw);
      if (HEADER.test(content)) headerLine ??= line;
      const row = content.length > 2000 ? null : ROW.exec(content);
      if (!row) continue;
      if (modules.length === MAX_MODULES) {
        problems.push({ message: `only the first ${MAX_MODULES} modules were read`, line });
        break;
      }
      const [, name, size, count, users, state] = row;
      modules.push({
        line,
        name: name!,
        sizeBytes: Number(size),
        useCount: count === '-' ? undefined : Number(count),
        usedBy: listOf(users),
        state,
      });
    }
    const line = headerLine ?? modules[0]?.line;
    return {
      facts: line === undefined ? undefined : { line, modules, hasHeader: headerLine !== undefined },
      problems,
    };
  },
});
