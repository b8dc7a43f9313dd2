import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
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
import { filesOf, HOSTILE, HOSTILE_LINES, pageOf, TWO_CARDS } from './html-cases.ts';

describe.skipIf(!HAS_BROWSER)('the HTML report in a browser, from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-report-'));
  const address = (name: string): string => pathToFileURL(join(folder, `${name}.html`)).href;
  let browser: Browser;

  beforeAll(async () => {
    const inputs = {
      p4: filesOf('examples/tesla-p4-freebsd-15'),
      p10: filesOf('examples/tesla-p10-freebsd-14'),
      two: TWO_CARDS,
      hostile: HOSTILE,
    };
    for (const [name, files] of Object.entries(inputs)) writeFileSync(join(folder, `${name}.html`), pageOf(files));
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['p4', 'light'],
    ['p10', 'dark'],
    ['two', 'light'],
    ['hostile', 'dark'],
  ] as const)('%s, %s: is accessible, fits the window, asks for nothing', async (name, colorScheme) => {
    const { page, misdeeds } = await openPage(browser, address(name), { colorScheme, viewport: DESKTOP });
    expect(await accessibilityProblems(page)).toEqual([]);
    for (const viewport of [DESKTOP, PHONE, { width: 320, height: 640 }]) {
      await page.setViewportSize(viewport);
      expect(await overflow(page), `${viewport.width}`).toBe(0);
    }
    expect(misdeeds).toEqual(NO_MISDEEDS);
    await page.context().close();
  });

  it('shows hostile text as text', async () => {
    const { page, misdeeds } = await openPage(browser, address('hostile'));
    const title = await page.title();
    const shown = await page.locator('.sources').innerText();
    for (const line of HOSTILE_LINES.filter((text) => /^[\x20-\x7e]*$/.test(text))) expect(shown).toContain(line);
    for (const name of ['U+202E', 'U+2066']) expect(shown).toContain(name);
    expect(await page.locator('main :is(img, script, style, iframe, [onerror], [onload], [onmouseover])').count()).toBe(
      0,
    );
    await page.locator('.sources .quoted').first().hover();
    expect(await page.title()).toBe(title);
    expect(misdeeds).toEqual(NO_MISDEEDS);
    await page.context().close();
  });

  it('is read without JavaScript: text, lists that open, and the way from a quote to its line', async () => {
    const { page } = await openPage(browser, address('p4'), { javaScriptEnabled: false, viewport: DESKTOP });
    await expect.poll(() => page.locator('h1').innerText()).toBe('Tesla P4: driver does not bring the card up');
    const [quote, fix] = [page.locator('.pair .place').first(), page.getByRole('heading', { name: 'Fix' })];
    for (const element of [quote, fix]) expect((await element.boundingBox())!.y).toBeLessThan(DESKTOP.height);
    await page.locator('.findings summary').first().click();
    expect(await page.locator('.findings details').first().innerText()).toContain('Apply review D51892');
    await quote.click();
    const target = page.locator('.line:target');
    expect(await target.innerText()).toContain("Can't find an IRQ for your NVIDIA card!");
    await expect.poll(async () => (await target.boundingBox())!.y).toBeLessThan(DESKTOP.height);
    await page.context().close();
  });

  it.each(['p4', 'p10'])('%s: prints to two pages', async (name) => {
    const { page } = await openPage(browser, address(name));
    const pages = await printedPages(page);
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThanOrEqual(2);
    await page.context().close();
  });

  it('keeps to the keyboard: the first stop skips to the content', async () => {
    const { page } = await openPage(browser, address('p4'));
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
    await page.context().close();
  });
});
