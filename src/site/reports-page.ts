import { GUEST_NAMES, guestFamilies } from '../matrix/guest-os.ts';
import type { Observation } from '../model/observation.ts';
import { plural } from '../report/words.ts';
import { type Content, html } from '../web/html.ts';
import type { Card, Catalogue } from './cards.ts';
import { FILTER_SCRIPT } from './filter-script.ts';
import type { FramedPage } from './frame.ts';
import { filterTable, type TableGroup, type TableRow } from './table.ts';
import { deviceName, named, NOT_TOLD, outcomeChip, patchWords } from './words.ts';

/** Every report by itself, also about hosts and those that no longer stand. */
export function reportsPage(catalogue: Catalogue): FramedPage {
  const { cards, platform, matrix } = catalogue;
  const rows = (reports: readonly Observation[]): TableRow[] => reports.map((report) => rowOf(report, catalogue));
  const groups = cards.map((card) => groupOf(card, rows(card.reports)));
  if (platform.length > 0) groups.push({ name: 'Hosts, firmware and other devices', rows: rows(platform) });
  return {
    title: 'All reports',
    description: 'Every report behind the matrix of graphics cards in FreeBSD bhyve, one by one.',
    root: '',
    path: 'reports.html',
    lead: html`<p class="lead">${plural(matrix.observations.length, 'report')}, one by one, with where each comes from. Also about hosts and other devices, where they say something to every card, and from bhyve on other systems than FreeBSD.</p>`,
    main: filterTable('Reports by card', groups, 'reports'),
    scripts: [FILTER_SCRIPT],
  };
}

const groupOf = ({ slug, name, pciId, vendor, architecture, chip }: Card, rows: readonly TableRow[]): TableGroup => ({
  name: named(name),
  href: `gpu/${slug}.html`,
  pciId,
  vendor,
  family: architecture,
  chip,
  rows,
});

function rowOf(report: Observation, { stands }: Catalogue): TableRow {
  const { id, host, bhyve, guest, grade, source } = report;
  const families = guestFamilies(guest.os ?? '').map((family) => GUEST_NAMES[family]);
  const words = [
    ...(report.subject === 'platform' ? [deviceName(report)] : []),
    grade,
    ...(source.date === null ? [] : [source.date]),
    ...(stands(id) ? [] : [report.withdrawn === undefined ? 'replaced' : 'withdrawn']),
  ];
  const system = host.os === 'FreeBSD' ? (host.release ?? NOT_TOLD) : [host.os, host.release].filter(Boolean).join(' ');
  return {
    release: named(system),
    patch: named(patchWords(bhyve.patch)) + (bhyve.userland === 'qemu' ? ', QEMU' : ''),
    guest: guestWords(guest),
    guestSystems: families.length === 0 ? [named(guest.os ?? NOT_TOLD)] : families,
    outcome: outcomeChip(report, `report/${id}.html`),
    proof: words.join(', '),
  };
}

const guestWords = ({ os, driver }: Observation['guest']): Content =>
  html`${named(os ?? NOT_TOLD)}${driver !== null && html` <small>${named(driver)}</small>`}`;
