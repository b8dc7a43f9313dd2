import type { Matrix } from '../../src/model/matrix.ts';
import type { GpuObservation } from '../../src/model/observation.ts';
import type { EvidenceFile, SiteInput } from '../../src/site/input.ts';
import { renderSite } from '../../src/site/site.ts';
import { MATRIX, matrixOf, observation, platformObservation } from '../matrix/support.ts';

export const DATE = '2026-11-22';

export const siteOf = (matrix: Matrix, more: Partial<SiteInput> = {}): Map<string, string> =>
  new Map(
    renderSite({ matrix, evidence: new Map(), date: DATE, version: '1.2.3', ...more }).map(({ path, text }) => [
      path,
      text,
    ]),
  );

/** Text of somebody who means harm, for every place where text may stand. */
export const HOSTILE = [
  `<script>document.title = 'owned'</script>`,
  `"><img src=x onerror="document.title='owned'">`,
  `'></style><style>body { display: none }</style>`,
  '</td></tr></table></title><svg onload=alert(1)>',
  'javascript:alert(1)',
  '\u202etxet desrever\u2066',
  '${alert(1)} {{7*7}} `x` &lt;b&gt; ]]>',
  'W'.repeat(400),
].join(' ');

/** What shows that a piece of it became more than text. */
export const HARM = 'main :is(script, style, img, svg, iframe, [onerror], [onload], [style])';

const EVIL: GpuObservation = observation('evil-1', {
  gpu: { pciId: null, name: HOSTILE, architecture: HOSTILE, chip: HOSTILE },
  host: { release: HOSTILE, hardware: HOSTILE, cpu: HOSTILE, board: HOSTILE, firmware: HOSTILE },
  bhyve: { patch: HOSTILE, detail: HOSTILE },
  guest: { os: HOSTILE, driver: HOSTILE, kernel: HOSTILE, driverVersion: HOSTILE },
  config: { loader: HOSTILE, notes: HOSTILE },
  outcome: 'driver-init-fails',
  failedStage: 'init',
  symptoms: [HOSTILE],
  summary: HOSTILE,
  workaround: HOSTILE,
  source: { url: `https://example.org/"><script>alert(1)</script>`, title: HOSTILE, date: '2026-03-04' },
  reporter: HOSTILE,
  notes: HOSTILE,
});

export const EVIDENCE: ReadonlyMap<string, readonly EvidenceFile[]> = new Map([
  ['evil-1', [{ path: 'guest/a/dmesg.txt', text: `${HOSTILE}\n<b>bold</b>\n` }]],
  ['p4-works', [{ path: 'guest/vm/nvidia-smi.txt', text: 'Tesla P4  On  | 00000000:00:06.0 Off\n' }]],
]);

/** A few entries of every sort. */
export const SMALL: Matrix = matrixOf(
  observation('p4-works', { host: { hardware: 'one machine' }, reporter: 'ann' }),
  observation('p4-fails', {
    host: { release: '15.0-RELEASE', hardware: 'other machine' },
    bhyve: { patch: 'D51892' },
    guest: { os: 'Windows 11', driver: null, branch: null, flavour: null },
    outcome: 'driver-init-fails',
    failedStage: 'init',
    summary: 'It does not come up',
    source: { url: null, title: 'a letter', date: null },
    grade: 'reported',
  }),
  observation('old-success', {
    gpu: { pciId: '10de:1e04', name: 'GeForce RTX 2080 Ti', architecture: 'Turing', chip: 'TU102' },
    host: { release: '12.2-RELEASE' },
    source: { date: '2021-05' },
  }),
  observation('two-a', {
    gpu: { pciId: null, name: 'Card A/B', architecture: null, chip: null },
    host: { hardware: 'x' },
    guest: { os: 'Debian 13' },
  }),
  observation('two-b', {
    gpu: { pciId: null, name: 'Card A/B', architecture: null, chip: null },
    host: { hardware: 'y' },
    guest: { os: 'Ubuntu 24.04' },
    outcome: 'guest-wont-boot',
    failedStage: 'boot',
    contradicts: ['two-a'],
  }),
  observation('slug-twin', { gpu: { pciId: null, name: 'Card A B', architecture: null, chip: null } }),
  observation('illumos', {
    gpu: { pciId: null, name: 'Sun Card', chip: null },
    host: { os: 'SmartOS', release: null },
  }),
  observation('taken-back', { withdrawn: 'The card was in another slot.' }),
  platformObservation('any-host', {
    host: { release: '14.3-RELEASE' },
    outcome: 'host-not-ready',
    failedStage: 'host',
  }),
);

export const WITH_EVIL: Matrix = { ...SMALL, observations: [...SMALL.observations, EVIL] };

/** As many entries of real cards, nearly all of them combinations of their own. */
export function manyObservations(count: number): Matrix {
  const cards = [...MATRIX.tables.gpus.values()]
    .filter(({ pciId }) => /^(?:10de|1002|8086):/.test(pciId))
    .slice(0, 100);
  const releases = [
    '13.5-RELEASE',
    '14.3-RELEASE-p2',
    '14.4-RELEASE',
    '15.0-RELEASE',
    '15.0-RELEASE-p5',
    '15.1-RELEASE',
  ];
  const patches = ['stock', 'D51892', 'beckhoff-nvidia-wip', 'other'];
  const guests = ['Ubuntu 24.04', 'Windows 11', 'FreeBSD 15.0'];
  const entries = Array.from({ length: count }, (_, i) => {
    const { pciId, name, architecture, chip } = cards[i % cards.length]!;
    const turn = Math.floor(i / cards.length);
    const works = i % 3 === 0;
    return observation(`entry-${i}`, {
      gpu: { pciId, vendorId: pciId.slice(0, 4), name, architecture: architecture || null, chip: chip || null },
      host: { release: releases[turn % 6]! },
      bhyve: { patch: patches[(turn + i) % 4]! },
      guest: { os: guests[turn % 3]! },
      outcome: works ? 'works' : 'driver-init-fails',
      failedStage: works ? null : 'init',
      grade: i % 2 === 0 ? 'evidenced' : 'reported',
      source: { date: `2026-0${1 + (i % 9)}-1${i % 10}` },
    });
  });
  return matrixOf(...entries);
}
