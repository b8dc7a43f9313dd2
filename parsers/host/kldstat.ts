/**
 * Loaded kernel modules: `kldstat`, `kldstat -v` (path and the modules inside each file), `kldstat -h` (sizes with a
 * unit), or a bare list of file names one a line. kldstat(8), sbin/kldstat/kldstat.c.
 *
 * ```text
 * Id Refs Address                Size Name
 *  1   64 0xffffffff80200000  1d34a58 kernel (/boot/kernel/kernel)
 *  3    1 0xffffffff82a18000   3e2f10 vmm.ko (/boot/kernel/vmm.ko)
 * 	Contains modules:
 * 		 Id Name
 * 		512 pci/ppt
 * ```
 * ```json
 * { "files": [{ "name": "kernel", "id": 1, "refs": 64, "address": "0xffffffff80200000", "size": 30624344, "line": 2 },
 *             { "name": "vmm.ko", "path": "/boot/kernel/vmm.ko", "line": 3,
 *               "modules": [{ "id": 512, "name": "pci/ppt", "line": 6 }] }],
 *   "names": ["kernel", "vmm.ko"] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import { parseSize } from '../../src/model/size.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface KldFile extends Located {
  /** `vmm.ko`, `kernel` */
  name: string;
  id?: number;
  refs?: number;
  address?: string;
  /** bytes */
  size?: number;
  /** where it was loaded from; `/boot/kernel` is the system's own build */
  path?: string;
  /** `-v` only */
  modules?: (Located & { id: number; name: string })[];
}

export interface KldstatFacts {
  files: KldFile[];
  names: string[];
}

const FILE =
  /^\s*(\d{1,4})\s+(\d{1,4})\s+(0x[0-9a-f]{6,16})\s+([0-9a-f]{1,12}|[\d.]{1,8}[KMGB])\s+([\w.+-]+)(?:\s+\((\/[^)]*)\))?\s*$/i;
const MODULE = /^\s+(\d{1,5})\s+([\w.-]+(?:\/[\w.-]+)*)\s*$/;
const BARE_NAME = /^\s*([A-Za-z_][\w.+-]*\.ko)\s*$/;

export default defineParser<KldstatFacts>({
  kind: 'kldstat',
  side: 'host',
  title: 'FreeBSD loaded kernel modules',
  source: 'kldstat -v',
  markers: [
    /^\s*Id Refs Address\s+Size\s+Name\s*$/,
    /^\s*\d{1,4}\s+\d{1,4}\s+0x[0-9a-fA-F]{6,16}\s+(?:[0-9a-f]{1,12}|[\d.]{1,8}[KMGB])\s+[\w.+-]+(?:\s+\(\/[^)]*\))?\s*$/,
    /^\s+Contains modules:\s*$/,
    /^\s+Id Name\s*$/,
    /^[ \t]{2,}\d{1,5} [\w.-]+\/[\w.-]+\s*$/,
    /^\s*[A-Za-z_][\w.+-]*\.ko\s*$/,
  ],
  commands: [/^(?:\S*\/)?kldstat\b/],
  fileNames: [/(?:^|[/_-])kldstat(?:[_-]?v)?(?:\.txt)?$/],
  parse(text) {
    const files: KldFile[] = [];
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      const match = FILE.exec(raw);
      if (match) {
        const size = match[4]!;
        const file: KldFile = {
          line,
          name: match[5]!,
          id: Number(match[1]),
          refs: Number(match[2]),
          address: match[3]!.toLowerCase(),
          size: /[KMG]$|^\d+\.|^\d+B$/.test(size) ? parseSize(size) : Number.parseInt(size, 16),
        };
        if (match[6] !== undefined) file.path = match[6];
        files.push(file);
        return;
      }
      const bare = BARE_NAME.exec(raw);
      if (bare) {
        files.push({ line, name: bare[1]! });
        return;
      }
      const module = MODULE.exec(raw);
      const owner = files.at(-1);
      if (module && owner?.id !== undefined)
        (owner.modules ??= []).push({ line, id: Number(module[1]), name: module[2]! });
    });
    return {
      facts: files.length > 0 ? { files, names: files.map((file) => file.name) } : undefined,
      problems: [],
    };
  },
});
