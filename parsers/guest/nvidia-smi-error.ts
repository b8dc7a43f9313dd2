/**
 * What nvidia-smi, NVML and the NVIDIA container tools print when they fail, and the exit status where a script noted
 * it. `NVML library version` follows the mismatch message since about driver 525. nvidia-smi exits with 0 although a
 * GPU failed when others answered.
 *
 * ```text
 * Unable to determine the device handle for GPU1: 0000:0B:00.0: Unknown Error
 * Failed to initialize NVML: Driver/library version mismatch
 * NVML library version: 550.163
 * exit=18
 * ```
 * ```json
 * {
 *   "errors": [
 *     { "line": 1, "id": "device-handle", "gpu": 1, "bdf": "0000:0b:00.0", "reason": "Unknown Error" },
 *     { "line": 2, "id": "version-mismatch", "reason": "Driver/library version mismatch" }
 *   ],
 *   "libraryVersion": { "line": 3, "version": "550.163" },
 *   "exitStatus": { "line": 4, "status": 18 }
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { readSmiError, type SmiError } from '../lib/nvidia-smi-errors.ts';

export interface NvidiaSmiErrorFacts extends Located {
  /** at most 200, in order */
  errors: SmiError[];
  /** version of libnvidia-ml, which the mismatch message adds */
  libraryVersion?: Located & { version: string };
  exitStatus?: Located & { status: number };
}

const MAX_ERRORS = 200;
const LIBRARY = /^\s*NVML library version: (\d[\d.]{0,20})/;
const EXIT = /^\s*(?:exit(?:[ _-]?(?:code|status))?|rc)\s*[=:]\s*(\d{1,3})\s*$/i;

export default defineParser<NvidiaSmiErrorFacts>({
  kind: 'nvidia-smi-error',
  side: 'guest',
  title: 'error of nvidia-smi, NVML or a container tool',
  source: 'nvidia-smi',
  markers: [
    /^\s*(?:NVIDIA-SMI (?:has failed because|could\s?n.?t find|could not find) |Failed to (?:initialize|properly shut down) NVML: )/,
    /^\s*No devices (?:were )?found\.?\s*$/,
    /^\s*NVML library version: \d/,
    /^\s*Unable to determine the device handle for (?:GPU|gpu)/,
    /nvidia-container-cli: \S/,
    /^\s*Field "[^"]{1,100}" is not a valid field to query/,
    /(?:^|\s)nvidia-smi: (?:command )?not found\s*$|^'nvidia-smi(?:\.exe)?' is not recogni[sz]ed/,
  ],
  log: true,
  parse(text) {
    const errors: SmiError[] = [];
    let libraryVersion: NvidiaSmiErrorFacts['libraryVersion'];
    let exitStatus: NvidiaSmiErrorFacts['exitStatus'];
    for (const [index, raw] of splitLines(text).entries()) {
      const line = index + 1;
      const error = readSmiError(raw, line);
      if (error && errors.length < MAX_ERRORS) errors.push(error);
      const library = LIBRARY.exec(raw);
      if (library) libraryVersion ??= { line, version: library[1]! };
      const exit = EXIT.exec(raw);
      if (exit) exitStatus ??= { line, status: Number(exit[1]) };
    }
    const first = errors[0] ?? libraryVersion;
    return { facts: first && { line: first.line, errors, libraryVersion, exitStatus }, problems: [] };
  },
});
