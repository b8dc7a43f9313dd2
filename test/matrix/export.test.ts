import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { harmless, plainCell, rowsOf, toCsv } from '../../src/matrix/export.ts';
import { COLUMNS } from '../../src/matrix/export-columns.ts';
import { importCsv } from '../../src/matrix/import.ts';
import { matrixExport } from '../../src/cli/matrix-export.ts';
import { join } from 'node:path';
import { ROOT } from '../support/files.ts';
import fc from '../support/property.ts';
import { MATRIX, observation, platformObservation } from './support.ts';

/** Without `$schema` and without nulls where a field may be left out: a table says "not known" in one way only. */
const essence = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, part: unknown) => (key === '$schema' || part === null ? undefined : part)),
  ) as unknown;

describe('CSV', () => {
  it('has a column for every field of every entry', () => {
    const names = new Set(COLUMNS.map(({ name }) => name));
    expect(names.size).toBe(COLUMNS.length);
    for (const name of [
      'id',
      'gpu.pciId',
      'host.release',
      'bhyve.patch',
      'config.rom',
      'symptoms',
      'source.url',
      'notes',
    ])
      expect(names).toContain(name);
  });

  it('of the whole matrix comes back as it was', () => {
    const csv = toCsv(MATRIX.observations);
    const { columns, entries, problems } = importCsv(csv, [], MATRIX.tables);
    expect(problems).toEqual([]);
    expect(columns.ignored).toEqual([]);
    expect(entries.map(({ observation: entry }) => entry.id)).toEqual(MATRIX.observations.map(({ id }) => id));
    expect(toCsv(entries.map(({ observation: entry }) => entry))).toBe(csv);
    for (const [i, { observation: entry }] of entries.entries()) {
      const original = MATRIX.observations[i]!;
      // The import fills in what follows from the PCI id.
      if (original.subject === 'gpu' && original.gpu.chip) expect(essence(entry)).toEqual(essence(original));
    }
  });

  it('holds nothing that a spreadsheet takes for a formula', () => {
    const hostile = ['=HYPERLINK("http://x","y")', '+1', '-1', '@SUM(A1)', '\t=1', "'=1", '＝1'];
    const entries = hostile.map((text, i) => observation(`x-${i}`, { summary: text, notes: `ok ${text}` }));
    const { data } = Papa.parse<string[]>(toCsv(entries).trimEnd());
    const column = data[0]!.indexOf('summary');
    for (const row of data.slice(1)) {
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r\uff1d]/);
      expect(row[column]).toMatch(/^'/);
    }
    expect(data[1]![data[0]!.indexOf('notes')]).toBe('ok =HYPERLINK("http://x","y")');
  });

  it('a harmless cell comes back, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', 'a', ' ') }), (text) => {
        expect(plainCell(harmless(text))).toBe(text);
        expect(harmless(text)).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it('tells the card of a platform report in the same columns', () => {
    const device = { pciId: null, vendorId: '8086', name: 'a bridge' };
    const [row] = rowsOf([platformObservation('p-1', { device })]);
    expect(row![COLUMNS.findIndex(({ name }) => name === 'gpu.name')]).toBe('a bridge');
    const [back] = importCsv(
      toCsv([platformObservation('p-1', { device }), platformObservation('p-2')]),
      [],
      MATRIX.tables,
    ).entries;
    expect(back!.observation).toMatchObject({ subject: 'platform', device });
  });
});

describe('the other forms', () => {
  const folder = join(ROOT, 'matrix-data');
  it('JSON holds entries as they are', () => {
    const { observations } = JSON.parse(matrixExport(folder, { format: 'json', gpu: 'P4', all: false })) as {
      observations: { id: string }[];
    };
    expect(observations.length).toBeGreaterThan(3);
    expect(observations).toContainEqual(MATRIX.observations.find(({ id }) => id === 'ca-p4-05'));
  });

  it('Markdown is one table', () => {
    const lines = matrixExport(folder, { format: 'markdown', gpu: '10de:1bb3', all: false }).split('\n');
    expect(lines[0]).toContain('| Entry | Card | PCI id |');
    const bars = lines[0]!.split('|').length;
    for (const line of lines.slice(2, -2)) expect(line.replace(/\\\|/g, '').split('|').length).toBe(bars);
    expect(lines.at(-1)).toMatch(/^\d+ entries\.$/);
  });
});
