import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is there. */
export async function until<T>(look: () => T | undefined, milliseconds = 30_000): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error('waited in vain');
    await sleep(50);
  }
}
