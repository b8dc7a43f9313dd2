import * as prettier from 'prettier';
import { describe, expect, it } from 'vitest';
import { POST_PLACES, SMALLEST_POST } from '../../src/model/post.ts';
import { codeBlock, inlineBbcode } from '../../src/report/bbcode-escape.ts';
import { renderPost } from '../../src/report/post.ts';
import { displayWidth } from '../../src/report/width.ts';
import fc from '../support/property.ts';
import { buildReport, evidence, finding } from '../support/report.ts';
import * as cases from './cases.ts';

const LIMITS = { github: 65_536, bugzilla: 65_535, forum: 10_000 } as const;

interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: Node[];
}

async function nodesOf(markdown: string): Promise<Node[]> {
  const { parse } = (
    prettier as unknown as { __debug: { parse: (text: string, options: object) => Promise<{ ast: Node }> } }
  ).__debug;
  const { ast } = await parse(markdown, { parser: 'markdown' });
  const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];
  return all(ast);
}

/** What XenForo would still look at: the text without what stands inside code. */
const outsideCode = (text: string): string =>
  text.replace(/\[CODE\][\s\S]*?\[\/CODE\]/g, '').replace(/\[ICODE\].*?\[\/ICODE\]/g, '');

const OWN_TAGS = /\[\/?(?:B|URL|LIST(?:=1)?|\*|SPOILER(?:="[\w ,.-]*")?)\]/g;

describe.each(POST_PLACES)('a post for %s', (place) => {
  const post = renderPost(cases.noIrq, { place, redacted: true });

  it('says what is the matter before anything else', () => {
    const [title, verdict] = [post.indexOf('driver does not bring the card up'), post.indexOf('interrupt pin')];
    expect(title).toBeGreaterThanOrEqual(0);
    expect(title).toBeLessThan(60);
    expect(verdict).toBeLessThan(400);
  });

  it('carries the proof with its place', () => {
    expect(post).toMatch(/guest\/trainer\/dmesg\.txt:815[\s\S]{1,10}\[\s+3\.114311\] NVRM: Can't find an IRQ/);
  });

  it('has builds, slots, BARs and the command line before what only fills up', () => {
    const heads = ['versions and builds', 'gpu functions and what they are bound to', 'bars', 'bhyve command line'];
    const places = heads.map((head) => post.toLowerCase().indexOf(`${head}`));
    expect(places.every((at) => at > 0)).toBe(true);
    expect(Math.max(...places)).toBeLessThan(post.toLowerCase().indexOf('compatibility matrix'));
  });

  it('says whether private values were replaced', () => {
    expect(post.replace(/\s+/g, ' ')).toContain('Private values were replaced');
    expect(renderPost(cases.noIrq, { place, redacted: false }).replace(/\s+/g, ' ')).toContain(
      'Private values were not replaced',
    );
  });

  it('says nothing of parts left out when all fit', () => {
    expect(renderPost(cases.noIrq, { place, limit: 60_000, redacted: true })).not.toContain('Left out');
  });

  it('gives up the least important parts first, and says which', () => {
    const short = renderPost(cases.noIrq, { place, limit: 3000, redacted: true });
    const words = short.replace(/\s+/g, ' ');
    expect(short.length).toBeLessThanOrEqual(3000);
    expect(words).toMatch(/Left out to stay within 3000 characters: .*All inputs/);
    expect(short.toLowerCase()).toContain('confirmed cause');
    expect(short.toLowerCase()).toContain('versions and builds');
    const left = /Left out to stay within 3000 characters: ([^.]*)/.exec(words)![1]!;
    expect(left).not.toContain('Confirmed cause');
  });

  it.each(Object.entries(cases))('keeps to the limit of the place: %s', (_name, report) => {
    if (!('findings' in (report as object))) return;
    expect(renderPost(report, { place, redacted: true }).length).toBeLessThanOrEqual(LIMITS[place]);
  });

  it('keeps to any limit, whatever the evidence says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: SMALLEST_POST, max: 20_000 }),
        (texts, limit) => {
          const report = buildReport({
            findings: texts.map((text, i) =>
              finding(`code-${i}`, { title: text, detail: text, role: 'root', evidence: [evidence(text, 1, text)] }),
            ),
            verdict: {
              summary: texts[0]!,
              causes: texts.map((text, i) => ({ code: `code-${i}`, confidence: 'likely', title: text, explains: [] })),
            },
          });
          expect(renderPost(report, { place, limit, redacted: true }).length).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('holds no control or invisible character', () => {
    expect(renderPost(cases.hostile, { place, limit: 60_000, redacted: true })).not.toMatch(
      /[^\n\P{Cc}]|\p{Cf}|\p{Cs}|[\u2028\u2029]/u,
    );
  });
});

describe('GitHub', () => {
  it('opens every fold and closes it, with an empty line after the summary', () => {
    const post = renderPost(cases.unproven, { place: 'github', redacted: true });
    const opened = post.match(/^<details>$/gm)!.length;
    expect(opened).toBeGreaterThan(2);
    expect(post.match(/^<\/details>$/gm)).toHaveLength(opened);
    expect(post.match(/^<summary>[\w ,-]+<\/summary>\n\n/gm)).toHaveLength(opened);
  });

  it('has no link, image, mention or HTML of hostile evidence', async () => {
    const post = renderPost(cases.hostile, { place: 'github', limit: 60_000, redacted: true });
    const nodes = await nodesOf(post);
    expect(nodes.filter(({ type }) => type === 'link' || type === 'image')).toEqual([]);
    const html = nodes.filter(({ type }) => type === 'html').map(({ value }) => value);
    expect(html.length).toBeGreaterThan(2);
    for (const value of html) expect(value).toMatch(/^<(?:details>\n<summary>[\w ,-]+<\/summary>|\/details>|\/?sub>)$/);
    const prose = nodes.filter(({ type }) => type === 'text').map(({ value }) => value);
    for (const text of prose) expect(text).not.toMatch(/@someone|#12|www\.evil/);
  });
});

describe('the forum', () => {
  it('folds with spoilers that are closed', () => {
    const post = renderPost(cases.unproven, { place: 'forum', redacted: true });
    const opened = post.match(/^\[SPOILER="[\w ,.-]+"\]$/gm)!.length;
    expect(opened).toBeGreaterThan(2);
    expect(post.match(/^\[\/SPOILER\]$/gm)).toHaveLength(opened);
  });

  it('leaves nothing of hostile evidence to be read as markup', () => {
    const post = renderPost(cases.hostile, { place: 'forum', limit: 60_000, redacted: true });
    const rest = outsideCode(post).replace(OWN_TAGS, '');
    expect(rest).not.toMatch(/[[\]]|@\w|#\w|:\/\/|www\./);
  });

  it.each([
    '[/CODE][url=https://evil.example]x[/url]',
    '[/code] [b]',
    '[/ICODE]@admin',
    '[ /CODE]',
    '[[/CODE]]',
    '[/[/CODE]CODE]',
  ])('cannot be left by %s', (text) => {
    const block = codeBlock([text]).join('\n');
    expect(block.match(/\[\s*\/\s*I?CODE\]/gi)!.filter((tag) => tag === '[/CODE]')).toHaveLength(1);
    expect(outsideCode(block).trim()).toBe('');
    expect(outsideCode(inlineBbcode(text)).trim()).toBe('');
  });

  it('shows smilies, mentions and addresses as they were typed, and common words without fuss', () => {
    expect(inlineBbcode('see :) and @root at https://x.example :eek: (y)')).toBe(
      'see [ICODE]:)[/ICODE] and [ICODE]@root[/ICODE] at [ICODE]https://x.example[/ICODE] [ICODE]:eek:[/ICODE] [ICODE](y)[/ICODE]',
    );
    expect(inlineBbcode('E3-1230 v6 @ 3.50GHz, guest 0000:00:06.0; driver: nvidia')).toBe(
      'E3-1230 v6 @ 3.50GHz, guest 0000:00:06.0; driver: nvidia',
    );
  });

  it('makes a link only of what the program itself refers to', () => {
    const post = renderPost(cases.noIrq, { place: 'forum', redacted: true });
    expect(post.match(/\[URL\].*?\[\/URL\]/g)).toEqual(['[URL]https://reviews.freebsd.org/D51892[/URL]']);
    expect(renderPost(cases.hostile, { place: 'forum', limit: 60_000, redacted: true })).not.toContain('[URL]');
  });
});

describe('Bugzilla', () => {
  it('is ASCII, without markup', () => {
    const post = renderPost(cases.hostile, { place: 'bugzilla', redacted: true });
    expect(post).toMatch(/^[\n\x20-\x7e]*$/);
    expect(post).not.toContain('[CODE]');
    expect(post).not.toContain('<details>');
  });

  it('has no line that would be wrapped, but for commands and files', () => {
    const post = renderPost(cases.unproven, { place: 'bugzilla', redacted: true });
    const long = post.split('\n').filter((line) => displayWidth(line) > 80);
    expect(long.filter((line) => !line.startsWith('      '))).toEqual([]);
  });
});
