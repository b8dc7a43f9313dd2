import * as prettier from 'prettier';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { fenced, inline } from '../../src/report/markdown-escape.ts';
import fc from '../support/property.ts';
import * as cases from './cases.ts';

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** Node types of a text, by prettier's Markdown parser (pinned to one version; its debug entry is the only one). */
async function nodesOf(markdown: string): Promise<Node[]> {
  const { parse } = (
    prettier as unknown as { __debug: { parse: (text: string, options: object) => Promise<{ ast: Node }> } }
  ).__debug;
  const { ast } = await parse(markdown, { parser: 'markdown' });
  const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];
  return all(ast);
}

const typesOf = async (markdown: string): Promise<string[]> => (await nodesOf(markdown)).map(({ type }) => type);

describe('a confirmed cause', () => {
  const markdown = renderMarkdown(cases.noIrq);

  it('leads with heading, verdict and stages', () => {
    expect(markdown.split('\n').slice(0, 14)).toEqual([
      '# Tesla P4: driver does not bring the card up',
      '',
      '**The guest sees the card and the driver loads, but it cannot bring the card up. Cause: bhyve presents the GPU without an interrupt pin.**',
      '',
      '- **Card:** Tesla P4 (10de:1bb3, Pascal), host 4/0/0, guest 0000:00:07.0',
      '- **Host:** FreeBSD 15.0-ALPHA3, Intel(R) Xeon(R) E-2236 CPU `@` 3.40GHz'.replace('`@`', '@'),
      '- **Guest:** Linux 6.8.0-51-generic, driver not shown',
      '',
      'Stopped at probe (driver accepts the card): The NVIDIA driver finds no interrupt for the card. Not shown: firmware.',
      '',
      '- Passed: host, ppt, config, start, boot, enumerate, load',
      '- Failed: probe',
      '- Not shown: firmware',
      '- Not reached: init, run',
    ]);
  });

  it('quotes proof and commands in fences', () => {
    expect(markdown).toContain(
      "```text\nguest/trainer/dmesg.txt:815: [    3.114311] NVRM: Can't find an IRQ for your NVIDIA card!\n",
    );
    expect(markdown).toContain(
      '   ```sh\n   ls /usr/src/usr.sbin/bhyve/pci_passthru_quirks.c && make -C /usr/src/usr.sbin/bhyve all install\n   ```\n',
    );
  });

  it('has pipe tables below the details', () => {
    const details = markdown.slice(markdown.indexOf('\n## Details\n'));
    expect(details).toContain(
      '### BARs\n\n| Card | BAR | Kind | Size | On the host | In the guest |\n| --- | --: | --- | --: | --- | --- |\n',
    );
    expect(details).toContain('| 4/0/0 | 10de:1bb3 | GP104GL \\[Tesla P4] | ppt | named | trainer | 0000:00:07.0 |');
  });

  it('links only what the program itself refers to', async () => {
    expect((await typesOf(markdown)).filter((type) => type === 'link')).toHaveLength(1);
    expect(markdown).toContain('<https://reviews.freebsd.org/D51892>');
  });

  it('ends with the version of the tool', () => {
    expect(markdown.trimEnd().split('\n').at(-1)).toMatch(/^gpudiag 1\.2\.3; 4 of 4 inputs understood/);
  });

  it('lists inputs only when verbose', () => {
    expect(markdown).not.toContain('### All inputs');
    expect(renderMarkdown(cases.noIrq, { verbose: true })).toContain('### All inputs');
  });
});

const ALLOWED = new Set([
  ...['root', 'heading', 'paragraph', 'text', 'strong', 'list', 'listItem', 'inlineCode', 'code', 'link'],
  ...['table', 'tableRow', 'tableCell'],
]);

describe.each(Object.entries(cases))('%s', (_, report) => {
  const markdown = renderMarkdown(report, { verbose: true });

  it('has no HTML, no image and no markup but ours', async () => {
    expect((await typesOf(markdown)).filter((type) => !ALLOWED.has(type))).toEqual([]);
  });

  it('has no control characters', () => {
    expect(markdown).not.toMatch(/[^\P{C}\n]/u);
  });

  it('has only our headings', async () => {
    const headings = markdown.split('\n').filter((line) => /^#/.test(line));
    expect((await typesOf(markdown)).filter((type) => type === 'heading')).toHaveLength(headings.length);
    expect(headings.filter((line) => line.startsWith('# '))).toHaveLength(1);
  });
});

describe('hostile text', () => {
  it('makes no link, mention or issue number', async () => {
    const nodes = await nodesOf(renderMarkdown(cases.hostile, { verbose: true }));
    expect(nodes.filter(({ type }) => type === 'link')).toEqual([]);
    const text = nodes.filter(({ type }) => type === 'text').map(({ value }) => value);
    expect(text.join('\n')).not.toMatch(/@\w|#\d|:\/\/|www\./);
  });
});

describe('inline', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script>alert(1)&lt;/script>'],
    ['a | b', 'a &#124; b'],
    ['[text](target)', '\\[text](target)'],
    ['ask @someone about #12', 'ask `@someone` about `#12`'],
    ['see https://evil.example now', 'see `https://evil.example` now'],
    ['**bold** _em_ nvidia_drm ~~x~~', '\\*\\*bold\\*\\* \\_em\\_ nvidia_drm \\~\\~x\\~\\~'],
    ['run `pciconf -l`, then', 'run `pciconf -l`, then'],
    ['one ` and two `` ticks', 'one ` and two `` ticks'],
    ['# heading', '\\# heading'],
    ['1. item', '1\\. item'],
    ['> quote', '\\> quote'],
    ['line\nbreak \u202e', 'line break'],
  ])('%s', async (text, expected) => {
    if (text.startsWith('one `'))
      expect((await typesOf(inline(text))).filter((type) => type === 'inlineCode').length).toBeGreaterThan(0);
    else expect(inline(text)).toBe(expected);
  });
});

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'` `` ``` \\ * ** _ __ [ ] ( ) < > <b> & &lt; ; | ~~ # - 1. + ! ![ ](x) --- === : $ <!-- -->'.split(' '),
    ),
    fc.constantFrom(' ', '\n', '@me', 'http://a.b', 'www.a.b', 'a@b.c', '[a]: http://x', 'word', '漢', '\u202e'),
    fc.string({ maxLength: 3 }),
  );
  const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

  it('is shown as text or code, in a paragraph, a list and a table', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(
          (await typesOf(inline(value))).filter((type) => !['root', 'paragraph', 'text', 'inlineCode'].includes(type)),
        ).toEqual([]);
        const types = await typesOf(
          `- **lead:** ${inline(value)} end\n\n| a | b |\n| --- | --- |\n| ${inline(value, true)} | z |\n`,
        );
        expect(types.filter((type) => !ALLOWED.has(type) || type === 'link')).toEqual([]);
        expect(types.filter((type) => type === 'tableCell')).toHaveLength(4);
      }),
      { numRuns: 300 },
    );
  });

  it('cannot close a fence', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await typesOf(fenced(value.split('\n'), 'text').join('\n'))).toEqual(['root', 'code']);
      }),
      { numRuns: 300 },
    );
  });
});
