/**
 * The kernel's name as FreeBSD prints it: first line of `kern.version`, of the boot messages and of uname -v.
 * Source of the grammar: sys/conf/newvers.sh. Seen forms, old to new:
 *
 *     FreeBSD 11.4-RELEASE #0 r362094: Fri Jun 12 18:27:15 UTC 2020
 *     FreeBSD 12.1-RELEASE-p8-HBSD #0  b3665671c4d(stable/20.7)-dirty: Thu Aug 27 05:58:53 CEST 2020
 *     FreeBSD 14.0-CURRENT #0 main-n247405-8fa5c577de3: Thu Jun 17 07:18:21 UTC 2021
 *     FreeBSD 15.0-RELEASE-p3 releng/15.0-n281008-5cf7232732d5 GENERIC amd64
 */
export interface KernelName {
  /** `15.0-RELEASE-p3`, with the suffix of a derivative (`12.1-RELEASE-p9-HBSD`) */
  release: string;
  /** source revision as printed: `releng/15.0-n281008-5cf7232732d5`, `r356081M` */
  revision?: string;
  /** the tree had local changes (`-dirty`, svn's M): a self-built kernel */
  modified?: boolean;
  /** kernel configuration, `GENERIC` */
  ident?: string;
  /** `amd64`, `arm64` */
  arch?: string;
  /** date of the build as printed */
  built?: string;
}

const NAME = /^FreeBSD (\d{1,2}\.\d{1,2}(?:\.\d{1,2})?-[A-Z][A-Za-z0-9.-]{0,60})(?: |$)/;
const ARCHITECTURES = new Set(
  'amd64 i386 arm64 aarch64 armv6 armv7 powerpc powerpc64 powerpc64le powerpcspe riscv64 sparc64 mips mips64 pc98'.split(
    ' ',
  ),
);
const GIT_REVISION = /^(?:\S{1,100}-)?n\d{1,7}-[0-9a-f]{6,40}(?:-dirty)?$/;
const SVN_REVISION = /^r\d{4,7}(?::\d{4,7})?[MSP]{0,3}$/;
const BARE_HASH = /^[0-9a-f]{7,40}(?:\([^\s()]{1,60}\))?(?:-dirty)?$/;

const isRevision = (word: string): boolean =>
  GIT_REVISION.test(word) || SVN_REVISION.test(word) || BARE_HASH.test(word);

/** Reads a line that begins with the kernel's name; undefined when it does not. */
export function readKernelName(line: string): KernelName | undefined {
  const match = NAME.exec(line);
  if (!match) return undefined;
  const name: KernelName = { release: match[1]! };
  let rest = line.slice(match[0].length, 400).trim();
  const date = /^([^:]*?):? ((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d{1,2} .*)$/.exec(rest);
  if (date) {
    rest = date[1]!;
    name.built = date[2]!;
  }
  for (const word of rest.split(/\s+/)) {
    if (word === '' || word.startsWith('#')) continue;
    if (isRevision(word)) {
      name.revision = word;
      name.modified = word.endsWith('-dirty') || /^r[\d:]+M/.test(word);
    } else if (ARCHITECTURES.has(word)) name.arch = word;
    else if (/^[A-Za-z][\w.-]*$/.test(word)) name.ident ??= word;
  }
  return name;
}

/** The indented line below it in older kernels: `root@host:/usr/obj/usr/src/amd64.amd64/sys/GENERIC amd64`. */
export function readBuildPath(line: string): Pick<KernelName, 'ident' | 'arch'> | undefined {
  const match = /^\s*[\w.-]+@[\w.-]+:(\/\S{1,300})(?:\s+(\w{1,16}))?\s*$/.exec(line);
  if (!match) return undefined;
  const path = match[1]!.split('/');
  const arch = match[2] !== undefined && ARCHITECTURES.has(match[2]) ? match[2] : undefined;
  return { ident: path.at(-1)!, arch };
}
