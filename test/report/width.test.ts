import { describe, expect, it } from 'vitest';
import { cutEnd, cutStart, displayWidth, padTo, wrap } from '../../src/report/width.ts';
import fc from '../support/property.ts';

describe('displayWidth', () => {
  it.each([
    ['plain', 5],
    ['漢字', 4],
    ['한글', 4],
    ['ＡＢ', 4],
    ['ｱｲ', 2],
    ['e\u0301', 1],
    ['\u{1f600}', 2],
    ['✓ –', 3],
  ])('%s takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('cutEnd and cutStart', () => {
  it('leave alone what fits', () => {
    expect(cutEnd('abcd', 4, '…')).toBe('abcd');
    expect(cutStart('abcd', 4, '…')).toBe('abcd');
  });

  it('cut to the width with the ellipsis inside it', () => {
    expect(cutEnd('abcdefgh', 5, '...')).toBe('ab...');
    expect(cutStart('/var/log/file.txt:12', 12, '…')).toBe('…file.txt:12');
  });

  it('never show half of a wide character', () => {
    expect(cutEnd('漢字漢字', 6, '…')).toBe('漢字…');
    expect(displayWidth(cutStart('漢字漢字', 6, '…'))).toBeLessThanOrEqual(6);
  });
});

describe('padTo', () => {
  it('counts wide characters twice', () => {
    expect(padTo('漢', 4)).toBe('漢  ');
  });
});

describe('wrap', () => {
  it('breaks between words', () => {
    expect(wrap('the driver accepts the card', 12)).toEqual(['the driver', 'accepts the', 'card']);
  });

  it('keeps a command between backticks on one line', () => {
    expect(wrap('then run `pciconf -l -v -b` on it', 20)).toEqual(['then run', '`pciconf -l -v -b`', 'on it']);
  });

  it('breaks a command that is longer than the line at its spaces', () => {
    expect(wrap('`aaaa bbbb cccc`', 8)).toEqual(['`aaaa', 'bbbb', 'cccc`']);
  });

  it('breaks a word that is longer than the line where it must', () => {
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  });

  it('gives no line for nothing', () => {
    expect(wrap('  ', 10)).toEqual([]);
  });

  it('stays within the width and loses nothing but spaces', () => {
    const text = fc
      .array(
        fc.oneof(fc.constantFrom(' ', '`', 'word', '漢字', '\u{1f600}', '\u0301', '``'), fc.string({ maxLength: 30 })),
        { maxLength: 40 },
      )
      .map((parts) => parts.join('').replace(/[^\S ]/g, ''));
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 50 }), (input, width) => {
        const lines = wrap(input, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(input.replaceAll(' ', ''));
      }),
    );
  });
});
