import { describe, expect, it } from 'vitest';
import { listObservations, showObservation, similarIds } from '../../src/matrix/query.ts';
import { renderMatrixList, renderObservation } from '../../src/report/matrix-text.ts';
import type { MatrixFilter, MatrixSort } from '../../src/model/matrix.ts';
import { MATRIX, matrixOf, observation, platformObservation } from './support.ts';

const SMALL = matrixOf(
  observation('p4-works'),
  observation('p4-fails', { outcome: 'driver-init-fails', failedStage: 'init', host: { release: '15.0-RELEASE-p5' } }),
  observation('t400-win', {
    gpu: { pciId: null, name: 'T400', architecture: 'Turing', chip: 'TU117' },
    guest: { os: 'Windows 11' },
    host: { release: null },
    source: { date: null },
  }),
  observation('rx-replaced', {
    gpu: { pciId: '1002:7590', vendorId: '1002', name: 'Radeon RX 9060 XT', architecture: 'RDNA 4', chip: 'Navi 44' },
    source: { date: '2026-03' },
  }),
  observation('rx-new', {
    gpu: { pciId: '1002:7590', vendorId: '1002', name: 'Radeon RX 9060 XT', architecture: 'RDNA 4', chip: 'Navi 44' },
    host: { release: '15.1-RELEASE' },
    source: { date: '2026-04' },
    supersedes: ['rx-replaced'],
  }),
  observation('smart', { host: { os: 'SmartOS (illumos)', release: '15.0-RELEASE' }, source: { date: '2025' } }),
  platformObservation('host-1'),
);
const ids = (filter: MatrixFilter, sort: MatrixSort = 'id'): string[] =>
  listObservations(SMALL, filter, sort).rows.map(({ id }) => id);

describe('list', () => {
  it('shows cards and what still stands; everything when asked', () => {
    expect(ids({})).toEqual(['p4-fails', 'p4-works', 'rx-new', 'smart', 't400-win']);
    expect(ids({ all: true })).toEqual([
      'host-1',
      'p4-fails',
      'p4-works',
      'rx-new',
      'rx-replaced',
      'smart',
      't400-win',
    ]);
    expect(listObservations(SMALL, { gpu: 'nothing' })).toEqual({ total: 7, rows: [] });
  });

  it.each<[MatrixFilter, string[]]>([
    [{ gpu: 'tesla' }, ['p4-fails', 'p4-works', 'smart']],
    [{ gpu: '10de:1bb3' }, ['p4-fails', 'p4-works', 'smart']],
    [{ gpu: '1002' }, ['rx-new']],
    [{ gpu: 'tu117' }, ['t400-win']],
    [{ gpu: 'GP104GL' }, ['p4-fails', 'p4-works', 'smart']],
    [{ architecture: 'rdna 4' }, ['rx-new']],
    [{ outcomes: ['driver-init-fails', 'untested'] }, ['p4-fails']],
    [{ outcomes: [] }, ['p4-fails', 'p4-works', 'rx-new', 'smart', 't400-win']],
    [{ release: '15' }, ['p4-fails', 'rx-new']],
    [{ release: '15.0' }, ['p4-fails']],
    [{ release: '15.0-RELEASE' }, []],
    [{ release: '14.4-RELEASE' }, ['p4-works']],
    [{ release: 'no release' }, []],
    [{ guest: 'windows' }, ['t400-win']],
    [{ guest: 'Debian' }, ['p4-fails', 'p4-works', 'rx-new', 'smart']],
    [{ gpu: 'tesla', outcomes: ['works'], release: '14' }, ['p4-works']],
  ])('by %j', (filter, expected) => {
    expect(ids(filter)).toEqual(expected);
  });

  it.each<[MatrixSort, string[]]>([
    ['gpu', ['rx-new', 't400-win', 'p4-fails', 'p4-works', 'smart']],
    ['outcome', ['rx-new', 't400-win', 'p4-works', 'smart', 'p4-fails']],
    ['release', ['rx-new', 'p4-fails', 'p4-works', 'smart', 't400-win']],
    ['date', ['rx-new', 'p4-fails', 'p4-works', 'smart', 't400-win']],
  ])('sorted by %s', (sort, expected) => {
    expect(ids({}, sort)).toEqual(expected);
  });

  it('gives rows as plain data', () => {
    expect(listObservations(SMALL, { gpu: 't400' }).rows).toEqual([
      {
        id: 't400-win',
        subject: 'gpu',
        gpu: 'T400',
        pciId: null,
        architecture: 'Turing',
        os: 'FreeBSD',
        release: null,
        patch: 'stock',
        guest: 'Windows 11',
        guestSystems: ['Windows'],
        outcome: 'works',
        failedStage: null,
        grade: 'evidenced',
        date: null,
        retired: false,
      },
    ]);
    expect(listObservations(SMALL, { gpu: '1002', all: true }, 'id').rows.map(({ retired }) => retired)).toEqual([
      false,
      true,
    ]);
  });
});

describe('show', () => {
  it('adds what the tables and other entries say', () => {
    expect(showObservation(MATRIX, 'ca-p4-05')).toMatchObject({
      observation: { id: 'ca-p4-05' },
      card: { pciId: '10de:1bb3', name: 'Tesla P4' },
      symptoms: [
        { code: 'nvidia-irq-missing', meaning: expect.stringContaining('interrupt') as string },
        { code: 'nvidia-intpin-missing' },
      ],
      supersededBy: [],
    });
    expect(showObservation(MATRIX, 'ca-p4-06')!.patch!.id).toBe('D51892');
    expect(showObservation(SMALL, 'rx-replaced')!.supersededBy).toEqual(['rx-new']);
  });

  it('knows when there is no such entry, and what may have been meant', () => {
    expect(showObservation(MATRIX, 'ca-p4-99')).toBeUndefined();
    expect(similarIds(MATRIX, 'ca-p4-99')).toEqual(['ca-p4-01', 'ca-p4-02', 'ca-p4-03', 'ca-p4-04', 'ca-p4-05']);
    expect(similarIds(MATRIX, '')).toEqual([]);
  });
});

describe('text', () => {
  const PLAIN = { width: 80, color: false, unicode: true };

  it('of the whole list stays within 80 columns and breaks no outcome', () => {
    const list = listObservations(MATRIX, { all: true });
    const lines = renderMatrixList(list, PLAIN).trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toBe(`${list.rows.length} entries of ${list.total}`);
    for (const { id, outcome } of list.rows) {
      expect(
        lines.find((line) => line.startsWith(`${id} `)),
        id,
      ).toContain(outcome);
    }
  });

  it('shows the host in short, its patch, and marks what was replaced', () => {
    const text = renderMatrixList(listObservations(SMALL, { all: true }), PLAIN);
    expect(text).toMatch(/p4-fails +Tesla P4 +15\.0-p5 +Linux +driver-init-fails\n/);
    expect(text).toMatch(/rx-replaced .* works \(replaced\)\n/);
    expect(renderMatrixList(listObservations(MATRIX, { gpu: '10de:1bb3', release: '15.0' }), PLAIN)).toMatch(
      /15\.0-ALPHA2 \+ D51892/,
    );
  });

  it('of an empty list says so', () => {
    expect(renderMatrixList(listObservations(SMALL, { gpu: 'none' }), PLAIN)).toBe('No entry of 7 fits.\n');
  });

  it('of one entry tells what it tells', () => {
    const text = renderObservation(showObservation(MATRIX, 'ca-p4-06')!, PLAIN);
    expect(text).toMatch(/^ca-p4-06\nCard +Tesla P4, 10de:1bb3, Pascal, GP104\n/);
    expect(text).toMatch(/\nbhyve +D51892, Interrupt pin for NVIDIA GPUs/);
    expect(text).toMatch(/\nOutcome +driver-init-fails \(.*at init/);
    expect(text).toContain('RmInitAdapter failed! (0x31:0xffff:2767)');
    expect(text).toMatch(/\nGrade +evidenced, by huataihuang, 2025-09\n/);
    expect(text).toMatch(/\n- rm-init-adapter-failed: /);
    expect(text).not.toMatch(/undefined|null|\nRemedy/);
    const lines = text.trimEnd().split('\n');
    expect(
      Math.max(...lines.filter((line) => !line.includes('https://')).map((line) => line.length)),
    ).toBeLessThanOrEqual(80);
  });

  it('of every entry holds its id, outcome and address', () => {
    for (const { id, outcome, source } of MATRIX.observations) {
      const text = renderObservation(showObservation(MATRIX, id)!, PLAIN);
      expect(text).toContain(id);
      expect(text).toContain(outcome);
      if (source.url !== null) expect(text).toContain(source.url);
    }
  });

  it('has colour only when asked, and ASCII where nothing else can be shown', () => {
    const detail = showObservation(SMALL, 'p4-works')!;
    const escape = '\u001b[';
    expect(renderObservation(detail, PLAIN)).not.toContain(escape);
    expect(renderObservation(detail, { ...PLAIN, color: true })).toContain(escape);
    expect(renderMatrixList(listObservations(SMALL, {}), { ...PLAIN, unicode: false })).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('does not pass control characters on', () => {
    const nasty = matrixOf(observation('x-1', { summary: 'a\u001b[31mb\u202ec', gpu: { name: 'P4\u0007' } }));
    const shown =
      renderObservation(showObservation(nasty, 'x-1')!, PLAIN) + renderMatrixList(listObservations(nasty, {}), PLAIN);
    expect(shown).not.toMatch(/[\u0007\u001b\u202e]/);
  });
});
