import { describe, expect, it } from 'vitest';
import { type Content, html, join, link, raw } from '../../src/web/html.ts';
import { visible } from '../../src/web/safe-text.ts';
import fc from '../support/property.ts';

const shown = (content: Content): string => html`${content}`.toString();

describe('html', () => {
  it('escapes text and attribute values', () => {
    const hostile = `"><script>alert('1 & 2')</script>`;
    expect(html`<p title="${hostile}">${hostile}</p>`.toString()).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;</p>',
    );
  });

  it('leaves fragments, also in lists, as they are', () => {
    expect(shown([html`<b>${'<'}</b>`, ' & ', [raw('<i>x</i>')]])).toBe('<b>&lt;</b> &amp; <i>x</i>');
  });

  it('shows numbers, and nothing for what is missing or false', () => {
    expect(shown([0, 1.5, null, undefined, false, ''])).toBe('01.5');
  });

  it('takes no object from data for markup', () => {
    const spoof = JSON.parse('{"markup": "<b>"}') as Content;
    expect(shown(spoof)).not.toContain('<');
  });

  it('refuses a value in an attribute without quotes', () => {
    expect(() => html`<p title=${'x onclick=y'}></p>`).toThrow('no quotes');
    expect(html`<p>a = <b>${'x'}</b></p>`.toString()).toContain('a = <b>x');
  });

  it('drops what would not be seen', () => {
    expect(shown('a\u0000b\u202ec\u200bd\te\nf')).toBe('a b c d\te\nf');
  });

  it('joins', () => {
    expect(shown(join(['a', html`<b>`, 'c'], ' | '))).toBe('a | <b> | c');
  });

  it('never lets text become markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>&"\'=/ \u0000\u202e;#x'), maxLength: 20 }), (text) => {
        expect(shown(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

describe('link', () => {
  it.each([
    'javascript:alert(1)',
    'http://plain.example',
    'https://a.example/"onclick="x',
    'https://a.example/ b',
    'data:text/html,x',
  ])('does not link %s', (address) => expect(link(address).toString()).not.toContain('<a'));

  it('links a plain address', () =>
    expect(link('https://reviews.freebsd.org/D51892').toString()).toBe(
      '<a href="https://reviews.freebsd.org/D51892" rel="noreferrer">https://reviews.freebsd.org/D51892</a>',
    ));
});

describe('visible', () => {
  it('names characters that are not seen', () => {
    const text = shown(visible('a\u202eb\u001b[1m<\tc'));
    expect(text).toContain('>U+202E<');
    expect(text).toContain('>U+001B<');
    expect(text).toContain('[1m&lt;\tc');
  });

  it('leaves ordinary text alone', () => expect(shown(visible('Grüße 漢字 \t x'))).toBe('Grüße 漢字 \t x'));
});
