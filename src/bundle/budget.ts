import { formatSize } from '../model/size.ts';
import { Exhausted, Refused } from './failure.ts';
import { LIMITS, type ReadLimits } from './limits.ts';

/** What may still be read in one run over all inputs. */
export interface Budget {
  /** counts bytes that stay in memory @throws Refused when they are too many; then they do not count */
  keep(bytes: number): void;
  /** bytes that were counted and are not kept after all */
  giveBack(bytes: number): void;
  /** counts a file, link or folder @throws Exhausted when there are too many */
  entry(): void;
  /** @throws Exhausted when the time is over */
  checkTime(): void;
  /** waits for something that takes its time, which does not count */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** counts how much one compressed input unpacks to, together with all that is compressed inside it */
  meter(): Meter;
}

export interface Meter {
  /** compressed bytes that came from outside */
  read(bytes: number): void;
  /** bytes that came out of a decompressor @throws Exhausted when they are too many for what was read */
  unpacked(bytes: number): void;
}

/** @param now milliseconds of a clock that only goes forward */
export function createBudget(
  { maxBytes, maxEntries, maxRatio, maxSeconds }: ReadLimits,
  now: () => number = () => performance.now(),
): Budget {
  let kept = 0;
  let entries = 0;
  let deadline = now() + maxSeconds * 1000;
  return {
    keep(bytes) {
      if (kept + bytes > maxBytes) {
        throw new Refused(
          `was left out: all files together are larger than the ${formatSize(maxBytes)} that are read (--max-bytes)`,
        );
      }
      kept += bytes;
    },
    giveBack(bytes) {
      kept -= bytes;
    },
    entry() {
      entries += 1;
      if (entries > maxEntries) {
        throw new Exhausted(
          `holds more than the ${maxEntries} entries that are read; the rest was left out (--max-entries)`,
        );
      }
    },
    checkTime() {
      if (now() > deadline) {
        throw new Exhausted(`was not read to its end: reading took longer than ${maxSeconds} s (--max-seconds)`);
      }
    },
    async wait(promise) {
      const started = now();
      const result = await promise;
      deadline += now() - started;
      return result;
    },
    meter() {
      let [read, unpacked] = [0, 0];
      return {
        read(bytes) {
          read += bytes;
        },
        unpacked(bytes) {
          unpacked += bytes;
          if (unpacked > LIMITS.anyRatioBytes && unpacked > read * maxRatio) {
            throw new Exhausted(
              `unpacks to more than ${maxRatio} times its size, as a decompression bomb does; it was not read to its end (--max-ratio)`,
            );
          }
        },
      };
    },
  };
}
