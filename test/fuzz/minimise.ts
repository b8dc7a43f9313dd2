import { check } from './check.ts';
import type { Case } from './mutate.ts';

/** Tries of making a case smaller. */
const MAX_TRIES = 400;

/** A smaller input that does the same wrong: lines go first, then bytes, in ever smaller pieces. */
export async function minimise(found: Case, what: string): Promise<Case> {
  let best = found.bytes;
  let tries = 0;
  for (const separator of ['\n', '']) {
    let parts = best.toString('latin1').split(separator);
    for (let size = Math.ceil(parts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < parts.length && tries < MAX_TRIES;) {
        const fewer = parts.toSpliced(at, size);
        const bytes = Buffer.from(fewer.join(separator), 'latin1');
        tries += 1;
        if (bytes.length > 0 && (await check({ ...found, bytes }))?.what === what) {
          parts = fewer;
          best = bytes;
        } else at += size;
      }
    }
  }
  return { ...found, bytes: best };
}
