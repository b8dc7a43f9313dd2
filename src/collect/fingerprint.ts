import { createHash } from 'node:crypto';
import { type FileBounds, glob, openFile, readChunks, within } from './files.ts';
import { inRoot, type Machine } from './machine.ts';

/**
 * The text of a fingerprint, which the generated script prints in the same form:
 *
 * ```text
 * SHA256 (/boot/kernel/vmm.ko) = 5891b5b5...
 * STRING (/boot/kernel/vmm.ko) "bhyve bhyve " = present
 * STRING (/boot/kernel/vmm.ko) "KVMKVMKVM" = absent
 * UNREAD (/usr/sbin/bhyve) = permission denied
 * ```
 *
 * The first line is the one of sha256(1). They say what is installed, not what runs.
 */
export async function fingerprint(
  machine: Machine,
  patterns: readonly string[],
  strings: readonly string[],
  bounds: Pick<FileBounds, 'timeLimitMs' | 'signal'>,
): Promise<string> {
  const lines: string[] = [];
  const until = performance.now() + bounds.timeLimitMs;
  for (const pattern of patterns) {
    for (const { path } of (await glob(machine, pattern)).matches) {
      const read = await hashOf(machine, path, strings, {
        ...bounds,
        timeLimitMs: Math.max(1, until - performance.now()),
      });
      if ('problem' in read) {
        if (read.problem !== 'missing') lines.push(`UNREAD (${path}) = ${read.reason}`);
        continue;
      }
      lines.push(`SHA256 (${path}) = ${read.sha256}`);
      for (const string of strings) {
        lines.push(`STRING (${path}) "${string}" = ${read.found.has(string) ? 'present' : 'absent'}`);
      }
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

async function hashOf(
  machine: Machine,
  path: string,
  strings: readonly string[],
  bounds: Pick<FileBounds, 'timeLimitMs' | 'signal'>,
): Promise<{ sha256: string; found: Set<string> } | { problem: string; reason: string }> {
  const hash = createHash('sha256');
  const found = new Set<string>();
  const overlap = Math.max(0, ...strings.map((string) => string.length)) - 1;
  let end: Buffer = Buffer.alloc(0);
  const outcome = await within(bounds, async (over) => {
    const handle = await openFile(inRoot(machine, path));
    try {
      await readChunks(handle, 0, over, (chunk) => {
        hash.update(chunk);
        // A string may lie across the border of two chunks.
        const window = Buffer.concat([end, chunk]);
        for (const string of strings) if (!found.has(string) && window.includes(string, 0, 'latin1')) found.add(string);
        end = Buffer.from(window.subarray(Math.max(0, window.length - overlap)));
      });
    } finally {
      await handle.close();
    }
  });
  if ('problem' in outcome) return outcome;
  return { sha256: hash.digest('hex'), found };
}
