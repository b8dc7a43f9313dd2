import { describe, expect, it } from 'vitest';
import { clean, shorten } from '../../src/model/text.ts';

describe('clean', () => {
  it.each([
    ['escape sequences lose what makes them work', '\u001b[31mred\u001b]0;title\u0007', ' [31mred ]0;title'],
    ['line breaks and tabs become spaces', 'a\r\nb\tc', 'a b c'],
    ['C1 controls and DEL', 'a\u009b31mb\u007f', 'a 31mb'],
    ['bidi marks, overrides and isolates', 'a\u202eb\u2066c\u200fd\u061ce', 'a b c d e'],
    ['zero-width characters, tags and byte order marks', 'a\u200bb\u{e0041}c\ufeffd', 'a b c d'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a b c'],
    ['halves of surrogate pairs, but not pairs', 'a\ud800b\u{1f600}', 'a b\u{1f600}'],
  ])('%s', (_, text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('leaves ordinary text alone', () => {
    expect(clean('  Grafikkarte für 漢字: “ok” é')).toBe('  Grafikkarte für 漢字: “ok” é');
  });
});

describe('shorten', () => {
  it('keeps what fits', () => {
    expect(shorten('abcdef', 6)).toBe('abcdef');
  });

  it('cuts the end', () => {
    expect(shorten('abcdefg', 6)).toBe('abc...');
  });

  it('does not cut a character in half', () => {
    expect(shorten('ab\u{1f600}cdefgh', 6)).toBe('ab...');
  });
});
