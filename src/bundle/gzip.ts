import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Meter } from './budget.ts';
import type { Pieces } from './pieces.ts';

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** One piece of output; larger pieces than the default of 16 KiB are more than twice as fast. */
const PIECE = 1 << 20;

export interface Inflated {
  pieces: Pieces;
  /** why it ended before its time; known when the last piece was read */
  problem(): string | undefined;
  /** to be called whether or not all was read */
  close(): void;
}

/** What all members of a gzip file hold; of a truncated or damaged one what could be had, with the problem said. */
export function inflate(compressed: Pieces, meter: Meter): Inflated {
  const source = Readable.from(compressed, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: PIECE });
  // A file that cannot be read on is the gzip stream's error too, so that it reaches the reader.
  source.on('error', (error) => gunzip.destroy(error));
  // Nobody listens any more when what was read is enough.
  gunzip.on('error', () => undefined);
  source.pipe(gunzip);
  let problem: string | undefined;
  return {
    pieces: (async function* () {
      let hasBytes = false;
      try {
        for await (const piece of gunzip as AsyncIterable<Buffer>) {
          meter.unpacked(piece.length);
          hasBytes = true;
          yield piece;
        }
      } catch (error) {
        const code = String((error as NodeJS.ErrnoException).code);
        if (!code.startsWith('Z_')) throw error;
        const what = code === 'Z_BUF_ERROR' ? 'is a truncated gzip file' : 'is a damaged gzip file';
        problem = hasBytes ? `${what}; the part before was read` : what;
      }
    })(),
    problem: () => problem,
    close() {
      source.destroy();
      gunzip.destroy();
    },
  };
}
