import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessibilityProblems,
  DESKTOP,
  HAS_BROWSER,
  launchBrowser,
  NO_MISDEEDS,
  openPage,
  overflow,
  PHONE,
  printedPages,
} from '../support/browser.ts';
import { EVIDENCE, HARM, HOSTILE, siteOf, WITH_EVIL } from './cases.ts';

describe.skipIf(!HAS_BROWSER)('the site in a browser, from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-site-'));
  const site = siteOf(WITH_EVIL, { evidence: EVIDENCE });
  const evilCard = [...site.keys()].find((path) => path.startsWith('gpu/script'))!;
  const address = (path: string): string =>
    pathToFileURL(join(folder, path.replace(/#.*/, ''))).href + (/#.*/.exec(path)?.[0] ?? '');
  let browser: Browser;
  const open = (path: string, options: BrowserContextOptions = {}): ReturnType<typeof openPage> =>
    openPage(browser, address(path), { viewport: DESKTOP, ...options });

  /** Names of the cards that are seen in the table. */
  const cards = (page: Page): Promise<string[]> => page.locator('#table th .name:visible').allInnerTexts();
  const rows = (page: Page): Promise<number> => page.locator('#table tr:has(.chip):visible').count();

  beforeAll(async () => {
    for (const [path, text] of site) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['index.html', 'light'],
    ['index.html', 'dark'],
    ['reports.html', 'dark'],
    ['changes.html', 'dark'],
    ['gpu/10de-1bb3.html', 'light'],
    ['gpu/10de-1bb3.html', 'dark'],
    [evilCard, 'light'],
    ['retest.html', 'light'],
    ['report/evil-1.html', 'dark'],
  ] as const)('%s, %s: is accessible, fits the window, asks for nothing', async (path, colorScheme) => {
    const { page, misdeeds } = await open(path, { colorScheme });
    expect(await accessibilityProblems(page)).toEqual([]);
    for (const viewport of [DESKTOP, PHONE, { width: 320, height: 640 }]) {
      await page.setViewportSize(viewport);
      expect(await overflow(page), `${viewport.width}`).toBe(0);
    }
    expect(misdeeds).toEqual(NO_MISDEEDS);
    await page.context().close();
  });

  it('searches, filters, and keeps what was chosen in the address', async () => {
    const { page, misdeeds } = await open('index.html');
    const told = page.locator('#told');
    const all = await rows(page);
    expect(await told.innerText()).toBe(`${all} combinations`);
    await page.getByLabel('Search').fill('  pascal  WINDOWS ');
    expect(await cards(page)).toEqual(['Tesla P4']);
    expect(await told.innerText()).toBe(`1 of ${all} combinations`);
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Outcome').selectOption('works');
    await page.getByLabel('FreeBSD release').selectOption('12.2');
    expect(await cards(page)).toEqual(['GeForce RTX 2080 Ti']);
    await expect.poll(() => page.url()).toBe(`${address('index.html')}#release=12.2&outcome=works`);
    expect(await page.getByRole('link', { name: 'Link to this view' }).getAttribute('href')).toBe(
      '#release=12.2&outcome=works',
    );
    await page.getByLabel('Search').fill('no such card');
    expect(await page.locator('#nothing').isVisible()).toBe(true);
    expect(await page.locator('#table').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => rows(page)).toBe(all);
    await expect.poll(() => page.url()).toBe(address('index.html'));
    expect(misdeeds).toEqual(NO_MISDEEDS);
    await page.context().close();
  });

  it('opens a view from its address, follows it when it changes, and says what it does not know', async () => {
    const { page } = await open('index.html#q=p4&outcome=fails+at+init');
    expect(await page.getByLabel('Search').inputValue()).toBe('p4');
    expect(await page.getByLabel('Outcome').inputValue()).toBe('fails at init');
    expect([await cards(page), await rows(page)]).toEqual([['Tesla P4'], 1]);
    const hash = (text: string): Promise<void> => page.evaluate(`location.hash = ${JSON.stringify(text)}`);
    await hash('release=14*&guest=Linux&outcome=works');
    await expect.poll(() => page.getByLabel('Search').inputValue()).toBe('');
    expect(await cards(page)).toEqual(['Card A B', 'Tesla P4']);
    await hash('gpu=Voodoo');
    await expect.poll(() => page.locator('#told').innerText()).toContain('not in the table: Voodoo');
    await hash('words');
    await expect.poll(() => page.locator('#told').innerText()).not.toContain('Voodoo');
    await page.context().close();
  });

  it('leads from a verdict to its place on the page of the card, and from there to the evidence', async () => {
    const { page } = await open('index.html');
    await page.locator('#table tbody', { hasText: 'Tesla P4' }).getByRole('link', { name: 'fails at init' }).click();
    expect(page.url()).toBe(address('gpu/10de-1bb3.html#15.0-before-p1-d51892-windows'));
    expect(await page.locator('tr:target').innerText()).toContain('p4-fails');
    await page.getByRole('link', { name: 'p4-works' }).first().click();
    expect(await page.locator('pre').innerText()).toContain('Tesla P4  On');
    await page.context().close();
  });

  it('filters reports by guest system whatever the guest is called', async () => {
    const { page } = await open('reports.html#guest=Linux');
    const shown = await page.locator('#table tr[data-guest]:visible').allInnerTexts();
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.join()).toContain('Ubuntu 24.04');
    expect(shown.join()).not.toContain('Windows');
    await page.context().close();
  });

  it('is worked with the keyboard alone', async () => {
    const { page } = await open('index.html');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('id')).toBe('q');
    await page.keyboard.type('2080');
    // Enter sends no form anywhere.
    await page.keyboard.press('Enter');
    expect(await cards(page)).toEqual(['GeForce RTX 2080 Ti']);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('id')).toBe('gpu');
    await page.keyboard.type('Tesla');
    expect(await page.locator('#nothing').isVisible()).toBe(true);
    while ((await page.locator(':focus').innerText()) !== 'Show all') await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => cards(page)).toContain('Tesla P4');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe((await cards(page))[0]);
    await page.context().close();
  });

  it('folds the filters on a phone, unless one is set', async () => {
    const { page } = await open('index.html', { viewport: PHONE });
    expect(await page.getByLabel('Patch', { exact: true }).isVisible()).toBe(false);
    await page.getByText('Filters', { exact: true }).click();
    await page.getByLabel('Patch', { exact: true }).selectOption('D51892');
    expect(await cards(page)).toEqual(['Tesla P4']);
    expect((await page.locator('#table .chip:visible').first().boundingBox())!.x).toBeLessThan(PHONE.width - 60);
    await page.setViewportSize(DESKTOP);
    expect(await page.getByLabel('Outcome').isVisible()).toBe(true);
    await page.context().close();
  });

  it('is read without JavaScript, and shows no form that would not work', async () => {
    const { page } = await open('index.html#q=p4', { javaScriptEnabled: false });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await cards(page)).toHaveLength(6);
    await page.context().close();
  });

  it.each(['index.html', 'reports.html', 'changes.html', evilCard, 'report/evil-1.html'])(
    '%s: shows hostile text as text',
    async (path) => {
      const { page, misdeeds } = await open(path);
      const title = await page.title();
      expect(await page.locator(HARM).count()).toBe(0);
      const shown = await page.locator('body').innerText();
      expect(shown).toContain(`<script>document.title = 'owned'</script>`);
      expect(shown).not.toMatch(/[\u202e\u2066]/);
      expect(
        await page
          .locator('a:not([href^="#"], [href$=".html"], [href*=".html#"], [href$=".xml"], [href^="https://"])')
          .count(),
      ).toBe(0);
      expect(await page.title()).toBe(title);
      expect(misdeeds).toEqual(NO_MISDEEDS);
      await page.context().close();
    },
  );

  it('shows what is not seen in evidence by its number, and whole fields on the page of the entry', async () => {
    const { page } = await open('report/evil-1.html');
    expect(await page.locator('pre').innerText()).toContain('U+202E');
    expect(await page.locator('pre').innerText()).toContain('<b>bold</b>');
    expect(await page.locator('main').innerText()).toContain(
      HOSTILE.replace(/[\u202e\u2066]/g, ' ')
        .replace(/\s+/g, ' ')
        .slice(0, 300),
    );
    await page.context().close();
  });

  it('filters by hostile names as by any other', async () => {
    const { page, misdeeds } = await open('index.html');
    const name = (await cards(page)).find((text) => text.startsWith('<script>'))!;
    await page.getByLabel('GPU').selectOption(name);
    expect(await cards(page)).toEqual([name]);
    await expect.poll(() => page.url()).toContain('#gpu=%3Cscript%3E');
    await page.reload();
    expect(await cards(page)).toEqual([name]);
    expect(misdeeds.complaints).toEqual([]);
    await page.context().close();
  });

  it('prints what is seen, without the form', async () => {
    const { page } = await open('index.html#gpu=Tesla+P4');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await cards(page)).toEqual(['Tesla P4']);
    const pages = await printedPages(page);
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThanOrEqual(2);
    await page.context().close();
  });

  it('has a feed that is XML and holds what Atom asks for', async () => {
    const { page } = await open('index.html');
    const feed = await page.evaluate((text) => {
      interface Element {
        localName: string;
        namespaceURI: string;
        textContent: string;
        children: Iterable<Element>;
      }
      const { DOMParser: Parser } = globalThis as unknown as {
        DOMParser: new () => { parseFromString: (text: string, type: string) => { documentElement: Element } };
      };
      const root = new Parser().parseFromString(text, 'application/xml').documentElement;
      const namesOf = (element: Element): string => [...element.children].map(({ localName }) => localName).join(' ');
      const entries = [...root.children].filter(({ localName }) => localName === 'entry');
      return {
        root: [root.namespaceURI, root.localName, namesOf(root).replace(/(?: entry)+$/, '')],
        entries: [...new Set(entries.map(namesOf))],
        titles: entries.map((entry) => [...entry.children].find(({ localName }) => localName === 'title')!.textContent),
        updated: [root, ...entries].map(
          (entry) => [...entry.children].find(({ localName }) => localName === 'updated')!.textContent,
        ),
      };
    }, site.get('feed.xml')!);
    expect(feed.root).toEqual(['http://www.w3.org/2005/Atom', 'feed', 'id title subtitle updated author link']);
    expect(feed.entries).toEqual(['id title updated link category summary']);
    expect(feed.titles[0]).toContain(`New report: <script>document.title = 'owned'</script>`);
    for (const instant of feed.updated) expect(instant).toMatch(/^20\d\d-\d\d-\d\dT00:00:00Z$/);
    expect(feed.updated[0]).toBe([...feed.updated].sort().at(-1));
    await page.context().close();
  });
});
