/**
 * `uname -a` (also `-srm`, `-v`) of FreeBSD and of Linux; the side is told from it. uname(1), kernel id of FreeBSD in
 * sys/conf/newvers.sh. The host's name is no fact.
 *
 * ```text
 * FreeBSD build7 15.0-RELEASE-p2 FreeBSD 15.0-RELEASE-p2 releng/15.0-n281004-1f2e3d4c5b6a GENERIC amd64
 * ```
 * ```json
 * { "systems": [{ "line": 1, "system": "FreeBSD", "release": "15.0-RELEASE-p2", "gitId": "releng/15.0-n281004-1f2e3d4c5b6a",
 *                 "branch": "releng/15.0", "ident": "GENERIC", "arch": "amd64",
 *                 "parsedRelease": { "major": 15, "minor": 0, "branch": "RELEASE", "patch": 2 } }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { FreeBsdRelease } from '../../src/model/release.ts';
import type { Located } from '../../src/model/source.ts';
import { readKernelName } from '../lib/freebsd-kernel.ts';
import type { KernelId } from '../lib/kernel-id.ts';
import { splitLines } from '../lib/lines.ts';

export interface UnameSystem extends Located, Omit<KernelId, 'release'> {
  system: 'FreeBSD' | 'Linux';
  /** `15.0-RELEASE-p2`, with the suffix of a derivative if any; `6.8.0-45-generic` */
  release: string;
  /** FreeBSD only */
  parsedRelease?: FreeBsdRelease;
  /** Linux only: `#45-Ubuntu SMP PREEMPT_DYNAMIC …` */
  build?: string;
}

export interface UnameFacts {
  systems: UnameSystem[];
}

const FREEBSD_ALL = /^\s*FreeBSD (?:\S+ )?\d{1,2}\.\d{1,2}-\S+ (FreeBSD \d{1,2}\.\d{1,2}-.*)$/;
const FREEBSD_SHORT =
  /^\s*FreeBSD (?:\S+ )?(\d{1,2}\.\d{1,2}-[A-Z]+\d*(?:-p\d+)?(?: (?:amd64|arm64|i386|aarch64|riscv|powerpc\w*))?)\s*$/;
/** Date, user, host and object directory of an own build; what follows is the name of the configuration. */
const BUILD = / (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [^@]{0,60}@[^:\s]{1,255}:\/(?:\S*\/)?/;
const LINUX =
  /^\s*Linux (?:\S+ )?(\d{1,2}\.\d{1,3}[\w.+-]*)(?: (#\d.*?))?(?: (x86_64|aarch64|i[3-6]86|armv\w+|ppc64\w*|riscv64))?(?: (?:x86_64|aarch64|unknown|GNU\/Linux|i[3-6]86))*\s*$/;

function readLine(raw: string, line: number): UnameSystem | undefined {
  const freebsd = FREEBSD_ALL.exec(raw)?.[1] ?? FREEBSD_SHORT.exec(raw)?.[1];
  if (freebsd !== undefined) {
    const name = readKernelName(freebsd.startsWith('FreeBSD') ? freebsd.replace(BUILD, ' ') : `FreeBSD ${freebsd}`);
    if (!name) return undefined;
    delete name.built;
    return { line, system: 'FreeBSD', ...name };
  }
  const linux = LINUX.exec(raw);
  if (!linux || (linux[2] === undefined && linux[3] === undefined)) return undefined;
  const system: UnameSystem = { line, system: 'Linux', release: linux[1]! };
  if (linux[2] !== undefined) system.build = linux[2].slice(0, 200);
  if (linux[3] !== undefined) system.arch = linux[3];
  return system;
}

export default defineParser<UnameFacts>({
  kind: 'uname',
  side: (text) => (/^\s*Linux\s/m.test(text) ? 'guest' : 'host'),
  title: 'operating system and kernel',
  source: 'uname -a',
  markers: [
    /^\s*FreeBSD (?:\S+ )?\d{1,2}\.\d{1,2}-\S+ FreeBSD \d{1,2}\.\d{1,2}-/,
    /^\s*FreeBSD (?:\S+ )?\d{1,2}\.\d{1,2}-[A-Z]+\d*(?:-p\d+)? (?:amd64|arm64|i386|aarch64|riscv|powerpc\w*)\s*$/,
    /^\s*Linux (?:\S+ )?\d{1,2}\.\d{1,3}[\w.+-]* #\d\S* .*\b(?:SMP|PREEMPT\w*|GNU\/Linux|x86_64)\b/,
    /^\s*Linux (?:\S+ )?\d{1,2}\.\d{1,3}[\w.+-]* (?:x86_64|aarch64|i[3-6]86)\b/,
  ],
  commands: [/^(?:\S*\/)?uname\b/],
  fileNames: [/(?:^|[/_-])uname[\w.-]*$/],
  parse(text) {
    const systems = splitLines(text).flatMap((raw, index) => readLine(raw, index + 1) ?? []);
    return { facts: systems.length > 0 ? { systems } : undefined, problems: [] };
  },
});
