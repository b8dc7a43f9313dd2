import { createHash } from 'node:crypto';
import { createSifter } from '../scan/sift.ts';
import type { Budget } from './budget.ts';
import { tooLarge } from './failure.ts';
import { HEAD } from './kinds.ts';
import { LIMITS } from './limits.ts';
import { mayBeLog } from './log-head.ts';
import type { Pieces } from './pieces.ts';

/** Of a log that was too long to be kept whole what there was. */
export interface LongLog {
  /** for each line of the bytes kept its number in the log */
  lineNumbers: Uint32Array;
  bytes: number;
  lines: number;
  sha256: string;
}

export interface Gathered {
  bytes: Uint8Array;
  longLog?: LongLog;
}

export interface GatherOptions {
  /** a long log may be taken in in parts */
  siftLogs: boolean;
  budget: Budget;
}

/**
 * Takes in a stream: whole, or, of a long log, what tells.
 * @throws Refused for what is too large to be taken in whole and no log
 */
export async function gather(pieces: Pieces, { siftLogs, budget }: GatherOptions): Promise<Gathered> {
  const whole: Uint8Array[] = [];
  let bytes = 0;
  let kept = 0;
  let long: ReturnType<typeof createLongLog> | undefined;
  let isLog: boolean | undefined;
  try {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (long !== undefined) {
        if (bytes > LIMITS.longLogBytes) throw tooLarge(LIMITS.longLogBytes);
        budget.checkTime();
        long.push(piece);
        continue;
      }
      budget.keep(piece.length);
      kept += piece.length;
      whole.push(piece);
      if (bytes <= LIMITS.wholeLogBytes) continue;
      isLog ??= siftLogs && mayBeLog(beginningOf(whole));
      if (isLog) {
        long = createLongLog();
        for (const part of whole.splice(0)) long.push(part);
        budget.giveBack(kept);
        kept = 0;
      } else if (bytes > LIMITS.fileBytes) throw tooLarge();
    }
    if (long === undefined) return { bytes: whole.length === 1 ? whole[0]! : Buffer.concat(whole) };
    const content = long.finish();
    budget.keep(content.bytes.length);
    return content;
  } catch (error) {
    budget.giveBack(kept);
    throw error;
  }
}

function beginningOf(chunks: readonly Uint8Array[]): Uint8Array {
  const first = chunks.findIndex((_, i) => chunks.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0) >= HEAD);
  return Buffer.concat(first === -1 ? chunks : chunks.slice(0, first + 1)).subarray(0, HEAD);
}

function createLongLog() {
  const sifter = createSifter();
  const hash = createHash('sha256');
  return {
    push(chunk: Uint8Array): void {
      hash.update(chunk);
      sifter.push(chunk);
    },
    finish(): Gathered {
      const { bytes, lineNumbers, totalBytes, totalLines } = sifter.finish();
      return { bytes, longLog: { lineNumbers, bytes: totalBytes, lines: totalLines, sha256: hash.digest('hex') } };
    },
  };
}
