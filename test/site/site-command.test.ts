import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSiteFolder, writeSiteFolder } from '../../src/cli/site-folder.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

const work = mkdtempSync(join(tmpdir(), 'gpudiag-site-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the folder of a site', () => {
  const FILES = [
    { path: 'index.html', text: 'one' },
    { path: 'gpu/a.html', text: 'a' },
  ];
  const folder = (name: string): string => join(work, name);
  const listing = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();

  it('is made, also below folders that are not there', async () => {
    const path = folder('new/deep/site');
    await checkSiteFolder(path);
    await writeSiteFolder(path, FILES);
    expect(listing(path)).toEqual(['gpu', 'gpu/a.html', 'gpudiag-site.json', 'index.html']);
    expect(readdirSync(folder('new/deep'))).toEqual(['site']);
  });

  it('loses what the new site has not', async () => {
    const path = folder('again');
    await writeSiteFolder(path, FILES);
    await checkSiteFolder(path);
    await writeSiteFolder(path, [{ path: 'index.html', text: 'two' }]);
    expect(listing(path)).toEqual(['gpudiag-site.json', 'index.html']);
    expect(readFileSync(join(path, 'index.html'), 'utf8')).toBe('two');
  });

  it('is filled when it is empty, and stays a link when it is one', async () => {
    mkdirSync(folder('empty'));
    symlinkSync(folder('empty'), folder('link'));
    await checkSiteFolder(folder('link'));
    await writeSiteFolder(folder('link'), FILES);
    expect(existsSync(join(folder('empty'), 'index.html'))).toBe(true);
  });

  it.each([
    ['a file of somebody else', 'notes.txt', 'is not empty and holds no site of gpudiag: notes.txt'],
    ['a marker that says nothing', 'gpudiag-site.json', 'is not empty and holds no site of gpudiag'],
  ])('is left alone with %s in it', async (what, name, words) => {
    const path = folder(what);
    mkdirSync(path);
    writeFileSync(join(path, name), 'x');
    await expect(checkSiteFolder(path)).rejects.toThrow(words);
    expect(readFileSync(join(path, name), 'utf8')).toBe('x');
  });

  it.each(['CNAME', 'gpu/other.html', 'assets'])('is left alone when %s came to the site', async (name) => {
    const path = folder(`site with ${name.replace('/', ' ')}`);
    await writeSiteFolder(path, FILES);
    if (name === 'assets') mkdirSync(join(path, name));
    else writeFileSync(join(path, name), 'x');
    await expect(checkSiteFolder(path)).rejects.toThrow(`holds files that are not of the site: ${name}`);
  });

  it('is no file', async () => {
    writeFileSync(folder('file'), 'x');
    await expect(checkSiteFolder(folder('file'))).rejects.toThrow('is a file, not a folder');
  });

  it('stays as it was when writing fails, and nothing half-written is left', async () => {
    const path = folder('kept');
    await writeSiteFolder(path, FILES);
    const broken = [...FILES, { path: 'index.html', text: 'twice' }];
    await expect(writeSiteFolder(path, broken)).rejects.toThrow('cannot be written');
    expect(listing(path)).toEqual(['gpu', 'gpu/a.html', 'gpudiag-site.json', 'index.html']);
    expect(readdirSync(work).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('matrix site', () => {
  const data = join(work, 'matrix-data');

  beforeAll(() => {
    buildIfStale();
    for (const name of ['tables', 'observations/10de-1bb3']) {
      cpSync(join(ROOT, 'matrix-data', name), join(data, name), { recursive: true });
    }
    const evidence = join(data, 'evidence/ca-p4-01/guest/vm');
    mkdirSync(evidence, { recursive: true });
    writeFileSync(join(evidence, 'dmesg.txt'), 'NVRM: a line\n');
  }, 120_000);

  const site = (...args: string[]): ReturnType<typeof cli> => cli(['matrix', 'site', ...args]);

  it('writes the same site again, with evidence, and tells how large it is', async () => {
    const output = join(work, 'written');
    const args = [data, '--output', output, '--date', '2026-11-22', '--address', 'https://example.org/matrix'];
    const { status, stdout, stderr } = await site(...args);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^13 files, \d+ kB, from 6 reports\. Open .*written\/index\.html \(\d+ kB\)\.\n$/);
    const read = (): string[] =>
      readdirSync(output, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.\w+$/.test(name))
        .sort()
        .map((name) => `${name}\n${readFileSync(join(output, name), 'utf8')}`);
    const first = read();
    expect(first.join()).toContain('NVRM: a line');
    expect(first.join()).toContain('href="https://example.org/matrix/feed.xml"');
    expect((await site(...args)).status).toBe(0);
    expect(read()).toEqual(first);
  });

  it('tells what changed since a site that stands elsewhere', async () => {
    const before = join(work, 'before');
    expect((await site(data, '-o', before, '--date', '2026-11-22')).status).toBe(0);
    const log = join(before, 'changes.json');
    const known = JSON.parse(readFileSync(log, 'utf8')) as { entries: Record<string, string>; changes: unknown[] };
    delete known.entries['ca-p4-06'];
    const older = join(work, 'older.json');
    writeFileSync(older, JSON.stringify(known));
    const output = join(work, 'after');
    expect((await site(data, '-o', output, '--date', '2026-11-23', '--changes', older)).status).toBe(0);
    const { changes } = JSON.parse(readFileSync(join(output, 'changes.json'), 'utf8')) as { changes: object[] };
    expect(changes[0]).toMatchObject({ date: '2026-11-23', kind: 'added', page: 'report/ca-p4-06.html' });
    expect(changes).toHaveLength(known.changes.length + 1);
  });

  it('makes a site of the matrix that the program uses', async () => {
    const output = join(work, 'own');
    expect((await site('-o', output)).status).toBe(0);
    expect(readFileSync(join(output, 'index.html'), 'utf8')).toContain('Tesla P4');
  });

  it.each([
    [['--date', '2026-02-30'], 2, 'is no day'],
    [['--address', 'ftp://example.org/'], 2, 'is no address of a site'],
    [['--changes', join(work, 'nothing.json')], 65, 'cannot be read (ENOENT)'],
    [['--changes', join(ROOT, 'package.json')], 65, 'is not what an earlier build wrote'],
  ])('refuses %j', async (flags, code, words) => {
    const output = join(work, 'refused');
    const { status, stdout, stderr } = await site(data, '-o', output, ...flags);
    expect([status, stdout]).toEqual([code, '']);
    expect(stderr).toContain(words);
    expect(existsSync(output)).toBe(false);
  });

  it('makes no site of data with errors in it', async () => {
    const broken = join(work, 'broken');
    cpSync(data, broken, { recursive: true });
    writeFileSync(join(broken, 'observations/10de-1bb3/x.json'), '{');
    const { status, stderr } = await site(broken, '-o', join(work, 'refused'));
    expect(status).toBe(65);
    expect(stderr).toMatch(/1 error, the first in observations\/10de-1bb3\/x\.json: is not JSON[^]*matrix lint/);
  });
});
