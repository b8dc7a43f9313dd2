import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importCsv } from '../../src/matrix/import.ts';
import { ObservationSchema } from '../../src/model/observation.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';
import { MATRIX, observation } from './support.ts';

const HEAD = 'id,gpu.pciId,gpu.name,release,guest.os,outcome,failedStage,summary,source.kind,source.url,grade';
const row = (id: string, outcome = 'works', stage = '', summary = 'It works.'): string =>
  `${id},10de:1bb3,Tesla P4,15.0-RELEASE,Debian 13,${outcome},${stage},${summary},log,https://example.org/log,evidenced`;
const read = (text: string) => importCsv(text, [], MATRIX.tables);
const said = (text: string): string[] =>
  read(text).problems.map(({ line, column, message }) => `${line} ${column}: ${message}`);

describe('a row', () => {
  it('becomes a whole entry; what follows from the card is filled in', () => {
    const { entries, problems } = read(`${HEAD}\n${row('jane-1')}\n`);
    expect(problems).toEqual([]);
    expect(entries).toMatchObject([
      {
        file: 'observations/10de-1bb3/jane-1.json',
        observation: {
          subject: 'gpu',
          gpu: {
            pciId: '10de:1bb3',
            vendorId: '10de',
            architecture: 'Pascal',
            chip: expect.stringMatching(/^GP104/) as string,
          },
          host: { os: 'FreeBSD', release: '15.0-RELEASE', hardware: null },
          bhyve: { patch: 'unknown', signature: 'unknown' },
          outcome: 'works',
          symptoms: [],
        },
      },
    ]);
    expect(v.safeParse(ObservationSchema, entries[0]!.observation).success).toBe(true);
  });

  it('may hold quoted line breaks; lines are those of the file', () => {
    const text = `${HEAD}\n${row('a-1', 'works', '', '"first\nsecond ""quoted"", and a comma"')}\n\n${row('b-1', 'wrks')}\n`;
    expect(said(text)).toEqual([expect.stringMatching(/^5 outcome: "wrks" is not one of the known words/)]);
    expect(read(text).entries[0]!.observation.summary).toBe('first second "quoted", and a comma');
  });

  it.each<[string, string, RegExp]>([
    ['a word that is none', row('a-1', 'perfect'), /^2 outcome: "perfect" is not one of the known words/],
    [
      'a stage that does not fit',
      row('a-1', 'driver-init-fails', 'boot'),
      /^2 failedStage: boot goes with guest-wont-boot/,
    ],
    ['an id in no form', row('a 1'), /^2 id: /],
    ['too many cells', `${row('a-1')},more`, /^2 : has 12 cells, the header has 11/],
    ['an empty cell that must not be', row(''), /^2 id: is empty, and must not be/],
    ['an unclosed quote', row('a-1', 'works', '', '"open'), /cannot be read: /],
    ['an id used above', `${row('a-1')}\n${row('a-1')}`, /^3 id: a-1 is already used by line 2/],
  ])('%s', (_name, rows, expected) => {
    expect(said(`${HEAD}\n${rows}\n`)[0]).toMatch(expected);
  });

  it.each([
    ['config.memoryBytes', '8G', /is no whole number/],
    ['config.rom', 'perhaps', /is neither yes nor no/],
    ['bhyve.patch', 'my-own', /my-own is not in tables\/patches\.csv/],
    ['guest.flavour', 'closed', /is not one of the known words/],
    ['symptoms', 'gpu-sad xid', /gpu-sad is not in tables/],
  ])('%s = %s', (column, cell, expected) => {
    expect(said(`${HEAD},${column}\n${row('a-1')},${cell}\n`)).toEqual([expect.stringMatching(expected)]);
  });

  it('with an id of the matrix is refused', () => {
    const { problems, entries } = importCsv(`${HEAD}\n${row('ca-p4-05')}\n`, MATRIX.observations, MATRIX.tables);
    expect(problems).toMatchObject([{ line: 2, column: 'id' }]);
    expect(entries).toEqual([]);
  });
});

describe('a table', () => {
  it.each([
    ['semicolons', (text: string) => text.replaceAll(',', ';')],
    ['tabs', (text: string) => text.replaceAll(',', '\t')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['DOS line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['names in capitals', (text: string) => text.replace(HEAD, HEAD.toUpperCase())],
    ['blanks in names', (text: string) => text.replace('gpu.pciId', 'GPU PCI ID')],
    ['blank rows', (text: string) => `${text}\n,,,\n\n`],
  ])('with %s', (_name, change) => {
    const { entries, problems, columns } = read(change(`${HEAD}\n${row('a-1')}\n${row('b-1')}\n`));
    expect(problems).toEqual([]);
    expect(columns.ignored).toEqual([]);
    expect(entries.map(({ observation: { id } }) => id)).toEqual(['a-1', 'b-1']);
  });

  it('tells which columns it took, which not and which are missing', () => {
    const { columns, entries } = read('id,gpu.name,outcom,colour\na-1,x,works,red\n');
    expect(columns.recognised.map(({ column }) => column)).toEqual(['id', 'gpu.name']);
    expect(columns.ignored).toEqual(['outcom', 'colour']);
    expect(columns.missing).toEqual(['outcome', 'summary', 'source.kind', 'grade']);
    expect(entries).toEqual([]);
  });

  it('with one column twice says so', () => {
    expect(said(`${HEAD},host.release\n${row('a-1')},14.3\n`)[0]).toMatch(
      /^1 host\.release: is the column host\.release, which stands there already/,
    );
  });

  it.each(['', '\n\n', '\ufeff'])('that is none: %j', (text) => {
    expect(read(text)).toMatchObject({ entries: [], problems: [{ message: 'holds no table' }] });
  });

  it('with names that objects have is just a table', () => {
    const { entries, columns } = read(`__proto__,constructor,${HEAD}\n"{""x"":1}",y,${row('a-1')}\n`);
    expect(columns.ignored).toEqual(['__proto__', 'constructor']);
    expect(entries.length).toBe(1);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    expect(Object.getPrototypeOf(entries[0]!.observation)).toBe(Object.prototype);
  });
});

describe('gpudiag matrix import', () => {
  let folder: string;
  beforeAll(buildIfStale);
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'gpudiag-import-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const table = (text: string): string => {
    const path = join(folder, 'table.csv');
    writeFileSync(path, text);
    return path;
  };

  it('writes nothing by itself, and with --output one file per row, which the check takes', async () => {
    const path = table(`${HEAD}\n${row('jane-p4-1')}\n${row('jane-p4-2', 'driver-init-fails', 'init')}\n`);
    const dry = await cli(['matrix', 'import', path]);
    expect(dry).toMatchObject({ status: 0, stderr: '' });
    expect(dry.stdout).toContain('release: taken for host.release');
    expect(dry.stdout).toContain('2 rows, all right. Would be written with --output FOLDER');
    expect(readdirSync(folder)).toEqual(['table.csv']);

    const out = join(folder, 'out');
    expect((await cli(['matrix', 'import', path, '-o', out])).status).toBe(0);
    const written = join(out, 'observations/10de-1bb3/jane-p4-1.json');
    expect(JSON.parse(readFileSync(written, 'utf8'))).toMatchObject({ id: 'jane-p4-1', grade: 'evidenced' });

    const again = await cli(['matrix', 'import', path, '-o', out]);
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/jane-p4-1\.json: is already there; nothing was written/);
  });

  it('writes nothing when one row is wrong, also when only a secret is in it', async () => {
    const out = join(folder, 'out');
    const wrong = table(`${HEAD}\n${row('jane-p4-1')}\n${row('jane-p4-2', 'perfect')}\n`);
    const { status, stdout } = await cli(['matrix', 'import', wrong, '-o', out]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/line 3, outcome: "perfect" is not one of the known words\n {4}write host-not-ready/);
    expect(stdout).toContain('2 rows, 1 problem; nothing was written');
    const leaky = table(`${HEAD}\n${row('jane-p4-1', 'works', '', 'ask jane@example.net')}\n`);
    const refused = await cli(['matrix', 'import', leaky, '-o', out]);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain('jane-p4-1, summary: holds what looks like an e-mail address');
    expect(existsSync(out)).toBe(false);
  });

  it('suggests what a column was meant to be, and answers programs', async () => {
    const path = table(`${HEAD.replace('outcome', 'outcom')}\n${row('jane-p4-1')}\n`);
    const { status, stdout } = await cli(['matrix', 'import', path]);
    expect(status).toBe(1);
    expect(stdout).toContain('outcom (did you mean outcome?)');
    expect(stdout).toContain('Missing:\n  outcome');
    const json = JSON.parse((await cli(['matrix', 'import', path, '--json'])).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ ok: false, columns: { ignored: ['outcom'], missing: ['outcome'] }, written: [] });
  });

  it('into a copy of matrix-data minds the entries there', async () => {
    const out = join(folder, 'matrix-data');
    mkdirSync(out);
    const { cpSync } = await import('node:fs');
    cpSync(join(ROOT, 'matrix-data/tables'), join(out, 'tables'), { recursive: true });
    mkdirSync(join(out, 'observations/10de-1bb3'), { recursive: true });
    const there = observation('jane-p4-1');
    writeFileSync(join(out, 'observations/10de-1bb3/jane-p4-1.json'), JSON.stringify(there));
    const { status, stdout } = await cli(['matrix', 'import', table(`${HEAD}\n${row('jane-p4-1')}\n`), '-o', out]);
    expect(status).toBe(1);
    expect(stdout).toContain('jane-p4-1 is already used by an entry of the matrix');
  });

  it.each([
    ['a missing file', 'missing.csv', 65],
    ['a picture', 'picture.png', 65],
  ])('%s: exit %s', async (_name, name, status) => {
    writeFileSync(join(folder, 'picture.png'), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    expect((await cli(['matrix', 'import', join(folder, name)])).status).toBe(status);
  });
});
