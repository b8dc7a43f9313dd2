import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../bundle/limits.ts';

/** What tells that an input is still the one that was analysed, without reading it. */
export interface Stamp {
  bytes: number;
  /** ISO 8601, UTC; of a folder that of its newest file */
  modified: string;
}

/** Where a result comes from. Only single files have a hash; neither a pipe nor what is missing has a source. */
export interface Source extends Stamp {
  /** lower-case hex */
  sha256?: string;
}

/** Size and time of a file, or of all files of a folder together; undefined for anything else. Never throws. */
export async function stampOf(path: string): Promise<Stamp | undefined> {
  try {
    const info = await stat(path);
    if (info.isFile()) return { bytes: info.size, modified: info.mtime.toISOString() };
    return info.isDirectory() ? await stampOfFolder(path) : undefined;
  } catch {
    return undefined;
  }
}

async function stampOfFolder(folder: string): Promise<Stamp> {
  let bytes = 0;
  let newest = 0;
  const walk = async (path: string, depth: number): Promise<void> => {
    if (depth > LIMITS.depth) return;
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const full = join(path, entry.name);
      if (entry.isDirectory()) await walk(full, depth + 1);
      else if (entry.isFile()) {
        const info = await stat(full);
        bytes += info.size;
        newest = Math.max(newest, info.mtimeMs);
      }
    }
  };
  await walk(folder, 0);
  return { bytes, modified: new Date(newest).toISOString() };
}

/** The stamp, and for a file that is read whole its hash. Never throws. */
export async function sourceOf(path: string): Promise<Source | undefined> {
  const stamp = await stampOf(path);
  if (stamp === undefined || stamp.bytes > LIMITS.fileBytes) return stamp;
  try {
    if (!(await stat(path)).isFile()) return stamp;
    return { ...stamp, sha256: await hashOf(path) };
  } catch {
    return stamp;
  }
}

/** SHA-256 of a file in lower-case hex. Throws what reading throws. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
