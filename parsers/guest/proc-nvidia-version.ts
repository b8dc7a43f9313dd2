/**
 * `/proc/driver/nvidia/version`: which NVIDIA kernel module is loaded, and the compiler that built it. The file exists only
 * while the module is. Written by nv_procfs_read_version() in kernel-open/nvidia/nv-procfs.c; the same since branch 71.
 *
 * ```text
 * NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build  (dvs-builder@U16)  Wed Feb 26 01:56:51 UTC 2025
 * GCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2~24.04)
 * ```
 * ```json
 * { "version": "570.124.06", "flavour": "open", "arch": "x86_64", "line": 1,
 *   "compiler": { "version": "13.3.0", "line": 2 } }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Problem } from '../../src/model/artifact.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { readBanner, type NvidiaBanner } from '../lib/nvrm.ts';

export interface ProcNvidiaVersionFacts extends NvidiaBanner, Located {
  /** what follows `NVRM version:` */
  text: string;
  compiler?: Located & { version?: string; text: string };
}

const MAX_TEXT = 300;

export default defineParser<ProcNvidiaVersionFacts>({
  kind: 'proc-nvidia-version',
  side: 'guest',
  title: 'version of the loaded NVIDIA kernel module',
  source: '/proc/driver/nvidia/version',
  markers: [/^\s{0,40}NVRM version: /, /^\s{0,40}GCC version:\s{1,4}(?:gcc|g\+\+|clang|\S+-gcc|selected_multilib)/i],
  commands: [/\/proc\/driver\/nvidia\/(?:\.\/)?version/],
  fileNames: [/(?:^|[/_.-])(?:proc[_-](?:driver[_-]nvidia[_-])?version|nvidia[_-]version)[^/]*$/i],
  parse(text) {
    const problems: Problem[] = [];
    let facts: ProcNvidiaVersionFacts | undefined;
    let compiler: ProcNvidiaVersionFacts['compiler'];
    splitLines(text).forEach((raw, i) => {
      const line = i + 1;
      const module = /\bNVRM version:\s{0,8}(.*)$/.exec(raw);
      if (module && facts === undefined) {
        const banner = readBanner(module[1]!);
        if (banner) facts = { ...banner, text: module[1]!.trim().slice(0, MAX_TEXT), line };
        else if (problems.length < 20)
          problems.push({ message: 'the driver version after "NVRM version:" cannot be read', line });
      }
      const built = /\bGCC version:\s{0,8}(.*)$/.exec(raw);
      if (built && compiler === undefined) {
        const version = /version (\d{1,3}(?:\.\d{1,3}){1,3})/.exec(built[1]!);
        compiler = { ...(version ? { version: version[1]! } : {}), text: built[1]!.trim().slice(0, MAX_TEXT), line };
      }
    });
    if (facts !== undefined && compiler !== undefined) facts.compiler = compiler;
    return { facts, problems };
  },
});
