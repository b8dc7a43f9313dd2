import { describe, expect, it } from 'vitest';
import { PIECE_BYTES } from '../../src/scan/literals.ts';
import { createSifter, type SiftBounds, type Sifted } from '../../src/scan/sift.ts';
import fc from '../support/property.ts';

const BOUNDS: SiftBounds = { headBytes: 1000, tailBytes: 1000, first: 3, last: 2, middleBytes: 1 << 20 };

/** Gives the bytes in chunks of these sizes, over and over. */
function sift(text: string | Buffer, chunks: readonly number[] = [70_000], bounds = BOUNDS): Sifted {
  const bytes = Buffer.from(text);
  const sifter = createSifter(bounds);
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = Math.max(1, chunks[i % chunks.length]!);
    sifter.push(bytes.subarray(at, at + size));
    at += size;
  }
  return sifter.finish();
}

const linesOf = ({ bytes }: Sifted): string[] => Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);

/** Ordinary lines of about 50 bytes, numbered from 1. */
const ordinary = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, i) => `[${String(from + i).padStart(8)}.000000] eth0: link is up, full duplex`);

describe('a long log', () => {
  it('keeps its beginning, its end and the lines between that are looked for, with their numbers', () => {
    const lines = ordinary(60_000);
    lines[29_999] = 'NVRM: Xid (PCI:0000:00:06): 79, GPU has fallen off the bus.';
    const kept = sift(`${lines.join('\n')}\n`);
    const texts = linesOf(kept);
    const at = kept.lineNumbers.indexOf(30_000);
    expect(texts[at]).toBe(lines[29_999]);
    // a message may go on
    expect([...kept.lineNumbers.subarray(at, at + 3)]).toEqual([30_000, 30_001, 30_002]);
    expect(texts[0]).toBe(lines[0]);
    expect(texts.at(-1)).toBe(lines.at(-1));
    expect(kept.totalLines).toBe(60_000);
    expect(kept.totalBytes).toBe(lines.join('\n').length + 1);
    expect(texts.length).toBeLessThan(20_000);
    for (const [i, number] of kept.lineNumbers.entries()) expect(texts[i]).toBe(lines[number - 1]);
  });

  it('keeps of what comes again and again the first and the last', () => {
    const lines = ordinary(100_000);
    for (let i = 20_000; i < 80_000; i += 10) lines[i] = `NVRM: GPU at PCI:0000:00:06 number ${i}`;
    const kept = sift(lines.join('\n'));
    const between = linesOf(kept).filter((line) => line.startsWith('NVRM'));
    expect(between.slice(0, 3).map((line) => line.slice(-5))).toEqual(['20000', '20010', '20020']);
    expect(between.slice(-2).map((line) => line.slice(-5))).toEqual(['79980', '79990']);
    expect(between.length).toBeLessThan(60);
  });

  it('keeps a rare line among thousands of a common kind', () => {
    const lines = ordinary(100_000);
    for (let i = 20_000; i < 80_000; i += 5) lines[i] = `NVRM: GPU at PCI:0000:00:06 number ${i}`;
    lines[50_000] = 'NVRM: RmInitAdapter failed! (0x31:0xffff:2767)';
    expect(linesOf(sift(lines.join('\n')))).toContain(lines[50_000]);
  });

  it('cuts lines without an end and goes on after them', () => {
    const long = 'x'.repeat(3 * PIECE_BYTES);
    const lines = ['first', long, 'NVRM: after the long one', ...ordinary(30_000)];
    const kept = sift(lines.join('\n'), [100_001]);
    const texts = linesOf(kept);
    expect(texts[1]).toBe(long.slice(0, 8192));
    expect(texts[2]).toBe('NVRM: after the long one');
    expect(kept.totalLines).toBe(lines.length);
  });

  it('needs no newline at the end and bears one line, zeros or nothing', () => {
    expect(linesOf(sift('one line'))).toEqual(['one line']);
    expect(sift('').lineNumbers).toHaveLength(0);
    expect(sift(Buffer.alloc(5 * PIECE_BYTES)).totalLines).toBe(1);
    expect(sift('\n'.repeat(PIECE_BYTES + 5)).totalLines).toBe(PIECE_BYTES + 5);
  });

  it('gives lines that stand in the log at their numbers, wherever the chunks end', () => {
    const line = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...ordinary(5)) },
      fc.constantFrom('NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:06.0)', 'ppt0: attached', '', 'DMAR: \u0000fault'),
      fc.nat(20_000).map((length) => 'y'.repeat(length)),
    );
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 200, maxLength: 400 }),
        fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 5 }),
        (some, chunks) => {
          // Long enough for several pieces.
          const lines = [...Array.from({ length: 30 }, () => some).flat(), 'the end'];
          const kept = sift(lines.join('\n'), chunks);
          const texts = linesOf(kept);
          expect(texts).toHaveLength(kept.lineNumbers.length);
          let last = 0;
          for (const [i, number] of kept.lineNumbers.entries()) {
            expect(number).toBeGreaterThan(last);
            last = number;
            const whole = lines[number - 1]!;
            expect(whole.startsWith(texts[i]!)).toBe(true);
            if (whole.length <= 2000) expect(texts[i]).toBe(whole);
          }
          expect(kept.totalLines).toBe(lines.length);
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});
