import { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** One piece of output; larger pieces than the default of 16 KiB are more than twice as fast. */
const CHUNK = 1 << 20;

/** All members of a gzip file; of a truncated or damaged one what could be had, with the problem said. */
export async function inflate(bytes: Uint8Array, limit: number): Promise<{ content: Uint8Array; problem?: string }> {
  try {
    return { content: gunzipSync(bytes, { maxOutputLength: limit, chunkSize: CHUNK }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return { content: new Uint8Array(), problem: `unpacks to more than ${limit} bytes and was left out` };
    }
  }
  return salvage(bytes);
}

/** What comes out before the error. The size was within its limit up to there, or the limit had been the error. */
async function salvage(bytes: Uint8Array): Promise<{ content: Uint8Array; problem: string }> {
  const chunks: Buffer[] = [];
  let truncated = false;
  try {
    for await (const chunk of Readable.from([bytes]).pipe(createGunzip({ chunkSize: 64 * 1024 })))
      chunks.push(chunk as Buffer);
  } catch (error) {
    truncated = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
  }
  const content = Buffer.concat(chunks);
  const what = truncated ? 'is a truncated gzip file' : 'is a damaged gzip file';
  return { content, problem: content.length > 0 ? `${what}; the part before was read` : what };
}
