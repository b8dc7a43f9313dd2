import { cardPage } from './card-page.ts';
import { catalogueOf } from './cards.ts';
import { CHANGE_LOG, nextLog } from './change-log.ts';
import { changesPage } from './changes-page.ts';
import { atomFeed } from './feed.ts';
import { createFrame } from './frame.ts';
import type { SiteFile, SiteInput } from './input.ts';
import { matrixPage } from './matrix-page.ts';
import { reportPage } from './report-page.ts';
import { reportsPage } from './reports-page.ts';
import { retestPage } from './retest-page.ts';

/** The matrix as a site of plain files, by path. The same input gives the same bytes. */
export function renderSite({ matrix, evidence, date, earlier, address = '', version }: SiteInput): SiteFile[] {
  const catalogue = catalogueOf(matrix, date);
  const frame = createFrame(catalogue, version);
  const log = nextLog(catalogue, earlier);
  const cards = catalogue.cards.map((card) => ({
    path: `gpu/${card.slug}.html`,
    text: frame(cardPage(card, catalogue)),
  }));
  const reports = matrix.observations.map((entry) => ({
    path: `report/${entry.id}.html`,
    text: frame(reportPage(entry, catalogue, evidence.get(entry.id) ?? [])),
  }));
  const pages = new Set([...cards, ...reports].map(({ path }) => path));
  const has = (page: string): boolean => pages.has(page.replace(/#.*$/, ''));
  return [
    { path: 'index.html', text: frame(matrixPage(catalogue)) },
    { path: 'reports.html', text: frame(reportsPage(catalogue)) },
    { path: 'retest.html', text: frame(retestPage(catalogue)) },
    { path: 'changes.html', text: frame(changesPage(log, has)) },
    { path: 'feed.xml', text: atomFeed(log, address, has) },
    { path: CHANGE_LOG, text: `${JSON.stringify(log, null, 1)}\n` },
    ...cards,
    ...reports,
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
