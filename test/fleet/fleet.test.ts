import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetCsv } from '../../src/cli/fleet-csv.ts';
import { dateIn, machineOf } from '../../src/fleet/machine.ts';
import { readLine } from '../../src/fleet/read.ts';
import { createStore } from '../../src/fleet/store.ts';
import { summarise } from '../../src/fleet/summary.ts';
import { FleetSchema, type FleetSummary } from '../../src/model/fleet.ts';
import { errorLine } from '../../src/report/ndjson.ts';
import { renderFleetHtml, renderFleetText } from '../../src/report/fleet.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { fleetLines, lineOf, type Made } from './support.ts';

function storeOf(lines: readonly string[], machine?: (input: string) => string) {
  const store = createStore(machine);
  for (const line of lines) store.add(readLine(line)!);
  return store;
}

const summaryOf = (lines: readonly string[], span: { before?: string; after?: string } = {}): FleetSummary =>
  summarise(storeOf(lines), { toolVersion: '1.2.3', lines: lines.length, unreadable: 0, ...span });

const many = (count: number, made: Partial<Made>, from = 1): string[] =>
  Array.from({ length: count }, (_, i) => lineOf({ machine: `m${from + i}`, date: '2026-09-01', ...made }));

const text = (summary: FleetSummary): string =>
  renderFleetText(summary, { width: 100, color: false, unicode: true, verbose: false });

describe('names of machines and dates in paths', () => {
  it.each([
    ['fleet/host07/gpudiag-20260801T120000Z.tar.gz', 'fleet/host07', '2026-08-01T12:00:00.000Z'],
    ['2026-08/host07.tar.gz', 'host07', '2026-08-01T00:00:00.000Z'],
    ['/srv/b/host07_2026-08-01.tgz', 'srv/b/host07', '2026-08-01T00:00:00.000Z'],
    ['https://b.example/host07-unredacted.tar', 'https:/b.example/host07-unredacted', undefined],
    ['rack20261.tar.gz', 'rack20261', undefined],
    ['m202608.tar.gz', 'm202608', undefined],
    ['20260801.tar.gz', '20260801.tar.gz', '2026-08-01T00:00:00.000Z'],
  ])('%s', (input, machine, date) => {
    expect([machineOf(input), dateIn(input)]).toEqual([machine, date]);
  });
});

describe('a fleet', () => {
  const summary = summaryOf(fleetLines());

  it('is counted by GPU, outcome and cause', () => {
    expect(summary.totals).toEqual({
      lines: 26,
      unreadable: 0,
      replaced: 1,
      inputs: 25,
      errors: 2,
      cases: 24,
      machines: 22,
      from: '2026-07-01T12:00:00.000Z',
      to: '2026-09-11T12:00:00.000Z',
    });
    expect(summary.gpus.map(({ gpu, cases, machines }) => [gpu, cases, machines])).toEqual([
      ['Tesla T4', 12, 12],
      ['Tesla P4', 10, 9],
      ['RTX A4000', 2, 1],
    ]);
    expect(summary.gpus[1]!.causes).toEqual([
      { code: 'rom-not-supplied', count: 2, confirmed: 0 },
      { code: 'nvidia-intpin-missing', count: 1, confirmed: 1 },
    ]);
    expect(summary.causes[0]).toMatchObject({ code: 'rom-not-supplied', count: 3, gpus: ['Tesla P4', 'Tesla T4'] });
    expect(summary.errors).toEqual([
      {
        message: 'nothing in the input was recognised',
        exit: 65,
        count: 2,
        example: 'fleet/host50/gpudiag-20260910T120000Z.tar.gz',
      },
    ]);
    expect(v.safeParse(FleetSchema, summary).success).toBe(true);
  });

  it('shows what differs where the same card works and where it does not', () => {
    expect(summary.differences.map(({ gpu, fields }) => [gpu, fields.map(({ field }) => field)])).toEqual([
      ['Tesla P4', ['driver']],
      ['Tesla T4', ['BIOS version']],
      ['RTX A4000', []],
    ]);
    expect(summary.differences[0]!.fields[0]).toEqual({
      field: 'driver',
      working: [{ value: '535.183.01', count: 6 }],
      failing: [{ value: '580.65.06', count: 3 }],
      separates: true,
    });
  });

  it('names the machine that does otherwise than all others, and not one of a divided kind', () => {
    expect(summary.outliers).toMatchObject([
      {
        machine: 'fleet/host31',
        outcome: 'device-missing',
        usual: { outcome: 'works', count: 11, of: 12 },
        differsIn: [{ field: 'BIOS version', value: '1.0', usual: '2.4' }],
      },
    ]);
  });

  it('tells what got worse, with what changed', () => {
    expect(summary.changes).toMatchObject({
      compared: 1,
      better: [],
      worse: [
        {
          machine: 'fleet/host07',
          before: { outcome: 'works', date: '2026-08-01T12:00:00.000Z' },
          after: { outcome: 'driver-init-fails', causes: ['nvidia-intpin-missing'] },
          changed: [{ field: 'driver', from: '535.183.01', to: '580.65.06' }],
        },
      ],
    });
  });

  it('is drawn as text and as a page that says the same', () => {
    const drawn = text(summary);
    expect(drawn).toContain('24 results of 22 machines, 2026-07-01 to 2026-09-11\n');
    expect(drawn).toContain('driver: 535.183.01 (6) works, 580.65.06 (3) does not');
    expect(drawn).toContain('2 of 25 inputs without a report; 1 line replaced by another of the same input.');
    const page = renderFleetHtml(summary);
    expect(page).toContain('default-src &#39;none&#39;');
    for (const part of ['Tesla T4 (10de:1eb8)', 'fleet/host31', 'rom-not-supplied']) expect(page).toContain(part);
  });
});

describe('differences', () => {
  it('leave out what every machine has for itself, and what only one side shows', () => {
    const lines = [
      ...[1, 2, 3, 4].map((i) => lineOf({ machine: `a${i}`, date: '2026-09-01', bios: `1.${i}` })),
      ...[5, 6, 7, 8].map((i) =>
        lineOf({ machine: `a${i}`, date: '2026-09-01', bios: `1.${i}`, outcome: 'device-missing', driver: 'x' }),
      ),
    ];
    expect(summaryOf(lines).differences[0]!.fields.map(({ field }) => field)).toEqual(['driver']);
  });

  it('say so when a field only mostly parts the two', () => {
    const lines = [
      ...many(5, { driver: '1' }),
      ...many(1, { driver: '2' }, 10),
      ...many(5, { driver: '2', outcome: 'device-missing' }, 20),
    ];
    const [difference] = summaryOf(lines).differences;
    expect(difference!.fields).toMatchObject([{ field: 'driver', separates: false }]);
    expect(text(summaryOf(lines))).toContain('driver (mostly):');
    // The near miss: as many of both on either side tell nothing.
    const even = [
      ...many(2, { driver: '1' }),
      ...many(2, { driver: '2' }, 10),
      ...many(2, { driver: '1', outcome: 'device-missing' }, 20),
      ...many(2, { driver: '2', outcome: 'device-missing' }, 30),
    ];
    expect(summaryOf(even).differences[0]!.fields).toEqual([]);
  });

  it('look at what machines are now, not at what they were', () => {
    const lines = [
      lineOf({ machine: 'a', date: '2026-01-01', outcome: 'device-missing', driver: '1' }),
      lineOf({ machine: 'a', date: '2026-02-01' }),
      lineOf({ machine: 'b', date: '2026-02-01' }),
    ];
    expect(summaryOf(lines).differences).toEqual([]);
  });
});

describe('changes between dates', () => {
  const lines = [
    lineOf({ machine: 'a', date: '2026-01-01', outcome: 'device-missing' }),
    lineOf({ machine: 'a', date: '2026-03-01' }),
    lineOf({ machine: 'a', date: '2026-05-01', outcome: 'driver-init-fails' }),
    lineOf({ machine: 'b', date: '2026-05-01', outcome: 'unknown' }),
    lineOf({ machine: 'b', date: '2026-01-01' }),
  ];
  const days = (span: { before?: string; after?: string }): string[] => {
    const { worse, better } = summaryOf(lines, span).changes;
    const shown =
      (sign: string) =>
      ({ before, after }: (typeof worse)[number]) =>
        `${sign} ${before.date.slice(0, 10)} ${after.date.slice(0, 10)}`;
    return [...worse.map(shown('-')), ...better.map(shown('+'))];
  };

  it.each([
    [{}, ['- 2026-03-01 2026-05-01']],
    [{ after: '2026-04-01' }, ['- 2026-03-01 2026-05-01']],
    [{ before: '2026-02-01' }, ['+ 2026-01-01 2026-05-01']],
    [{ before: '2026-02-01', after: '2026-05-01' }, ['+ 2026-01-01 2026-05-01']],
    [{ after: '2026-06-01' }, []],
    [{ before: '2025-01-01' }, []],
  ])('%j', (span, expected) => {
    expect(days(span)).toEqual(expected);
  });
});

describe('what results hold', () => {
  it('counts once for each input: the last report, and an error only where there is none', () => {
    const input = 'm1/gpudiag-20260901T120000Z.tar.gz';
    const error = errorLine(`fleet/${input}`, { message: 'no', exit: 70 });
    const report = lineOf({ machine: 'm1', date: '2026-09-01' });
    const later = lineOf({ machine: 'm1', date: '2026-09-01', outcome: 'device-missing' });
    for (const lines of [
      [error, report, later],
      [report, later, error],
    ]) {
      const { totals, outcomes } = summaryOf(lines);
      expect(totals).toMatchObject({ inputs: 1, cases: 1, errors: 0, replaced: 2 });
      expect(outcomes).toEqual([{ outcome: 'device-missing', count: 1 }]);
    }
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"input":"x"}',
    '{"input":"x","error":1}',
    '{"input":"", "error":{"message":"m","exit":1}}',
    'x'.repeat(100),
  ])('is no result: %s', (line) => {
    expect(readLine(line)).toBeUndefined();
  });

  it('cannot be poisoned by names, nor reach terminal, page or spreadsheet', () => {
    const evil = "=cmd|' /C calc'!A0<script>alert(1)</script>\u001b[31m\u202e";
    const lines = [
      ...many(2, { driver: evil, bios: '__proto__' }),
      ...many(2, { driver: '1', bios: 'constructor', outcome: 'device-missing' }, 5),
      errorLine('@evil', { message: evil, exit: 65 }),
    ];
    const summary = summaryOf(lines);
    expect(summary.differences[0]!.fields.map(({ field }) => field)).toEqual(['BIOS version', 'driver']);
    expect(text(summary)).not.toMatch(/[\u001b\u202e]/);
    expect(renderFleetHtml(summary)).not.toContain('<script>alert');
    const csv = [...fleetCsv('cases', summary, storeOf(lines).cases), ...fleetCsv('errors', summary, [])].join('');
    expect(csv).toContain(",'=cmd|");
    expect(csv).toContain(",'@evil");
    expect(csv).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('gpudiag fleet', { timeout: 60_000 }, () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    buildIfStale();
    folder = await mkdtemp(join(tmpdir(), 'gpudiag-fleet-'));
    path = join(folder, 'results.ndjson');
    await writeFile(path, fleetLines().join(''));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads several files, compressed ones and standard input', async () => {
    const lines = fleetLines();
    const packed = join(folder, 'rest.ndjson.gz');
    await writeFile(packed, gzipSync(lines.slice(10).join('')));
    const { stdout, status } = await cli(['fleet', '-', packed, '--json'], {
      input: `${lines.slice(0, 10).join('')}cut {`,
    });
    expect(status).toBe(0);
    const summary = JSON.parse(stdout) as FleetSummary;
    expect(summary.totals).toMatchObject({ inputs: 25, unreadable: 1, lines: 27 });
  });

  it('writes every table as CSV, whole into a file', async () => {
    const out = join(folder, 'cases.csv');
    expect((await cli(['fleet', path, '--format', 'csv', '--table', 'cases', '-o', out])).status).toBe(0);
    const rows = (await readFile(out, 'utf8')).trimEnd().split('\r\n');
    expect(rows).toHaveLength(25);
    expect(rows[0]).toBe(
      'input,machine,date,gpu,pciId,slot,outcome,failedAt,cause,confidence,causes,BIOS version,FreeBSD release,board,driver,guest system',
    );
  });

  it('fails on regressions when asked to, and only then', async () => {
    expect((await cli(['fleet', path])).status).toBe(0);
    expect((await cli(['fleet', path, '--fail-on', 'regressions'])).status).toBe(1);
    expect((await cli(['fleet', path, '--fail-on', 'regressions', '--after', '2026-10-01'])).status).toBe(0);
  });

  it.each([
    [['--before', 'yesterday'], 2, 'is no date'],
    [['--table', 'gpus'], 2, 'use it with --format csv'],
    [['--machine', '('], 2, '--machine'],
  ])('refuses %j', async (flags, exit, said) => {
    const { status, stderr } = await cli(['fleet', path, ...flags]);
    expect(status).toBe(exit);
    expect(stderr).toContain(said);
  });

  it('says what a file is that holds no results', async () => {
    for (const [name, said] of [
      [folder, 'is a folder'],
      [join(folder, 'none'), 'no such file'],
      [import.meta.filename, 'no result'],
    ] as const) {
      const { status, stderr } = await cli(['fleet', name]);
      expect(status).toBe(65);
      expect(stderr).toContain(said);
    }
  });
});
