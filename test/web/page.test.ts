import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html, raw } from '../../src/web/html.ts';
import { type Page, renderPage } from '../../src/web/page.ts';
import {
  accessibilityProblems,
  HAS_BROWSER,
  launchBrowser,
  NO_MISDEEDS,
  openPage,
  overflow,
} from '../support/browser.ts';

const SAMPLE: Page = {
  title: 'A & B',
  description: 'What "it" is',
  styles: ['.own { color: var(--good); }'],
  scripts: ["document.querySelector('#told').textContent = 'script ran';"],
  body: html`<main id="main" class="wrap"><h1>Colours</h1>
<p>plain <span class="faint">faint</span> <a href="#told">link</a> <code>code</code> <span id="told" class="own">no script</span></p>
<p>${['good', 'bad', 'warn', 'none'].map((tone) => html`<span class="${tone}">${tone}</span> <span class="chip ${tone}">${tone}</span> `)}</p>
<div class="panel"><p class="faint">faint</p><pre><code>code</code></pre><p class="good">good</p><p class="bad">bad</p><p class="warn">warn</p>
<div class="scroll"><table><tr><th scope="col">Head</th></tr><tr><td><span class="unseen">U+202E</span></td></tr></table></div></div></main>`,
};

it('names its own styles and scripts in the policy, and allows nothing else', () => {
  const page = renderPage(SAMPLE);
  expect(page).toContain('<title>A &amp; B</title>');
  expect(page).toContain('content="What &quot;it&quot; is"');
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
  expect(policy).toMatch(
    /^default-src &#39;none&#39;; style-src (?:&#39;sha256-[\w+/=]+&#39; ?){2}; script-src &#39;sha256-/,
  );
  expect(policy).not.toMatch(/unsafe|http|\*/);
});

it('allows no script when it has none', () => {
  expect(renderPage({ title: 'x', body: html`<main id="main"></main>` })).toContain('script-src &#39;none&#39;');
});

it('refuses a script that ends itself', () => {
  expect(() => renderPage({ ...SAMPLE, scripts: ['"</script>"'] })).toThrow('what ends it');
});

describe.skipIf(!HAS_BROWSER)('in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-page-'));
  let browser: Browser;
  const save = (name: string, page: string): string => {
    writeFileSync(join(folder, name), page);
    return pathToFileURL(join(folder, name)).href;
  };

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['light', 'dark'] as const)('runs its own script and is accessible, %s', async (colorScheme) => {
    const { page, misdeeds } = await openPage(browser, save('own.html', renderPage(SAMPLE)), { colorScheme });
    expect(await page.textContent('#told')).toBe('script ran');
    expect(misdeeds).toEqual(NO_MISDEEDS);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await overflow(page)).toBe(0);
    await page.context().close();
  });

  it('runs and fetches nothing else', async () => {
    const body = html`${SAMPLE.body}${raw(
      `<script>document.title = 'owned'</script><img src="https://a.example/x.png" alt="" onerror="document.title = 'owned'">
<p style="color: red" onclick="document.title = 'owned'" id="victim">x</p><link rel="stylesheet" href="https://a.example/x.css">`,
    )}`;
    const { page, misdeeds } = await openPage(browser, save('other.html', renderPage({ ...SAMPLE, body })));
    await page.click('#victim');
    expect(await page.title()).toBe('A & B');
    const refused = (what: RegExp): string[] =>
      misdeeds.complaints.filter((text) => text.includes('Content Security Policy') && what.test(text));
    for (const what of [/inline script/, /inline event handler/, /inline style/, /x\.png/, /x\.css/])
      expect(refused(what), String(what)).not.toEqual([]);
    await page.context().close();
  });
});
