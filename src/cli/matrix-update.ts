import { toSnapshot } from '../matrix/snapshot.ts';
import { readRelease, ReleaseError } from '../matrix/update-data.ts';
import { type Fetched, fetchFile, FetchError } from '../matrix/update-fetch.ts';
import { jsonText } from '../report/json-text.ts';
import { plural } from '../report/words.ts';
import {
  CacheError,
  cacheFolder,
  type CacheRecord,
  type Environment,
  clearCache,
  EMBEDDED_RELEASED,
  readRecord,
  sha256Of,
  writeCache,
} from './cached-matrix.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { VERSION } from './version.ts';

export interface UpdateFlags {
  url?: string | undefined;
  check: boolean;
  reset: boolean;
  json: boolean;
}

/** Set by the build: `OWNER/NAME` on GitHub, as package.json names the repository; empty when it names none. */
declare const GPUDIAG_REPOSITORY: string | undefined;

const LIMITS = { maxBytes: 64 * 2 ** 20, timeoutMs: 15_000, totalMs: 120_000 };
const SUM_BYTES = 4096;

/** What an update came to. */
interface UpdateResult {
  state: 'updated' | 'available' | 'current' | 'reset';
  /** when the data in use from now on was last changed */
  released: string;
  from: 'download' | 'program';
  entries?: number;
  url?: string;
}

/**
 * Fetches the published matrix, checks it and puts it into the user's cache. Whatever goes wrong, what was in use stays in
 * use. `found`: with `check`, a newer one is there.
 */
export async function matrixUpdate(
  flags: UpdateFlags,
  environment: Environment = process.env,
): Promise<{ text: string; found: boolean }> {
  const folder = ownFolder(environment);
  const result = flags.reset
    ? reset(folder)
    : await update(folder, flags.url ?? releaseAddress(environment), flags.check);
  const text = flags.json ? jsonText(result) : wordsOf(result);
  return { text, found: result.state === 'available' };
}

/** Where the newest data file is; its SHA-256 lies beside it under `.sha256`, as sha256sum writes it. */
function releaseAddress({ GPUDIAG_MATRIX_URL, GPUDIAG_MATRIX_REPO }: Environment): string {
  if (GPUDIAG_MATRIX_URL) return GPUDIAG_MATRIX_URL;
  const repository = GPUDIAG_MATRIX_REPO || (typeof GPUDIAG_REPOSITORY === 'string' ? GPUDIAG_REPOSITORY : '');
  if (/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    return `https://github.com/${repository}/releases/download/matrix/matrix.json`;
  }
  throw new ExpectedError('this build of gpudiag does not know where its project publishes the matrix', EXIT.usage, [
    '--url or GPUDIAG_MATRIX_URL name the address, GPUDIAG_MATRIX_REPO the repository (OWNER/NAME on GitHub)',
  ]);
}

function reset(folder: string): UpdateResult {
  clearCache(folder);
  return { state: 'reset', released: EMBEDDED_RELEASED, from: 'program' };
}

async function update(folder: string, url: string, check: boolean): Promise<UpdateResult> {
  const record = knownRecord(folder);
  const inUse = record !== undefined && record.released > EMBEDDED_RELEASED ? record : undefined;
  const released = inUse?.released ?? EMBEDDED_RELEASED;
  const from = inUse === undefined ? 'program' : 'download';
  try {
    const fetched = await fetchFile(url, {
      ...LIMITS,
      // Of another address the tag says nothing.
      ...(record?.etag !== undefined && record.url === url && { etag: record.etag }),
    });
    if (fetched.unchanged) return { state: 'current', released, from, url };
    await checkSum(url, fetched.bytes);
    const release = readRelease(fetched.bytes.toString('utf8'));
    const entries = release.matrix.observations.length;
    if (release.released <= released) return { state: 'current', released, from, url };
    if (check) return { state: 'available', released: release.released, from: 'download', entries, url };
    store(folder, release, url, fetched);
    return { state: 'updated', released: release.released, from: 'download', entries, url };
  } catch (error) {
    throw refusal(error, from, released);
  }
}

/** A record that this program can build on; a damaged one, or one of another version, is as good as none. */
function knownRecord(folder: string): CacheRecord | undefined {
  try {
    const record = readRecord(folder);
    return record?.version === VERSION ? record : undefined;
  } catch {
    return undefined;
  }
}

function ownFolder(environment: Environment): string {
  try {
    return cacheFolder(environment);
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    throw new ExpectedError(`no folder to keep the matrix in: ${error.message}`, EXIT.usage, [
      'run it as yourself, or set XDG_CACHE_HOME to a folder of the user who runs it (sudo -H does for root)',
    ]);
  }
}

async function checkSum(url: string, bytes: Buffer): Promise<void> {
  const place = new URL(url);
  place.pathname += '.sha256';
  const sums = await fetchFile(place.href, { ...LIMITS, maxBytes: SUM_BYTES });
  const sum = sums.unchanged ? undefined : /^[0-9a-f]{64}\b/i.exec(sums.bytes.toString('latin1').trim())?.[0];
  if (sum === undefined) throw new ReleaseError('comes without its SHA-256');
  if (sum.toLowerCase() !== sha256Of(bytes)) throw new ReleaseError('does not have the SHA-256 that stands beside it');
}

function store(
  folder: string,
  { matrix, released }: ReturnType<typeof readRelease>,
  url: string,
  { etag }: Extract<Fetched, { unchanged: false }>,
): void {
  writeCache(folder, toSnapshot(matrix), { version: VERSION, released, url, ...(etag !== undefined && { etag }) });
}

/** What went wrong, and that nothing is lost by it. */
function refusal(error: unknown, from: UpdateResult['from'], released: string): unknown {
  const stays = `${from === 'program' ? 'the matrix that came with the program' : 'the matrix fetched before'} (${day(released)}) stays in use`;
  if (error instanceof FetchError) {
    return new ExpectedError(`the matrix could not be fetched: ${error.message}`, EXIT.unavailable, [
      stays,
      '--url or GPUDIAG_MATRIX_URL name another address; HTTPS_PROXY names a proxy',
    ]);
  }
  if (error instanceof ReleaseError) {
    return new ExpectedError(`the data file that was fetched ${error.message}`, EXIT.input, [
      stays,
      'try again later, or report it to the project',
    ]);
  }
  if (error instanceof CacheError) {
    return new ExpectedError(`the matrix was fetched but not kept: ${error.message}`, EXIT.usage, [stays]);
  }
  return error;
}

const day = (released: string): string => (released.startsWith('1970') ? 'of no date' : `of ${released.slice(0, 10)}`);

function wordsOf({ state, released, from, entries }: UpdateResult): string {
  const size = entries === undefined ? '' : `, ${plural(entries, 'entry', 'entries')}`;
  switch (state) {
    case 'updated':
      return `The matrix ${day(released)}${size}, was fetched and is in use from now on.`;
    case 'available':
      return `A newer matrix is there: ${day(released)}${size}. Without --check it is fetched.`;
    case 'current':
      return `Nothing newer is there; the matrix ${day(released)}, ${from === 'program' ? 'which came with the program' : 'fetched before'}, stays in use.`;
    case 'reset':
      return `The matrix that came with the program (${day(released)}) is in use.`;
  }
}
