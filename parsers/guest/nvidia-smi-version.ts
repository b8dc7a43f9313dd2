/**
 * The versions of nvidia-smi and what it talks to: `nvidia-smi --version` (since about 525). From 610 on the driver is
 * called KMD and libcuda CUDA UMD; the old names then say only that they are deprecated.
 *
 * ```text
 * NVIDIA-SMI version  : 535.183.01
 * NVML version        : 535.183
 * DRIVER version      : 535.183.01
 * CUDA Version        : 12.2
 * ```
 * ```json
 * { "line": 1, "smi": "535.183.01", "nvml": "535.183", "driver": "535.183.01", "cuda": "12.2" }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';
import { smiVersions, type SmiVersions } from '../lib/nvidia-smi.ts';

export type NvidiaSmiVersionFacts = SmiVersions;

const ROW = /^\s*(NVIDIA-SMI|NVML|DRIVER|KMD|CUDA|CUDA UMD) version {0,12}: (\S.{0,100})$/i;

export default defineParser<NvidiaSmiVersionFacts>({
  kind: 'nvidia-smi-version',
  side: 'guest',
  title: 'nvidia-smi versions',
  source: 'nvidia-smi --version',
  markers: [
    /^[\s>#]*(?:NVIDIA-SMI|NVML|DRIVER|KMD) version {1,12}: \S/,
    /^[\s>#]*CUDA (?:UMD )?[vV]ersion {1,12}: (?:\d|Deprecated)/,
  ],
  commands: [/\bnvidia-smi(?:\.exe)?\s+--version\b/],
  fileNames: [/^nvidia-smi-version\b/i],
  parse(text) {
    const rows = new Map<string, string>();
    let first: number | undefined;
    for (const [index, raw] of splitLines(text).entries()) {
      const row = ROW.exec(unquote(raw));
      if (!row) continue;
      first ??= index + 1;
      rows.set(row[1]!.toUpperCase(), row[2]!.trim());
    }
    const facts =
      first === undefined
        ? undefined
        : smiVersions(first, {
            smi: rows.get('NVIDIA-SMI'),
            nvml: rows.get('NVML'),
            driver: rows.get('KMD') ?? rows.get('DRIVER'),
            cuda: rows.get('CUDA UMD') ?? rows.get('CUDA'),
          });
    return { facts, problems: [] };
  },
});
