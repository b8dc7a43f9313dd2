import { describe, expect, it } from 'vitest';
import { currentRelease, releaseAge } from '../../src/matrix/age.ts';
import { cellsOf } from '../../src/matrix/cells.ts';
import { independent, rungOf } from '../../src/matrix/judge.ts';
import { retestWanted } from '../../src/matrix/retest.ts';
import { renderRetest, renderVerdicts } from '../../src/report/matrix-verdicts.ts';
import type { CellFilter } from '../../src/model/matrix.ts';
import type { GpuObservation } from '../../src/model/observation.ts';
import { MATRIX, matrixOf, observation } from './support.ts';

const TODAY = '2026-11-22';
const { tables } = MATRIX;
const fails = { outcome: 'driver-init-fails', failedStage: 'init' } as const;
const cells = (...entries: GpuObservation[]) => cellsOf(matrixOf(...entries), {}, TODAY);
const cell = (...entries: GpuObservation[]) => {
  const all = cells(...entries);
  expect(all).toHaveLength(1);
  return all[0]!;
};
const PLAIN = { width: 80, color: false, unicode: true };

describe('a cell', () => {
  it('holds the reports of one card, release, patch and guest system', () => {
    expect(
      cells(
        observation('a'),
        observation('b', { guest: { os: 'Ubuntu 24.04' }, host: { release: '14.4-RELEASE-p3' } }),
        observation('windows', { guest: { os: 'Windows 11' } }),
        observation('other', { host: { release: '14.3-RELEASE' } }),
        observation('patched', { bhyve: { patch: 'D51892' } }),
        observation('qemu', { bhyve: { userland: 'qemu' } }),
      ).map(({ release, patch, userland, guest, ids }) => [release, patch, userland, guest, ids.join()]),
    ).toEqual([
      ['14.4', 'D51892', 'bhyve', 'Linux', 'patched'],
      ['14.4', 'stock', 'bhyve', 'Linux', 'a,b'],
      ['14.4', 'stock', 'bhyve', 'Windows', 'windows'],
      ['14.4', 'stock', 'qemu', 'Linux', 'qemu'],
      ['14.3', 'stock', 'bhyve', 'Linux', 'other'],
    ]);
  });

  it('ends where an errata update repaired passthrough, and a patch in base is stock', () => {
    const at = (release: string, patch = 'stock') =>
      observation(`r-${release.toLowerCase()}-${patch.length}`, { host: { release }, bhyve: { patch } });
    const labels = cells(
      at('15.0-ALPHA2'),
      at('15.0-RELEASE'),
      at('15.0-RELEASE-p1'),
      at('15.0-RELEASE-p5'),
      at('15.0-RELEASE-p2', 'EN-25:20'),
      at('16.0-CURRENT'),
      at('14.x'),
    ).map(({ release, patch, ids }) => [release, patch, ids.length]);
    expect(labels).toEqual([
      ['16.0-CURRENT', 'stock', 1],
      ['15.0 from p1', 'stock', 3],
      ['15.0 before p1', 'stock', 2],
      ['14.x', 'stock', 1],
    ]);
  });

  it('takes a report about several guest systems for each of them', () => {
    expect(cells(observation('a', { guest: { os: 'Windows, Linux' } })).map(({ guest }) => guest)).toEqual([
      'Linux',
      'Windows',
    ]);
  });

  it('leaves out what was withdrawn or replaced, and other systems', () => {
    expect(
      cell(
        observation('old', fails),
        observation('new', { supersedes: ['old'] }),
        observation('gone', { ...fails, withdrawn: 'It was another card.' }),
        observation('smart', { ...fails, host: { os: 'SmartOS' } }),
      ),
    ).toMatchObject({ verdict: 'works', ids: ['new'] });
  });

  it('can be one of a family', () => {
    const other = observation('b', { gpu: { pciId: '10de:1b39', name: 'Tesla P10', chip: 'GP102' } });
    expect(cellsOf(matrixOf(observation('a'), other), { scope: 'family' }, TODAY)).toMatchObject([
      { gpu: 'NVIDIA, Pascal', pciId: null, ids: ['a', 'b'] },
    ]);
  });

  it.each<[CellFilter, string[]]>([
    [{ gpu: 'P10' }, ['p10']],
    [{ verdicts: ['fails'] }, ['p10']],
    [{ verdicts: [] }, ['p4', 'p10']],
    [{ guest: 'windows' }, []],
    [{ release: '14' }, ['p4', 'p10']],
    [{ architecture: 'turing' }, []],
  ])('is found by %j', (filter, expected) => {
    const p10 = observation('p10', { ...fails, gpu: { pciId: '10de:1b39', name: 'Tesla P10', chip: 'GP102' } });
    expect(cellsOf(matrixOf(observation('p4'), p10), filter, TODAY).flatMap(({ ids }) => ids)).toEqual(expected);
  });
});

describe('its verdict', () => {
  it.each([
    ['works', [observation('a')]],
    ['fails', [observation('a', fails)]],
    ['works-with-faults', [observation('a', { outcome: 'works-with-faults', failedStage: 'run' })]],
    ['conflict', [observation('a'), observation('b', fails)]],
    ['unknown', [observation('a', { outcome: 'untested' })]],
    // a mistake in the set-up says nothing of the card
    ['works', [observation('a'), observation('b', { outcome: 'vm-wont-start', failedStage: 'config' })]],
    ['unknown', [observation('b', { outcome: 'vm-wont-start', failedStage: 'config' })]],
    // hearsay contradicts nobody who saw it
    ['works', [observation('a'), observation('b', { ...fails, grade: 'second-hand' })]],
    ['fails', [observation('b', { ...fails, grade: 'second-hand' })]],
  ] as const)('is %s', (verdict, entries) => {
    expect(cell(...entries).verdict).toBe(verdict);
  });

  it('names the fields in which contradicting reports differ, and no other', () => {
    const good = observation('good', { config: { rom: true, loader: 'uefi' }, host: { hardware: 'board A' } });
    const bad = observation('bad', { ...fails, config: { rom: false, loader: 'uefi' }, host: { hardware: null } });
    const { conflict } = cell(good, bad);
    expect(conflict).toEqual({
      working: ['good'],
      failing: ['bad'],
      differsIn: [{ field: 'rom=', working: ['true'], failing: ['false'] }],
    });
    // one failing report with rom= as well: the field tells them apart no longer
    const both = cell(good, bad, observation('bad-2', { ...fails, config: { rom: true, loader: 'uefi' } }));
    expect(both.conflict!.differsIn).toEqual([]);
    expect(renderVerdicts([both], PLAIN)).toContain('They differ in nothing that both tell.');
  });

  it('says where it failed and how old the release is', () => {
    expect(cell(observation('a', { ...fails, host: { release: '14.3-RELEASE' } }))).toMatchObject({
      failedStages: ['init'],
      age: { endedOn: '2026-06-30', newer: 4 },
    });
  });
});

describe('the ladder', () => {
  const by = (
    id: string,
    reporter: string | null,
    grade: GpuObservation['grade'],
    more: Partial<GpuObservation> = {},
  ) => observation(id, { reporter, grade, ...more });
  const at = (url: string | null, hardware: string | null) => {
    const base = observation('base');
    return { source: { ...base.source, url }, host: { ...base.host, hardware } };
  };

  it('rises from hearsay to two independent hosts', () => {
    expect(rungOf([])).toBeUndefined();
    expect(rungOf([by('a', 'ann', 'second-hand'), by('b', 'bob', 'second-hand')])).toBe('second-hand');
    expect(rungOf([by('a', 'ann', 'reported'), by('b', 'bob', 'reported')])).toBe('reported');
    expect(rungOf([by('a', 'ann', 'evidenced'), by('b', 'bob', 'second-hand')])).toBe('evidenced');
    expect(rungOf([by('a', 'ann', 'evidenced'), by('b', 'ann', 'evidenced')])).toBe('evidenced');
    expect(rungOf([by('a', 'ann', 'evidenced'), by('b', 'bob', 'reported')])).toBe('confirmed');
  });

  it.each([
    ['two people', by('a', 'ann', 'reported'), by('b', 'bob', 'reported'), true],
    [
      'two people with one machine',
      by('a', 'ann', 'reported', at('u', 'X')),
      by('b', 'bob', 'reported', at('v', 'X')),
      false,
    ],
    [
      'one person with two machines',
      by('a', 'ann', 'reported', at('u', 'X')),
      by('b', 'ann', 'reported', at('v', 'Y')),
      false,
    ],
    [
      'nobody named, other source and machine',
      by('a', null, 'reported', at('u', 'X')),
      by('b', null, 'reported', at('v', 'Y')),
      true,
    ],
    [
      'nobody named, one source',
      by('a', null, 'reported', at('u', 'X')),
      by('b', null, 'reported', at('u', 'Y')),
      false,
    ],
    [
      'nobody named, machine not told',
      by('a', null, 'reported', at('u', null)),
      by('b', 'bob', 'reported', at('v', 'Y')),
      false,
    ],
  ])('%s', (_, a, b, expected) => {
    expect(independent(a, b)).toBe(expected);
    expect(independent(b, a)).toBe(expected);
  });
});

describe('age', () => {
  it.each([
    ['15.1-RELEASE', { newer: 0 }],
    ['15.0-RELEASE-p1', { newer: 1, endedOn: '2026-09-30' }],
    ['14.4-RELEASE', { newer: 3 }],
    ['13.x', { endedOn: '2026-04-30' }],
    ['14.x', {}],
    ['16.0-CURRENT', { newer: 0 }],
    ['joyent_2026', null],
    [null, null],
  ])('of %s', (release, expected) => {
    expect(releaseAge(release, tables, TODAY)).toEqual(expected);
  });

  it('follows the day', () => {
    expect(releaseAge('15.0-RELEASE', tables, '2026-09-30')).toEqual({ newer: 1 });
    expect(currentRelease(tables, TODAY)).toBe('15.1-RELEASE');
  });
});

describe('retest wanted', () => {
  const wanted = (...entries: GpuObservation[]) => retestWanted(matrixOf(...entries), {}, TODAY);
  const reasons = (...entries: GpuObservation[]) =>
    wanted(...entries).map(({ why }) => why.map(({ reason }) => reason));

  it.each([
    ['conflict', [observation('a'), observation('b', fails)]],
    ['repaired', [observation('a', { ...fails, host: { release: '15.0-RELEASE' } })]],
    ['old-success', [observation('a', { host: { release: '13.2-RELEASE' } })]],
    ['no-release', [observation('a', { host: { release: null } })]],
    ['hearsay', [observation('a', { grade: 'second-hand' })]],
    ['not-current', [observation('a', fails)]],
    ['no-outcome', [observation('a', { outcome: 'untested' })]],
  ] as const)('for %s', (reason, entries) => {
    expect(reasons(...entries)).toEqual([[reason]]);
  });

  it('for a success with a patch that a release has in base', () => {
    const patched = observation('a', { host: { release: '15.0-RELEASE' }, bhyve: { patch: 'EN-25:20' } });
    expect(reasons(patched)[0]).toContain('in-base');
  });

  it.each([
    ['a success on a supported release', [observation('a')]],
    ['an old success that was seen again', [observation('a', { host: { release: '13.2-RELEASE' } }), observation('b')]],
    ['a failure on the current release', [observation('a', { ...fails, host: { release: '15.1-RELEASE' } })]],
    ['a report that was withdrawn', [observation('a', { ...fails, withdrawn: 'Wrong card.' })]],
  ] as const)('not for %s', (_, entries) => {
    expect(reasons(...entries)).toEqual([]);
  });

  it('ranks by reason, then NVIDIA first, and says what to try', () => {
    const amd = { pciId: '1002:7590', vendorId: '1002', name: 'Radeon RX 9060 XT', architecture: 'RDNA 4', chip: null };
    const list = wanted(
      observation('amd', { ...fails, gpu: amd }),
      observation('p4-stock', { ...fails, failedStage: 'probe' }),
      observation('p4-patched', { ...fails, bhyve: { patch: 'D51892' } }),
      observation('t4', {
        gpu: { pciId: '10de:1eb8', name: 'Tesla T4', chip: 'TU104', architecture: 'Turing' },
        host: { release: '13.2-RELEASE' },
      }),
    );
    expect(list.map(({ pciId, wanted: on }) => [pciId, on])).toEqual([
      ['10de:1eb8', '15.1-RELEASE, stock'],
      // what came furthest, not what is known to fail earlier
      ['10de:1bb3', '15.1-RELEASE, D51892'],
      ['1002:7590', '15.1-RELEASE, stock'],
    ]);
  });
});

describe('the matrix of the repository', () => {
  it('has conflicts, none between reports of different cells, and no verdict without reports', () => {
    const all = cellsOf(MATRIX, {}, TODAY);
    expect(all.filter(({ verdict }) => verdict === 'conflict').length).toBeGreaterThan(0);
    for (const { verdict, conflict, confidence, ids } of all) {
      expect(conflict !== undefined).toBe(verdict === 'conflict');
      expect(confidence === null).toBe(verdict === 'unknown');
      expect(ids.length).toBeGreaterThan(0);
    }
  });

  it('wants the founding cards again, on a release with the repair', () => {
    const wishes = retestWanted(MATRIX, { guest: 'linux' }, TODAY);
    for (const [pciId, on] of [
      ['10de:1bb3', '15.1-RELEASE, D51892'],
      ['10de:1b39', '15.1-RELEASE, stock'],
    ]) {
      const wish = wishes.find((entry) => entry.pciId === pciId)!;
      expect(wish.wanted).toBe(on);
      expect(wish.why.map(({ text }) => text).join()).toContain('EN-25:20');
    }
  });

  it('is drawn within 80 columns, without a broken verdict', () => {
    const all = cellsOf(MATRIX, {}, TODAY);
    const text = renderVerdicts(all, PLAIN) + renderRetest(retestWanted(MATRIX, {}, TODAY), 99, PLAIN);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/Tesla P4 .* fails at probe +evidenced, old/);
    expect(text).not.toMatch(/undefined|null|\[object/);
  });

  it('lets nothing of an entry reach the terminal as it stands', () => {
    const nasty = observation('a', { gpu: { name: 'P4\u001b[31m' }, host: { release: null, hardware: '\u0007x' } });
    const other = observation('b', {
      ...fails,
      gpu: { name: 'P4\u001b[31m' },
      host: { release: null, hardware: 'y\u202e' },
    });
    const named = [nasty, other].map((entry) => ({ ...entry, gpu: { ...entry.gpu, pciId: null } }));
    expect(renderVerdicts(cells(...named), PLAIN)).not.toMatch(/[\u0007\u001b\u202e]/);
  });
});
