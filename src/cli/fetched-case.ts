import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchFile, FetchError } from '../matrix/update-fetch.ts';
import { analyzeCase, type CaseOptions, type CaseResult, failedCase } from './case.ts';
import { EXIT } from './errors.ts';

/** `https://`, `file://`: what looks like an address is never taken for a path. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/** For connecting, for the head of an answer and between two parts of it. */
const TIMEOUT_MS = 30_000;
const TOTAL_MS = 300_000;

/** Analyses what lies at a path or at an address. Never throws. */
export async function analyzePlace(place: string, options: CaseOptions, maxBytes: number): Promise<CaseResult> {
  if (place === '-') return failedCase(place, { message: '-: name a path or an address', exit: EXIT.input });
  if (!ADDRESS.test(place)) {
    // Reading a pipe or a device may never end, and not even let itself be ended.
    const info = await stat(place).catch(() => undefined);
    if (info === undefined || info.isFile() || info.isDirectory()) return analyzeCase(place, options);
    return failedCase(place, { message: 'is neither a file nor a folder', exit: EXIT.input });
  }
  let folder: string | undefined;
  try {
    const bytes = await fetched(place, maxBytes);
    folder = await mkdtemp(join(tmpdir(), 'gpudiag-fetched-'));
    const path = join(folder, nameIn(place));
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
    return await analyzeCase(path, options, place);
  } catch (error) {
    const exit = error instanceof FetchError ? EXIT.unavailable : EXIT.bug;
    return failedCase(place, { message: (error as Error).message, exit });
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function fetched(place: string, maxBytes: number): Promise<Buffer> {
  const { username, password } = URL.canParse(place) ? new URL(place) : { username: '', password: '' };
  if (username !== '' || password !== '') throw new FetchError('an address with a user or a password is not fetched');
  const answer = await fetchFile(place, { maxBytes, timeoutMs: TIMEOUT_MS, totalMs: TOTAL_MS });
  if (answer.unchanged) throw new FetchError('the server sends nothing');
  return answer.bytes;
}

/** The last part of the path: a name helps to tell kinds. It came from outside, so only harmless characters are kept. */
function nameIn(place: string): string {
  const name = new URL(place).pathname
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_');
  return /^\.*$/.test(name) ? 'bundle' : name.slice(-100);
}
