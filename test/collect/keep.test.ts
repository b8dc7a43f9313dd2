import { describe, expect, it } from 'vitest';
import { createKeeper } from '../../src/collect/keep.ts';

const KEEP = { headBytes: 100, tailBytes: 100, wantedBytes: 50 };

function keep(text: string, chunk = 7, lines?: readonly string[]) {
  const keeper = createKeeper(KEEP, lines);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) keeper.push(bytes.subarray(at, at + chunk));
  return keeper.finish();
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${String(i).padStart(4, '0')}\n`).join('');

describe('what is kept of a text', () => {
  it('is all of it when it fits', () => {
    const text = `${numbered(20)}`;
    expect(text).toHaveLength(200);
    const { bytes, truncation, seenBytes } = keep(text);
    expect(bytes.toString()).toBe(text);
    expect(truncation).toBeUndefined();
    expect(seenBytes).toBe(200);
  });

  it('is head and tail in whole lines, with the cut said', () => {
    const { bytes, truncation } = keep(numbered(100));
    const lines = bytes.toString().trimEnd().split('\n');
    expect(lines.slice(0, 10)).toEqual(numbered(10).trimEnd().split('\n'));
    expect(lines[10]).toBe(
      '[gpudiag left out 80 lines (800 bytes) before this one; lines that its rules look for were kept]',
    );
    expect(lines.slice(11)).toEqual(numbered(100).trimEnd().split('\n').slice(90));
    expect(truncation).toEqual({ keptBytes: 200, droppedBytes: 800, droppedLines: 80 });
  });

  it('is the wanted lines of the middle too, in order, up to their bound', () => {
    const wanted = ['NVRM: one\n', 'NVRM: two\n', `NVRM: ${'x'.repeat(60)}\n`, 'NVRM: four\n'];
    const text = numbered(30) + wanted.join('') + numbered(30);
    const { bytes, truncation } = keep(text);
    const kept = bytes.toString();
    expect(kept).toContain('NVRM: one\nNVRM: two\nNVRM: four\n');
    expect(kept).not.toContain('xxx');
    expect(truncation!.droppedLines).toBe(41);
  });

  it('is the same however the text arrives', () => {
    const text = `${numbered(40)}NVRM: here\n${numbered(40)}without an end`;
    const whole = keep(text, text.length).bytes.toString();
    for (const chunk of [1, 2, 3, 10, 64]) expect(keep(text, chunk).bytes.toString()).toBe(whole);
    expect(whole.endsWith('without an end')).toBe(true);
  });

  it('is only the lines that were asked for', () => {
    const { bytes, seenBytes } = keep('a kernel: one\nb sshd: two\nc kernel: three\n', 5, [' kernel: ']);
    expect(bytes.toString()).toBe('a kernel: one\nc kernel: three\n');
    expect(seenBytes).toBe(bytes.length);
  });

  it('keeps bytes that are no text', () => {
    const keeper = createKeeper(KEEP);
    const bytes = Buffer.from([0, 255, 254, 10, 128, 13, 10]);
    keeper.push(bytes);
    expect(keeper.finish().bytes).toEqual(bytes);
  });
});

it('needs little memory and time for 200 MB without a single line end', () => {
  const keeper = createKeeper({ headBytes: 65_536, tailBytes: 65_536, wantedBytes: 0 });
  const chunk = Buffer.alloc(2 ** 20, 0x78);
  const before = process.memoryUsage().rss;
  const started = performance.now();
  for (let i = 0; i < 200; i += 1) keeper.push(chunk);
  const { bytes, truncation } = keeper.finish();
  expect(performance.now() - started).toBeLessThan(8000);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  expect(bytes.length).toBeLessThan(140_000);
  expect(truncation!.droppedBytes).toBeGreaterThan(199 * 2 ** 20);
});
