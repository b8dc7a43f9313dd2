import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';

function watch(isTTY: boolean) {
  const written: string[] = [];
  let time = 1000;
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
  const progress = startProgress(stream, () => time);
  return { written, progress, wait: (ms: number) => (time += ms) };
}

describe('the progress line', () => {
  it('is shown on a terminal when half a second has passed, and wiped at the end', () => {
    const { written, progress, wait } = watch(true);
    progress.say('reading');
    wait(499);
    progress.say('looking');
    expect(written).toEqual([]);
    wait(1);
    progress.say('judging');
    expect(written).toEqual(['\r\u001b[Kjudging ...']);
    progress.end();
    progress.end();
    expect(written.at(-1)).toBe('\r\u001b[K');
    expect(written.length).toBe(2);
  });

  it('of quick work is never shown', () => {
    const { written, progress } = watch(true);
    progress.say('reading');
    progress.end();
    expect(written).toEqual([]);
  });

  it('is not written into a file or pipe', () => {
    const { written, progress, wait } = watch(false);
    wait(10_000);
    progress.say('reading');
    progress.end();
    expect(written).toEqual([]);
  });
});
