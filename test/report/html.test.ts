import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Artifact } from '../../src/model/artifact.ts';
import type { Report } from '../../src/model/report.ts';
import { renderHtml } from '../../src/report/html/report.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';
import { buildReport, evidence, finding } from '../support/report.ts';
import * as cases from './cases.ts';
import { filesOf, HOSTILE, pageOf, TWO_CARDS } from './html-cases.ts';

const P4 = pageOf(filesOf('examples/tesla-p4-freebsd-15'));
const P10 = pageOf(filesOf('examples/tesla-p10-freebsd-14'));
const TWO = pageOf(TWO_CARDS);

/** Text of an element, tags taken out. */
const textOf = (markup: string): string => markup.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');

const idsOf = (page: string): string[] => [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);

const VOID = new Set(['meta', 'link', 'br', 'rect', 'path']);

/** Elements that are not closed in the order in which they were opened. */
function misnested(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, close, name, attributes] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) wrong.push(`</${name}>`);
    } else if (!VOID.has(name!) && !attributes!.endsWith('/')) open.push(name!);
  }
  return [...wrong, ...open];
}

const artifact = (path: string, text: string, firstLine = 1): Artifact => ({
  path,
  text,
  firstLine,
  kind: 'linux-dmesg',
  side: 'guest',
  bytes: text.length,
  sha256: '0'.repeat(64),
});

describe.each(Object.entries({ P4, P10, TWO, hostile: pageOf(HOSTILE), ...pagesOf(cases) }))(
  'every page: %s',
  (_, page) => {
    it('asks for nothing and runs nothing', () => {
      expect(page).toContain(`http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;`);
      expect(page).toContain('script-src &#39;none&#39;');
      expect(page).not.toMatch(/<script|<img|<iframe|<base|<form|@import|url\(|\ssrc=|<[^>]*\s(?:style|on\w+)=/i);
      expect(
        [...page.matchAll(/<a [^>]*href="(?!#)([^"]*)"[^>]*>/g)].filter(
          ([tag]) => !/^<a href="https:\/\/[^"]*" rel="noreferrer">$/.test(tag),
        ),
      ).toEqual([]);
    });

    it('speaks of no flag that shows more: it shows all', () => expect(page).not.toContain('--verbose'));

    it('is well nested, and each link inside of it leads somewhere', () => {
      expect(misnested(page)).toEqual([]);
      const ids = idsOf(page);
      expect(ids.length).toBe(new Set(ids).size);
      expect([...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.includes(id!))).toEqual([]);
    });

    it('has one heading of the first level, and skips none', () => {
      const levels = [...page.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
      expect(levels.filter((level) => level === 1)).toHaveLength(1);
      for (const [i, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1);
    });
  },
);

function pagesOf(reports: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reports).map(([name, report]) => [
      name,
      renderHtml(report as Report, { artifacts: [], redacted: false }),
    ]),
  );
}

it('is not heavy', () => {
  for (const page of [P4, P10, TWO]) expect(page.length).toBeLessThan(150_000);
});

describe('the first screen', () => {
  const top = P4.slice(P4.indexOf('<body>'), P4.indexOf('Address space'));

  it('says card, verdict, cause, proof and fix, in this order', () => {
    const text = textOf(top);
    const places = [
      'Tesla P4: driver does not bring the card up',
      'Cause: bhyve presents the GPU without an interrupt pin.',
      'FreeBSD 15.0-RELEASE-p5',
      'probe: failed',
      'Confirmed cause',
      'NVRM: Can&#39;t find an IRQ for your NVIDIA card!',
      'Fix',
      'Apply review D51892',
    ].map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it('shows the stages as a list of eleven marks, each with its word', () => {
    const ladder = /<ol class="ladder">(.*?)<\/ol>/s.exec(top)![1]!;
    const stages = ladder
      .split('<li')
      .slice(1)
      .map((item) => textOf(`<li${item}`));
    expect(stages).toHaveLength(11);
    expect(stages.slice(6)).toEqual([
      'enumerate: passed',
      'load: passed',
      'probe: failed',
      'init: not reached',
      'run: not reached',
    ]);
  });
});

describe('evidence', () => {
  it('leads from a quote to its line, with what stands around it', () => {
    const [, id] = /<a class="place" href="#([^"]+)">guest\/compute1\/dmesg\.txt:137<\/a>/.exec(P4)!;
    const lines = P4.slice(P4.indexOf('Evidence in context'));
    const at = lines.indexOf(`<span class="line quoted" id="${id}">`);
    expect(at).toBeGreaterThan(0);
    expect(textOf(lines.slice(at, at + 300))).toMatch(/^137\[ +3\.436925\] NVRM: Can&#39;t find an IRQ/);
    expect(lines).toMatch(/<span class="line"><span class="n">135<\/span>/);
    expect(lines).not.toContain('<span class="n">100</span>');
  });

  const render = (refs: readonly [string, number][], artifacts: readonly Artifact[]): string =>
    renderHtml(
      buildReport({
        findings: [finding('x-code', { evidence: refs.map(([path, line]) => evidence(path, line, `line ${line}`)) })],
      }),
      { artifacts, redacted: false },
    );

  it('finds a line in the part of a file that holds it', () => {
    const parts = [artifact('paste.txt', 'one\ntwo\n'), artifact('paste.txt', 'three\nfour\nfive\n', 3)];
    const page = render([['paste.txt', 4]], parts);
    expect(textOf(/<pre class="lines">.*?<\/pre>/s.exec(page)![0])).toBe('1one 2two 3three 4four 5five ');
    expect(page.match(/class="line quoted"/g)).toHaveLength(1);
  });

  it('is named without a link when its text is not there', () => {
    const page = render([['gone.txt', 4]], [artifact('other.txt', 'a\n')]);
    expect(page).toContain('<span class="place">gone.txt:4</span>');
    expect(page).not.toContain('Evidence in context');
  });

  it('shows fewer lines around when much is quoted, and stays small whatever comes', () => {
    const text = `${'x'.repeat(5000)}\n`.repeat(3000);
    const refs = Array.from({ length: 3000 }, (_, i): [string, number] => ['big.txt', i + 1]);
    const page = render(refs, [artifact('big.txt', text)]);
    expect(page.slice(page.indexOf('Evidence in context')).length).toBeLessThan(90_000);
    expect(page).toContain('id="e0-1"');
    const few = render([['big.txt', 50]], [artifact('big.txt', text)]);
    expect(few.match(/<span class="line/g)).toHaveLength(7);
  });

  it('shows what is not seen', () => {
    const page = render([['log.txt', 1]], [artifact('log.txt', 'a\u202eb\u001b[31m<b>\tc\n')]);
    expect(page).toMatch(
      /a<span class="unseen"[^>]*>U\+202E<\/span>b<span class="unseen"[^>]*>U\+001B<\/span>\[31m&lt;b&gt;\tc/,
    );
  });
});

describe('several cards', () => {
  it('get a section each, with stages, cause and fix of their own', () => {
    const sections = [...TWO.matchAll(/<section class="card".*?(?=<section class="card"|<h2 id="space")/gs)].map(
      ([text]) => textOf(text),
    );
    expect(sections).toHaveLength(2);
    expect(sections[0]).toContain('host 65/0/0');
    expect(sections[0]).toContain('probe: passed');
    expect(sections[0]).not.toContain('cause');
    expect(sections[1]).toContain('host 101/0/0');
    expect(sections[1]).toContain('init: failed');
    expect(sections[1]).toContain('(bar-window-overflow)');
    expect(sections[1]).toContain('Fix');
  });

  it('are named first, and lead to their sections', () => {
    expect(textOf(/<h1>.*?<\/h1>/s.exec(TWO)![0])).toBe('2 GPUs, 1 of them does not work');
    expect(TWO).toContain('<a href="#card-2">');
    expect(P4).not.toContain('id="card-1"');
  });
});

describe('what others report', () => {
  it('names the nearest reports and what to change', () => {
    const text = textOf(P4.slice(P4.indexOf('What others report')));
    expect(text).toContain('Nearest combination that works');
    expect(text).toMatch(/ca-p4-\d+ \(evidenced\)/);
    expect(text).toMatch(/yours .*?, theirs /);
  });
});

it('says whether private values were replaced', () => {
  expect(P4).toContain('<code>--redact</code>');
  const redacted = renderHtml(cases.noIrq, { artifacts: [], redacted: true });
  expect(redacted).toContain('were replaced');
  expect(redacted).not.toContain('--redact');
});

describe('on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-html-'));
  beforeAll(buildIfStale, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('writes the page to a file', async () => {
    const file = join(folder, 'report.html');
    const example = join(ROOT, 'examples/tesla-p4-freebsd-15');
    const { status, stdout } = await cli([
      'analyze',
      example,
      '--format',
      'html',
      '--output',
      file,
      '--fail-on',
      'never',
    ]);
    expect([status, stdout]).toEqual([0, '']);
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
    expect(page).toContain('<h1>Tesla P4: driver does not bring the card up</h1>');
    expect(page).toContain('Evidence in context');
  });
});
