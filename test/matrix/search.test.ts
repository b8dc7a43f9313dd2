import { describe, expect, it } from 'vitest';
import { completeConfiguration } from '../../src/matrix/card.ts';
import { buildColumns, traitsAt } from '../../src/matrix/columns.ts';
import { compare } from '../../src/matrix/compare.ts';
import { measureAll, nearestRows } from '../../src/matrix/search.ts';
import type { Configuration } from '../../src/model/matrix.ts';
import type { GpuObservation } from '../../src/model/observation.ts';
import fc from '../support/property.ts';
import { MATRIX, observation } from './support.ts';

const { tables } = MATRIX;
const ids = [...tables.gpus.keys()].filter((id) => id.startsWith('10de:1')).slice(0, 12);
const releases = ['14.3-RELEASE', '14.3-RELEASE-p2', '14.x', '15.0-ALPHA2', '15.0-RELEASE-p1', '16.0-CURRENT'];
const patches = ['stock', 'D51892', 'EN-25:20', 'other'];
const guests = ['Debian 13', 'Windows 11', 'Windows, Linux, FreeBSD', 'Haiku'];
const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: null });

const report: fc.Arbitrary<Partial<GpuObservation>> = fc
  .record({
    pciId: maybe(ids),
    chip: maybe(['GP104', 'GP102', 'TU102']),
    release: maybe(releases),
    patch: fc.constantFrom(...patches, 'unknown'),
    signature: fc.constantFrom('native' as const, 'kvm' as const, 'unknown' as const),
    userland: fc.constantFrom('bhyve' as const, 'qemu' as const),
    os: maybe(guests),
    branch: maybe(['470', '575', '580']),
    flavour: maybe(['proprietary', 'open'] as const),
    rom: maybe([true, false]),
    grade: fc.constantFrom('second-hand' as const, 'reported' as const, 'evidenced' as const),
    date: maybe(['2024', '2025-07', '2025-07-01']),
  })
  .map(({ pciId, chip, release, patch, signature, userland, os, branch, flavour, rom, grade, date }) => {
    const base = observation('base');
    return {
      gpu: { ...base.gpu, pciId, chip, name: pciId ?? 'A card', vendorId: '10de' },
      host: { ...base.host, release },
      bhyve: { ...base.bhyve, patch, signature, userland },
      guest: { ...base.guest, os, branch, flavour },
      config: { rom },
      grade,
      source: { ...base.source, date },
    };
  });

const optional = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const question: fc.Arbitrary<Configuration> = fc
  .record({
    pciId: fc.constantFrom(...ids),
    release: optional(releases),
    patch: optional(patches),
    signature: optional(['native', 'kvm'] as const),
    guestOs: optional(guests),
    branch: optional(['470', '580']),
    rom: optional([true, false]),
  })
  .map((fields) => completeConfiguration(fields as Configuration, tables));

describe('the fast search', () => {
  it('finds exactly what comparing every report in full and sorting finds, ties included', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 40 }), question, fc.nat({ max: 12 }), (reports, yours, limit) => {
        const columns = buildColumns(reports.map((changes, i) => ({ ...observation(`x-${i}`), ...changes })));
        const plain = Array.from(
          { length: columns.length },
          (_, row) => compare(yours, traitsAt(columns, row), tables).distance,
        );
        const fast = measureAll(columns, yours, tables);
        expect([...fast]).toEqual(plain);
        const accept = (row: number): boolean => row % 3 !== 1;
        const sorted = plain
          .map((distance, row) => ({ distance, row }))
          .filter(({ row }) => accept(row))
          .sort((a, b) => a.distance - b.distance || a.row - b.row)
          .slice(0, limit)
          .map(({ row }) => row);
        expect(nearestRows(fast, limit, accept)).toEqual(sorted);
      }),
      { numRuns: 300 },
    );
  });

  it('asks nothing of rows that cannot come in any more', () => {
    const asked: number[] = [];
    nearestRows(Float64Array.of(3, 1, 1, 2, 0), 2, (row) => asked.push(row) > 0);
    expect(asked).toEqual([0, 1, 2, 4]);
  });
});

describe('rows', () => {
  it('stand best proven first, then latest, then by id', () => {
    const columns = buildColumns([
      observation('b'),
      observation('a'),
      observation('late', { source: { date: '2026-05' } }),
      observation('told', { grade: 'reported', source: { date: '2026-06' } }),
      observation('undated', { source: { date: null } }),
    ]);
    const order = Array.from({ length: columns.length }, (_, row) => columns.observation(row).id);
    expect(order).toEqual(['late', 'a', 'b', 'undated', 'told']);
  });

  it('hold every different value once', () => {
    const { traits } = buildColumns([
      observation('a'),
      observation('b'),
      observation('c', { guest: { os: 'Windows' } }),
    ]);
    expect(traits.guest.values).toEqual(['Debian 13', 'Windows']);
    expect([...traits.guest.codes]).toEqual([0, 0, 1]);
  });
});
