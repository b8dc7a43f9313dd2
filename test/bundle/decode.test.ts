import { describe, expect, it } from 'vitest';
import { decode } from '../../src/bundle/decode.ts';
import fc from '../support/property.ts';

const text = (content: string | Uint8Array): string => {
  const decoded = decode(typeof content === 'string' ? Buffer.from(content) : content);
  if ('unreadable' in decoded) throw new Error(decoded.unreadable);
  return decoded.text;
};
const encodingOf = (bytes: Uint8Array): string | undefined => {
  const decoded = decode(bytes);
  return 'encoding' in decoded ? decoded.encoding : undefined;
};
const reason = (bytes: Uint8Array): string | undefined => {
  const decoded = decode(bytes);
  return 'unreadable' in decoded ? decoded.unreadable : undefined;
};

const SAMPLE = 'ppt0@pci0:1:0:0:\tclass=0x030200\r\n    device = „Grafik“\r\nend\r\n';
const CLEAN = 'ppt0@pci0:1:0:0:\tclass=0x030200\n    device = „Grafik“\nend\n';
const utf16le = (content: string): Buffer => Buffer.from(content, 'utf16le');
const utf16be = (content: string): Buffer => utf16le(content).swap16();

describe('encodings', () => {
  it.each([
    ['UTF-8', Buffer.from(SAMPLE), 'utf-8'],
    ['UTF-8 with BOM', Buffer.from(`\ufeff${SAMPLE}`), 'utf-8'],
    ['UTF-16 LE with BOM', utf16le(`\ufeff${SAMPLE}`), 'utf-16le'],
    ['UTF-16 LE without BOM', utf16le(SAMPLE), 'utf-16le'],
    ['UTF-16 BE with BOM', utf16be(`\ufeff${SAMPLE}`), 'utf-16be'],
    ['UTF-16 BE without BOM', utf16be(SAMPLE), 'utf-16be'],
  ])('%s', (_name, bytes, encoding) => {
    expect(text(bytes)).toBe(CLEAN);
    expect(encodingOf(bytes)).toBe(encoding);
  });

  it('reads what is no UTF-8 as Latin-1', () => {
    const bytes = Buffer.from('Gerät über Größe\n', 'latin1');
    expect(text(bytes)).toBe('Gerät über Größe\n');
    expect(encodingOf(bytes)).toBe('latin1');
  });

  it('keeps UTF-8 that was cut inside a character, or holds a stray byte', () => {
    const whole = Buffer.from('Temperatur: 45 °C – „warm“ ✓');
    expect(text(whole.subarray(0, -1))).toBe('Temperatur: 45 °C – „warm“ \ufffd');
    expect(text(Buffer.concat([whole, Buffer.from([0xff, 0x0a])]))).toContain('45 °C – „warm“ ✓');
  });

  it('leaves out an odd last byte of UTF-16', () => {
    expect(text(Buffer.concat([utf16be('\ufeffvmm_load'), Buffer.from([0])]))).toBe('vmm_load');
  });

  it('never throws, and never leaves an escape, a carriage return or a zero', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = decode(bytes);
        if ('text' in decoded) expect(decoded.text).not.toMatch(/[\r\u0000]|\u001b\[/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('line ends', () => {
  it.each([
    ['CRLF', 'a\r\nb\r\nc', 'a\nb\nc'],
    ['CR CR LF of a typescript of a typescript', 'a\r\r\nb\r\r\n', 'a\nb\n'],
    ['CR alone, old Mac', 'a\rb\rc\r', 'a\nb\nc\n'],
    ['LF CR', 'a\n\rb', 'a\n b'],
    ['a progress line drawn over', 'copy 10%\rcopy 99%\rdone\nnext\n', 'copy 10% copy 99% done\nnext\n'],
  ])('%s', (_name, given, expected) => {
    expect(text(given)).toBe(expected);
  });
});

describe('what terminals leave behind', () => {
  it.each([
    ['a sequence inside another', 'a\u001b\u001b[m[b', 'a[b'],
    ['a sequence that is broken off', 'a\u001b[\u0001b', 'a[\u0001b'],
    ['colours', '\u001b[1;31mNVRM\u001b[0m: \u001b[38;5;12mx\u001b[m', 'NVRM: x'],
    ['erase and cursor', 'ab\u001b[K\u001b[2;1Hcd\u001b[?2004h', 'abcd'],
    ['one-character CSI', 'a\u009b31mb', 'ab'],
    ['a title ended by BEL', '\u001b]0;root@vmhost: ~\u0007root@vmhost', 'root@vmhost'],
    ['a title ended by ST', '\u001b]2;title\u001b\\x', 'x'],
    ['a link', '\u001b]8;;https://example.org\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['device control', 'a\u001bP1$r0m\u001b\\b', 'ab'],
    ['a character set', '\u001b(Bplain\u001b)0', 'plain'],
    ['keypad modes', '\u001b=\u001b>x\u001b7\u001b8', 'x'],
    ['a typing error taken back', 'pcx\b \biconf', 'pciconf'],
    ['bold and underlined of man(1)', 'N\bNA\bAM\bME\bE _\bx_\by', 'NAME xy'],
    ['more backspaces than letters', 'ab\b\b\b\bcd', 'cd'],
    ['backspaces do not reach the line before', 'ab\n\b\bcd', 'ab\ncd'],
  ])('%s', (_name, given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it('does not swallow lines behind an escape that never ends', () => {
    expect(text('\u001b]0;title without end\nNVRM: x\n')).toContain('\nNVRM: x\n');
    expect(text('\u001b[31\nnext')).toContain('\nnext');
  });

  it('takes no time over many escapes that never end', () => {
    const started = performance.now();
    text('\u001b]0;'.repeat(100_000));
    text('\u001b['.repeat(200_000));
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

it('turns the hard spaces of web pages into spaces', () => {
  expect(text('CUDA version\u00a0: 12.2\u200b\ufeff')).toBe('CUDA version : 12.2');
});

describe('entities of web pages', () => {
  it('are the characters they stand for', () => {
    expect(text('port &lt;0x10&gt; says &quot;R&amp;D&quot; &#39;x&#39;&nbsp;y')).toBe(
      'port <0x10> says "R&D" \'x\' y',
    );
  });

  it('stay in a text that is XML itself, and what is no entity stays anywhere', () => {
    for (const own of ['<process_name>a &lt;b&gt; &amp; c</process_name>', 'a &amp;&amp; b 2>&1', 'x &lt y &copy; z'])
      expect(text(own)).toBe(own);
  });

  it('are taken once: what an entity spells is no entity', () => {
    expect(text('&amp;lt;')).toBe('&lt;');
  });
});

it('takes out the zero bytes that a crash leaves in a log', () => {
  const log = Buffer.concat([Buffer.from('before\n'), Buffer.alloc(4096), Buffer.from('after\n')]);
  expect(text(log)).toBe('before\nafter\n');
});

describe('what is no text', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'is empty'],
    ['blanks', Buffer.from(' \n\t\r\n'), 'holds nothing but blanks'],
    ['zeros', Buffer.alloc(100), 'holds nothing but blanks'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n...', 'latin1'), 'is a PNG picture, not text'],
    ['a program', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), 'is a program (ELF), not text'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'is an xz archive, not text'],
    [
      'bytes of all kinds',
      Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 37) % 256)),
      'is binary data, not text',
    ],
    ['few bytes', Buffer.from([0x80, 0x01, 0x93, 0x1c, 0x88, 0x02, 0x90, 0x41]), 'is binary data, not text'],
  ])('%s', (_name, bytes, expected) => {
    expect(reason(bytes)).toBe(expected);
  });

  it('a text with a stray control character is text', () => {
    expect(text('uname: \u0001\u0002 odd but readable, and long enough to be a line\n')).toContain('readable');
  });
});
