import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { CHANGE_LOG, type ChangeLog, ChangeLogSchema } from '../../src/site/change-log.ts';
import { slugsOf } from '../../src/site/slug.ts';
import { matrixOf, observation } from '../matrix/support.ts';
import { DATE, EVIDENCE, manyObservations, siteOf, SMALL, WITH_EVIL } from './cases.ts';

const logOf = (site: ReadonlyMap<string, string>): ChangeLog =>
  v.parse(ChangeLogSchema, JSON.parse(site.get(CHANGE_LOG)!));
const textOf = (html: string): string =>
  html
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the site', () => {
  const site = siteOf(WITH_EVIL, { evidence: EVIDENCE });

  it('has a page for every card and every entry, and no two of one name', () => {
    const pages = [...site.keys()];
    for (const { id } of WITH_EVIL.observations) expect(pages).toContain(`report/${id}.html`);
    expect(pages.filter((path) => path.startsWith('gpu/'))).toEqual([
      'gpu/10de-1bb3.html',
      'gpu/10de-1e04.html',
      expect.stringMatching(/^gpu\/card-a-b-[0-9a-f]{8}\.html$/),
      expect.stringMatching(/^gpu\/card-a-b-[0-9a-f]{8}\.html$/),
      expect.stringMatching(/^gpu\/script-document[a-z0-9.-]{40,60}-[0-9a-f]{8}\.html$/),
      'gpu/sun-card.html',
    ]);
    for (const path of pages) expect(path).toMatch(/^[a-z0-9./-]+$/);
  });

  it('leads nowhere that is not there', () => {
    const ids = new Map(
      [...site].map(([path, text]) => [path, new Set([...text.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]))]),
    );
    let links = 0;
    for (const [path, text] of site) {
      if (!path.endsWith('.html')) continue;
      for (const [, href] of text.matchAll(/ href="([^"]*)"/g)) {
        if (/^(?:https:|data:)/.test(href!) || href === '#') continue;
        const url = new URL(href!, `https://site.test/${path}`);
        const target = url.pathname.slice(1);
        expect(site.has(target), `${path} -> ${href}`).toBe(true);
        if (url.hash !== '' && !url.hash.includes('=')) {
          expect(ids.get(target)!.has(url.hash.slice(1)), `${path} -> ${href}`).toBe(true);
        }
        links += 1;
      }
    }
    expect(links).toBeGreaterThan(200);
  });

  it('is whole without a script: verdicts, conflicts, evidence, what no longer holds', () => {
    const first = textOf(site.get('index.html')!);
    expect(first).toContain(
      'Tesla P4 NVIDIA Pascal , GP104GL, 10de:1bb3 15.0 before p1 D51892 Windows fails at init reported, 1 report',
    );
    expect(first).toContain('14.4 stock Linux works evidenced, 1 report, 2026-01-02');
    expect(first).toContain('No report from FreeBSD; 1 report from SmartOS.');
    expect(textOf(site.get('gpu/10de-1e04.html')!)).toContain('The support of that release has ended.');
    expect(
      textOf([...site].find(([path, text]) => path.startsWith('gpu/card') && text.includes('two-a'))![1]),
    ).toContain('Differs in guest : works with Debian 13; fails with Ubuntu 24.04');
    expect(site.get('report/p4-works.html')).toContain('<pre><code>Tesla P4  On  | 00000000:00:06.0 Off</code></pre>');
    expect(textOf(site.get('report/p4-fails.html')!)).toContain('No output is kept with this report.');
    expect(textOf(site.get('report/taken-back.html')!)).toContain('Withdrawn: The card was in another slot.');
    expect(textOf(site.get('reports.html')!)).toContain('evidenced, 2026-01-02, withdrawn');
    expect(first).not.toContain('taken-back');
    expect(textOf(site.get('retest.html')!)).toContain('GeForce RTX 2080 Ti 10de:1e04');
  });

  it('names every script and style by its hash, and one script for all', () => {
    const scripts = new Set<string>();
    for (const [path, text] of site) {
      if (!path.endsWith('.html')) continue;
      expect(text, path).toMatch(/default-src &#39;none&#39;; style-src (?:&#39;sha256-[\w+/=]+&#39; ?)+; script-src/);
      for (const [, script] of text.matchAll(/<script>(.*?)<\/script>/gs)) scripts.add(script!);
    }
    expect(scripts.size).toBe(1);
  });

  it('gives the same bytes for the same input, whatever the order of entries', () => {
    const turned = { ...WITH_EVIL, observations: [...WITH_EVIL.observations].reverse() };
    expect(siteOf(turned, { evidence: EVIDENCE })).toEqual(site);
    expect(siteOf(WITH_EVIL, { evidence: EVIDENCE, date: '2019-01-01' })).not.toEqual(site);
  });
});

it('says of a replaced report what took its place, and counts it no more', () => {
  const site = siteOf(matrixOf(observation('earlier'), observation('later', { supersedes: ['earlier'] })));
  expect(textOf(site.get('report/earlier.html')!)).toContain('Replaced by later .');
  expect(textOf(site.get('report/later.html')!)).toContain('Replaces earlier');
  expect(textOf(site.get('reports.html')!)).toMatch(
    /works evidenced, 2026-01-02, replaced 14\.4.*works evidenced, 2026-01-02 Nothing/,
  );
  expect(textOf(site.get('index.html')!)).toContain('works evidenced, 1 report');
});

it('keeps the first page of 1,000 entries under 300 KB', () => {
  const site = siteOf(manyObservations(1000));
  const first = site.get('index.html')!;
  expect(first.match(/<tr><td>/g)!.length).toBeGreaterThan(800);
  expect(Buffer.byteLength(first)).toBeLessThan(300_000);
  expect(site.size).toBe(1000 + 100 + 6);
});

describe('slugsOf', () => {
  it('keeps what is clear and tells apart what is not', () => {
    const slugs = slugsOf(['10de:1bb3', 'A b', 'a/B', '显卡', '...', 'x'.repeat(200)]);
    expect(slugs.get('10de:1bb3')).toBe('10de-1bb3');
    expect(slugs.get('A b')).toMatch(/^a-b-[0-9a-f]{8}$/);
    expect(slugs.get('显卡')).toMatch(/^[0-9a-f]{8}$/);
    expect(slugs.get('x'.repeat(200))).toHaveLength(69);
    expect(new Set(slugs.values()).size).toBe(6);
  });
});

describe('what changed', () => {
  const before = siteOf(SMALL);

  it('begins with every dated report, on the day of its source', () => {
    const { changes } = logOf(before);
    expect(changes.map(({ date }) => date)).toEqual([...changes.map(({ date }) => date)].sort().reverse());
    expect(changes.map(({ page }) => page)).not.toContain('report/p4-fails.html');
    expect(changes.find(({ page }) => page === 'report/old-success.html')).toMatchObject({
      date: '2021-05',
      kind: 'added',
    });
  });

  it('stays as it is when nothing changed', () => {
    expect(siteOf(SMALL, { earlier: logOf(before), date: '2026-11-23' }).get(CHANGE_LOG)).toBe(before.get(CHANGE_LOG));
  });

  it('tells new, changed, withdrawn and removed reports and moved verdicts on the day of the build', () => {
    const kept = SMALL.observations.filter(({ id }) => id !== 'illumos');
    const changed = kept.map((entry) =>
      entry.id === 'p4-fails'
        ? { ...entry, notes: 'More.' }
        : entry.id === 'slug-twin'
          ? { ...entry, withdrawn: 'A mistake.' }
          : entry,
    );
    const confirming = observation('p4-again', {
      host: { hardware: 'third machine' },
      reporter: 'ben',
      source: { date: '2020-01-01' },
    });
    const after = siteOf({ ...SMALL, observations: [...changed, confirming] }, { earlier: logOf(before) });
    const fresh = logOf(after).changes.filter(({ date }) => date === DATE);
    expect(fresh.map(({ kind, page }) => [kind, page])).toEqual([
      ['verdict', 'gpu/10de-1bb3.html#14.4-stock-linux'],
      ['added', 'report/p4-again.html'],
      ['changed', 'report/p4-fails.html'],
      ['withdrawn', 'report/slug-twin.html'],
      ['removed', 'report/illumos.html'],
    ]);
    expect(fresh[0]!.text).toBe('Before: works (evidenced). Now: works (confirmed).');
    expect(after.get('changes.html')).toContain('<b>illumos</b>');
    expect(after.get('feed.xml')!.match(/<updated>(.*?)</)![1]).toBe(`${DATE}T00:00:00Z`);
  });

  it('takes no log that leads elsewhere', () => {
    const [first, ...rest] = logOf(before).changes;
    for (const page of ['javascript:alert(1)', '../x.html', 'https://example.org/', 'report/a.html?x']) {
      const log = { ...logOf(before), changes: [{ ...first!, page }, ...rest] };
      expect(v.safeParse(ChangeLogSchema, log).success, page).toBe(false);
    }
    expect(v.safeParse(ChangeLogSchema, logOf(before)).success).toBe(true);
  });
});

describe('the feed', () => {
  it('has one id for each change, the same from build to build', () => {
    const idsOf = (feed: string): string[] => [...feed.matchAll(/<id>(.*?)<\/id>/g)].map((match) => match[1]!);
    const ids = idsOf(siteOf(SMALL).get('feed.xml')!);
    expect(ids.length).toBeGreaterThan(5);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids)
      expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const grown = matrixOf(...(SMALL.observations as never[]), observation('later', { source: { date: '2026-09' } }));
    expect(idsOf(siteOf(grown).get('feed.xml')!)).toEqual(expect.arrayContaining(ids));
  });

  it('has absolute links only where the site has an address', () => {
    const links = (address?: string): string[] =>
      [
        ...siteOf(SMALL, address === undefined ? {} : { address })
          .get('feed.xml')!
          .matchAll(/href="([^"]*)"/g),
      ].map((m) => m[1]!);
    expect(links().every((href) => /^(?:report\/[a-z0-9-]+|changes)\.html$/.test(href))).toBe(true);
    const absolute = links('https://example.org/matrix/');
    expect(absolute[0]).toBe('https://example.org/matrix/feed.xml');
    expect(absolute.every((href) => href.startsWith('https://example.org/matrix/'))).toBe(true);
  });
});
