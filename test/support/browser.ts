import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ROOT } from './files.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/local/bin/chromium', '/usr/local/bin/chrome'].find((path) =>
  existsSync(path),
);

/** Whether pages can be tried in a real browser; says once per test file why not. */
export const HAS_BROWSER = CHROMIUM !== undefined;
if (!HAS_BROWSER) console.log('skipped: tests in a browser, because there is no chromium (Debian: chromium)');

/** Screens that pages are tried on, in CSS pixels. */
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** No sandbox: the suite also runs as root and in containers. The rest keeps the browser from asking its makers things. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

/** Starting takes seconds: one browser for a test file, closed in `afterAll`. */
export async function launchBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: CHROMIUM!, args: ARGUMENTS });
}

/** What a page did that a page of ours never does. */
export interface Misdeeds {
  requests: string[];
  dialogs: string[];
  /** errors of scripts and complaints of the browser, such as violations of the policy */
  complaints: string[];
}

export const NO_MISDEEDS: Misdeeds = { requests: [], dialogs: [], complaints: [] };

/** Opens an address, and notes from the beginning what the page asks for. The page itself is no request. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; misdeeds: Misdeeds }> {
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  const misdeeds: Misdeeds = { requests: [], dialogs: [], complaints: [] };
  page.on('request', (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith('data:')) misdeeds.requests.push(url);
  });
  page.on('dialog', (dialog) => {
    misdeeds.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') misdeeds.complaints.push(message.text());
  });
  page.on('pageerror', (error) => misdeeds.complaints.push(error.message));
  await page.goto(address);
  return { page, misdeeds };
}

let axe: string | undefined;

/**
 * What axe finds against WCAG 2.2 A and AA and good practice, one line per kind: the rule, what it asks, the first
 * elements. Evaluated from outside the page, so its policy stands as it is.
 */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  axe ??= readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await engine.run();
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes
          .slice(0, 3)
          .map((node) => node.html.slice(0, 160))
          .join(' ; ')}`,
    );
  });
}

/** By how many pixels the page is wider than its window; 0 when nothing has to be moved sideways. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { documentElement: { scrollWidth: number; clientWidth: number } };
    };
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });

/** Pages on A4 paper, as the browser prints it. */
export async function printedPages(page: Page): Promise<number> {
  const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: false });
  return (pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
}
