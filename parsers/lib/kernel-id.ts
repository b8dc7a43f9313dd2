import { type FreeBsdRelease, parseRelease } from '../../src/model/release.ts';

/**
 * What a FreeBSD kernel calls itself (sys/conf/newvers.sh), as `uname -v` and the boot banner print it:
 * `FreeBSD REL [#N] [branch-nCOUNT-HASH[-dirty]|rNNN] [: date user@host:path] [IDENT] [arch]`.
 */
export interface KernelId {
  release: FreeBsdRelease;
  /** branch, commit count and hash as printed: `releng/15.0-n280995-7aedc8de6446` */
  gitId?: string;
  /** `releng/15.0`, `stable/14`, `main`; another name means a tree of someone's own */
  branch?: string;
  commitCount?: number;
  commit?: string;
  /** built from a changed tree */
  dirty?: boolean;
  /** Subversion revision of releases before 13: `r354233` */
  revision?: string;
  /** kernel configuration: GENERIC */
  ident?: string;
  arch?: string;
}

const GIT_ID = /(?:^|\s)([A-Za-z][\w./+-]{0,100}?)-n(\d{1,9})-([0-9a-f]{7,40})(-dirty)?(?=[\s:(]|$)/;
const REVISION = /(?:^|\s)(r\d{5,7}M?)(?=[\s:]|$)/;
const ARCHITECTURE = /\s(amd64|i386|arm64|arm64\/aarch64|aarch64|riscv|riscv64|powerpc\w*|powerpc64\w*|armv[67])\s*$/;

/** `text` begins with `FreeBSD` or with the release name. Undefined when it names no release. */
export function readKernelId(text: string): KernelId | undefined {
  const release = parseRelease(text);
  if (!release) return undefined;
  const id: KernelId = { release };
  const git = GIT_ID.exec(text);
  if (git) {
    id.gitId = `${git[1]}-n${git[2]}-${git[3]}${git[4] ?? ''}`;
    id.branch = git[1]!;
    id.commitCount = Number(git[2]);
    id.commit = git[3]!;
    if (git[4] !== undefined) id.dirty = true;
  }
  const revision = REVISION.exec(text)?.[1];
  if (revision !== undefined) id.revision = revision;
  const arch = ARCHITECTURE.exec(text);
  if (arch) id.arch = arch[1]!;
  const before = (arch ? text.slice(0, arch.index) : text).trimEnd();
  // An own build ends in the path of its object directory, whose last part is the configuration.
  const last = /(?:^|\s)(?:\S+\/)?([A-Za-z][\w.-]{0,63})$/.exec(before)?.[1];
  if (
    last !== undefined &&
    parseRelease(last) === undefined &&
    !GIT_ID.test(` ${last}`) &&
    !REVISION.test(` ${last}`)
  ) {
    id.ident = last;
  }
  return id;
}
