import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { createKeeper, type Kept } from './keep.ts';
import { inRoot, type Machine } from './machine.ts';
import type { Keep } from './probe.ts';

/** Of a file longer than this only the end is read: what is newest in a log. */
export const READ_LIMIT = 256 * 2 ** 20;
const CHUNK = 2 ** 20;
/** Files that one pattern may give. */
const MAX_MATCHES = 256;

export type FileProblem = 'missing' | 'denied' | 'timed-out' | 'failed';

export type FileOutcome =
  | { read: true; output: Kept; durationMs: number }
  | { read: false; problem: FileProblem; reason: string; durationMs: number };

export interface FileBounds {
  timeLimitMs: number;
  keep: Keep;
  /** only these lines are kept */
  lines?: readonly string[];
  /** byte to begin at; from the beginning when the file is shorter than that by now */
  from?: number;
  signal?: AbortSignal;
}

/** Reads one file of the machine. Never rejects and never waits for a pipe, a device or a file server that is gone. */
export async function readBounded(machine: Machine, path: string, bounds: FileBounds): Promise<FileOutcome> {
  const started = performance.now();
  const since = (): number => Math.round(performance.now() - started);
  const keeper = createKeeper(bounds.keep, bounds.lines);
  let skipped = 0;
  const outcome = await within(bounds, async (over) => {
    const handle = await openFile(inRoot(machine, path));
    try {
      const { size } = await handle.stat();
      const from = bounds.from !== undefined && bounds.from <= size ? bounds.from : 0;
      skipped = Math.max(0, size - from - READ_LIMIT);
      await readChunks(handle, from + skipped, over, (chunk) => keeper.push(chunk));
    } finally {
      await handle.close();
    }
  });
  if ('problem' in outcome) return { read: false, ...outcome, durationMs: since() };
  const output = keeper.finish();
  if (skipped > 0) {
    const { keptBytes = output.seenBytes, droppedBytes = 0, droppedLines = 0 } = output.truncation ?? {};
    output.truncation = { keptBytes, droppedBytes: droppedBytes + skipped, droppedLines };
  }
  return { read: true, output, durationMs: since() };
}

/** Hands every chunk of a file to `use`, also of files whose size reads as zero, as in /proc. */
export async function readChunks(
  handle: FileHandle,
  from: number,
  over: () => boolean,
  use: (chunk: Buffer) => void,
): Promise<void> {
  // Files of /proc want to be read in order, which null stands for.
  let position: number | null = from === 0 ? null : from;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
    if (bytesRead === 0) return;
    if (over()) throw new TimeOver();
    use(buffer.subarray(0, bytesRead));
    if (position !== null) position += bytesRead;
  }
}

class TimeOver extends Error {}

/** Opens without waiting: a named pipe without a writer would hold the open for ever. */
export async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('is not a regular file');
}

/**
 * Runs `work` under the time limit. A read that hangs in the kernel cannot be ended: it is left behind, and the answer
 * does not wait for it.
 */
export async function within(
  { timeLimitMs, signal }: Pick<FileBounds, 'timeLimitMs' | 'signal'>,
  work: (over: () => boolean) => Promise<void>,
): Promise<{ done: true } | { problem: FileProblem; reason: string }> {
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    onAbort = (): void => {
      over = true;
      reject(new TimeOver());
    };
    timer = setTimeout(onAbort, timeLimitMs);
    signal?.addEventListener('abort', onAbort);
  });
  try {
    await Promise.race([work(() => over), tooLate]);
    return { done: true };
  } catch (error) {
    return problemOf(error, timeLimitMs);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort!);
  }
}

function problemOf(error: unknown, timeLimitMs: number): { problem: FileProblem; reason: string } {
  if (error instanceof TimeOver) return { problem: 'timed-out', reason: `not read within ${timeLimitMs / 1000} s` };
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENXIO')
    return { problem: 'missing', reason: 'no such file' };
  if (code === 'EACCES' || code === 'EPERM') return { problem: 'denied', reason: 'permission denied' };
  return { problem: 'failed', reason: code ?? message };
}

/** A file that a pattern found. */
export interface Match {
  /** path on the machine */
  path: string;
  /** what the stars stood for, joined by `/` */
  name: string;
}

/**
 * Files that match a pattern, sorted by path. `*` stands for any characters within one name, except for a dot at its
 * beginning, as in sh. A folder that is not there or not readable gives nothing; `denied` says whether there was one.
 */
export async function glob(machine: Machine, pattern: string): Promise<{ matches: Match[]; denied: boolean }> {
  let denied = false;
  let found: { path: string; stars: string[] }[] = [{ path: '', stars: [] }];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    if (!part.includes('*')) {
      found = found.map(({ path, stars }) => ({ path: `${path}/${part}`, stars }));
      continue;
    }
    const regex = starred(part);
    const next: typeof found = [];
    for (const { path, stars } of found) {
      let names: string[] = [];
      try {
        names = await readdir(inRoot(machine, path));
      } catch (error) {
        denied ||= /^(?:EACCES|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? '');
      }
      for (const name of names.sort()) {
        const match = regex.exec(name);
        if (match !== null && next.length < MAX_MATCHES)
          next.push({ path: `${path}/${name}`, stars: [...stars, match[1]!] });
      }
    }
    found = next;
  }
  return { matches: found.map(({ path, stars }) => ({ path, name: stars.join('/') })), denied };
}

/** The stars of one name become one match: what lies between its fixed beginning and its fixed end. */
function starred(part: string): RegExp {
  const escaped = part.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const [first = '', last = ''] = [escaped[0], escaped.at(-1)];
  const middle = escaped.slice(1, -1).map((text) => `${text}.*`);
  return new RegExp(`^${first}(${first === '' ? '(?!\\.)' : ''}.*${middle.join('')})${last}$`);
}
