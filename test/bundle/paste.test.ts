import { describe, expect, it } from 'vitest';
import { unwrapPaste, withoutMargin } from '../../src/bundle/paste.ts';
import { EXAMPLES, kindsIn } from '../support/identify.ts';

const unwrap = (text: string) => {
  const { lines, boundaries } = unwrapPaste(text.split('\n'));
  return { text: lines.join('\n'), boundaries };
};

describe('fences and tags', () => {
  it.each([
    ['a fence', 'a\n```\nb\n```\nc', 'a\n\nb\n\nc', [2, 4]],
    ['a fence with a language', '~~~sh\nb\n~~~', '\nb\n', [1, 3]],
    ['a tag on its own line', '[code]\nb\n[/code]\nc', '\nb\n\nc', [1, 3]],
    ['a tag on the line of the text', 'a\n[CODE=bash]b\nc[/CODE]\nd', 'a\nb\nc\nd', [1, 3]],
    ['a line in tags', '[quote="me, post: 7"][code]b[/code][/quote]', 'b', [0, 1]],
    ['what a copied page leaves', 'x\nCode:\nb', 'x\n\nb', [2]],
    [
      'fences on the lines of the text',
      'a\n```% uname -a\nFreeBSD amd64```\nc',
      'a\n% uname -a\nFreeBSD amd64\nc',
      [1, 3],
    ],
    ['a span of code alone on its line', 'it says:\n`panic: page fault`', 'it says:\npanic: page fault', []],
    ['spans of code in a list', '- `pptdevs="6/0/0"`.\n2) `kldstat`', 'pptdevs="6/0/0"\nkldstat', []],
  ])('%s', (_name, given, text, boundaries) => {
    expect(unwrap(given)).toEqual({ text, boundaries });
  });

  it.each([
    '[    1.000000] pci 0000:00:06.0: [10de:1bb3]',
    '[drm] Initialized nvidia-drm [code 43]',
    'cap 05[68] = MSI supports 1 message, 64 bit',
    'use `pciconf -lv` and ```x``` inline',
    '`pciconf -lv` and `kldstat` show it',
    "echo `kenv -q` `sysctl hw.vmm` | awk '{print $1}'",
    'ppt0: <code> at device 0.0',
  ])('leaves %s alone', (line) => {
    expect(unwrap(line)).toEqual({ text: line, boundaries: [] });
  });
});

describe('the console of a VM in the log of its container runtime', () => {
  it.each([
    [
      'time="2021-02-03T04:05:06Z" level=info msg="[    1.250000] pci 0000:00:04.0: [10de:1eb8] type 00\\n" source=agent',
      '[    1.250000] pci 0000:00:04.0: [10de:1eb8] type 00',
    ],
    [
      'level=debug msg="reading guest console" vmconsole="[    1.250000] say \\"hello\\""',
      '[    1.250000] say "hello"',
    ],
  ])('%s', (given, expected) => {
    expect(unwrap(given).text).toBe(expected);
  });

  it('leaves other messages alone', () => {
    const line = 'level=info msg="[agent] started" pid=12';
    expect(unwrap(line).text).toBe(line);
  });
});

describe('quoting margins', () => {
  it.each([
    ['> a\n>   b\n>\n> c', 'a\n  b\n\nc'],
    ['>a\n>b', 'a\nb'],
    ['> > a\n>> b', 'a\nb'],
    ['wrote:\n> a', 'wrote:\na'],
  ])('%j', (given, expected) => {
    expect(unwrap(given).text).toBe(expected);
  });
});

describe('a margin that all lines have', () => {
  const bare = (text: string): string | undefined =>
    withoutMargin(text.split('\n'), 0, text.split('\n').length)?.join('\n');

  it.each([
    ['# a\n#   b\n#\n# c', 'a\n  b\n\nc'],
    ['  ## a\n  ## b', 'a\nb'],
    ['| a\n| b', 'a\nb'],
    ['    a\n      b\n\n    c', 'a\n  b\n\nc'],
    ['a\n  b', undefined],
    ['', undefined],
  ])('%j', (given, expected) => {
    expect(bare(given)).toBe(expected);
  });
});

/**
 * Kinds that a wrapping hides or changes: a comment sign switches a line of loader.conf off, so nothing may be taken off
 * there; a prompt behind a margin of `#` is a comment.
 */
const NOT_TOLD: Record<string, readonly string[]> = {
  '# ': ['kenv', 'devctl', 'modprobe', 'pci-sysfs'],
  '| ': ['kenv', 'nvidia-smi-query'],
};

describe('every kind is told', () => {
  const margin = (sign: string) => (text: string) => text.replace(/^(?=.)/gm, sign);
  it.each<[string, (text: string) => string | Uint8Array, number]>([
    ['with CRLF', (text) => text.replaceAll('\n', '\r\n'), 1],
    ['with CR', (text) => text.replaceAll('\n', '\r'), 1],
    ['from UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le'), 1],
    ['behind `> `', margin('> '), 1],
    ['behind `>> `', margin('>> '), 1],
    ['behind `# `', margin('# '), 1],
    ['behind `| `', margin('| '), 1],
    ['in a fence after prose', (text) => `I ran it again:\n\n\`\`\`sh\n${text}\`\`\`\nThanks!\n`, 4],
    ['in BBCode tags', (text) => `Hello\n[code]\n${text}[/code]\nbye\n`, 3],
    ['glued to BBCode tags', (text) => `Hello\n[CODE]${text.trimEnd()}[/CODE]\nbye\n`, 2],
    ['as a copied page has it', (text) => `Hello there,\n\nCode:\n${text}\nThanks!\n`, 4],
    ['with tabs lost', (text) => text.replaceAll('\t', '        '), 1],
    ['with hard spaces', (text) => text.replaceAll('  ', '\u00a0 '), 1],
    [
      'in colour',
      (text) => text.replace(/^.+$/gm, (line) => `\u001b[1;32m${line.slice(0, 4)}\u001b[0m${line.slice(4)}\u001b[K`),
      1,
    ],
    [
      'in a typescript',
      (text) =>
        'Script started on Sat Nov 21 10:00:00 2026\n' +
        '\u001b]0;root@box: ~\u0007\u001b[?2004hroot@box:~ # soem\b \b\b \bme-command\u001b[?2004l\r\n' +
        `${text.replaceAll('\n', '\r\n')}\u001b[?2004hroot@box:~ # exit\r\n\nScript done on Sat Nov 21 10:00:09 2026\n`,
      3,
    ],
  ])('%s', (name, wrap, line) => {
    const hidden = NOT_TOLD[/`(# |\| )`/.exec(name)?.[1] ?? ''] ?? [];
    for (const { kind, text } of EXAMPLES) {
      if (!hidden.includes(kind)) expect(kindsIn(wrap(text)), kind).toEqual([`${kind}@${line}`]);
    }
  });

  it('behind four blanks', () => {
    for (const { kind, text } of EXAMPLES) {
      // A prompt behind blanks ends what comes before: two commands, two artifacts.
      const expected = kind === 'devctl' ? ['devctl@2', 'devctl@4'] : [`${kind}@1`];
      expect(kindsIn(margin('    ')(text)), kind).toEqual(expected);
    }
  });
});
