import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiteralFinder } from '../../src/scan/literals.ts';

const find = (literals: readonly string[], text: string, from = 0, end = text.length): number =>
  createLiteralFinder(literals).find(Buffer.from(text, 'latin1'), from, end);

/** The slow way: the smallest offset at which one of the strings is complete. */
const naive = (literals: readonly string[], text: string, from: number, end: number): number => {
  const ends = literals.flatMap((literal) => {
    const at = text.slice(0, end).indexOf(literal, from);
    return at === -1 ? [] : [at + literal.length - 1];
  });
  return ends.length === 0 ? -1 : Math.min(...ends);
};

describe('a literal', () => {
  it.each<[string[], string, number]>([
    [['ppt0'], 'xx ppt0: y', 6],
    [['abcd', 'bc'], 'abcd', 2],
    [['bc', 'abcd'], 'abcd', 2],
    [['abcd', 'abc'], 'abcd', 2],
    [['abc', 'abcd'], 'abcd', 2],
    [['aab'], 'aaaab', 4],
    [['he', 'she', 'his', 'hers'], 'ushers', 3],
    [['abab', 'babb'], 'ababb', 3],
    [['x'], '', -1],
    [[], 'abc', -1],
    [['abc'], 'ab', -1],
    [['é~'], 'caf\u00e9~', 4],
  ])('%j in %j is complete at %i', (literals, text, offset) => {
    expect(find(literals, text)).toBe(offset);
  });

  it('lies between the offsets asked for', () => {
    expect(find(['ab'], 'ab ab', 1)).toBe(4);
    expect(find(['ab'], 'ab ab', 0, 1)).toBe(-1);
    expect(find(['ab'], 'ab ab', 1, 4)).toBe(-1);
  });

  it('is found as the slow way finds it', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), text, fc.nat(60), fc.nat(60), (literals, haystack, a, b) => {
        const from = Math.min(a, b, haystack.length);
        const end = Math.min(Math.max(a, b), haystack.length);
        expect(find(literals, haystack, from, end)).toBe(naive(literals, haystack, from, end));
      }),
      { numRuns: 2000 },
    );
  });
});
