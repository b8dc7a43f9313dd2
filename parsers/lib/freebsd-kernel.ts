/**
 * The kernel's name as the boot messages print it, in every form of the last fifteen years (sys/conf/newvers.sh and
 * what derivatives made of it):
 *
 *     FreeBSD 11.4-RELEASE #0 r360000: Mon Jun  1 12:00:00 UTC 2020
 *     FreeBSD 12.1-RELEASE-p3-HBSD #0  0a1b2c3d4e5(stable/20.1)-dirty: Tue Mar 24 11:20:31 CET 2020
 *     FreeBSD 13.1-RELEASE-p9 n245000-0a1b2c3d4e5 TRUENAS
 *     FreeBSD 14.0-CURRENT #0 main-n240123-0a1b2c3d4e5: Mon Feb  1 12:00:00 UTC 2021
 *     FreeBSD 15.0-RELEASE-p2 releng/15.0-n281005-0123456789ab GENERIC amd64
 */
import { type FreeBsdRelease, parseRelease } from '../../src/model/release.ts';
import { type KernelId, readKernelId } from './kernel-id.ts';

export interface KernelName extends Omit<KernelId, 'release'> {
  /** as printed, with the suffix of a derivative: `12.1-RELEASE-p9-HBSD` */
  release: string;
  parsedRelease?: FreeBsdRelease;
  /** date of the build as printed */
  built?: string;
}

const NAME = /^FreeBSD (\d{1,2}\.\d{1,2}(?:\.\d{1,2})?-[A-Z][A-Za-z0-9.-]{0,60})(?: |$)/;
const BUILT = / ((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]?\d .{8,40})$/;
const BARE_COUNT = /^n(\d{1,9})-([0-9a-f]{7,40})(-dirty)?$/;
const BARE_HASH = /^[0-9a-f]{7,40}(?:\([^\s()]{1,60}\))?(-dirty)?$/;
const MAX_NAME = 400;

/** Reads a line that begins with the kernel's name; undefined when it does not. */
export function readKernelName(line: string): KernelName | undefined {
  const match = NAME.exec(line);
  if (!match) return undefined;
  const whole = line.slice(0, MAX_NAME).trimEnd();
  const built = BUILT.exec(whole);
  const text = built ? whole.slice(0, built.index) : whole;
  const { release: parsedRelease, ...id } = readKernelId(text) ?? { release: parseRelease(match[1]!) };
  const name: KernelName = { release: match[1]!, parsedRelease, ...id };
  if (built) name.built = built[1]!;
  if (name.gitId === undefined && name.revision === undefined) readBareRevision(text, name);
  if (name.revision?.endsWith('M')) name.dirty = true;
  return name;
}

/** Trees without a branch name (TrueNAS) and those of HardenedBSD name only a commit. */
function readBareRevision(text: string, name: KernelName): void {
  for (const word of text.split(/[\s:]+/)) {
    const count = BARE_COUNT.exec(word);
    const hash = count ?? BARE_HASH.exec(word);
    if (!hash) continue;
    if (count) {
      name.gitId = word;
      name.commitCount = Number(count[1]);
      name.commit = count[2]!;
    } else {
      name.revision = word;
    }
    if (word.endsWith('-dirty')) name.dirty = true;
    return;
  }
}

/** The indented line below it in older kernels: `root@host:/usr/obj/usr/src/amd64.amd64/sys/GENERIC amd64`. */
export function readBuildPath(line: string): Pick<KernelName, 'ident' | 'arch'> | undefined {
  const match = /^\s*[\w.-]+@[\w.-]+:(\/\S{1,300})(?:\s+(\w{1,16}))?\s*$/.exec(line);
  if (!match) return undefined;
  return { ident: match[1]!.split('/').at(-1)!, arch: match[2] };
}
