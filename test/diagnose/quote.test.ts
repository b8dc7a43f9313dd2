import { describe, expect, it } from 'vitest';
import { createQuoter } from '../../src/diagnose/quote.ts';

const TEXTS = new Map([
  ['a.txt', { firstLine: 1, text: 'first\n  second \u001b[31m\u202eline\t\nthird' }],
  ['empty.txt', { firstLine: 1, text: '' }],
  ['long.txt', { firstLine: 1, text: `short\n${'x'.repeat(1000)}\n` }],
  ['late.txt', { firstLine: 100, text: 'one hundred\nand one\n' }],
]);
const quoter = createQuoter(({ artifact }) => TEXTS.get(artifact));
const quote = (artifact: string, line: number): string => quoter.quote({ artifact, line });

describe('a quote', () => {
  it('is the line, whatever was asked for before', () => {
    expect([3, 1, 2, 1].map((line) => quote('a.txt', line))).toEqual([
      'third',
      'first',
      '  second  [31m line',
      'first',
    ]);
  });

  it('counts from where its text begins in the file', () => {
    expect([101, 100, 99, 102].map((line) => quote('late.txt', line))).toEqual(['and one', 'one hundred', '', '']);
  });

  it('holds nothing that a terminal would act on', () => {
    expect(quote('a.txt', 2)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('is short', () => {
    expect(quote('long.txt', 2)).toBe(`${'x'.repeat(297)}...`);
  });

  it('of what is not there is empty', () => {
    expect([
      quote('a.txt', 4),
      quote('a.txt', 0),
      quote('empty.txt', 1),
      quote('empty.txt', 9),
      quote('none.txt', 1),
    ]).toEqual(['', '', '', '', '']);
    expect(quote('a.txt', 3)).toBe('third');
  });
});

describe('evidence', () => {
  it('names each place once and shows a few', () => {
    const refs = Array.from({ length: 20 }, (_, i) => ({ artifact: 'a.txt', line: (i % 10) + 1 }));
    const evidence = quoter.evidence(refs, 'against');
    expect(evidence.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(evidence[0]).toEqual({ artifact: 'a.txt', line: 1, quote: 'first', role: 'against' });
  });
});
