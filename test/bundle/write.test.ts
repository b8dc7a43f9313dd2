import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as fsPromises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Manifest, manifestText, readManifest } from '../../src/bundle/manifest.ts';
import { openInputs } from '../../src/bundle/open.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { packBundle, reserve } from '../../src/bundle/write.ts';

/** Set to make the next write fail as a full disk or a read-only file system does. */
const failing = vi.hoisted(() => ({ write: '', open: '', link: '' }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fsPromises>();
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      if (failing.open !== '' && String(args[0]).endsWith('.tmp')) fail(failing.open);
      const handle = await real.open(...args);
      if (failing.write !== '')
        handle.writeFile = () => Promise.reject(Object.assign(new Error(), { code: failing.write }));
      return handle;
    },
    link: (...args: Parameters<typeof real.link>) => (failing.link === '' ? real.link(...args) : fail(failing.link)),
  };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-write-'));
});
afterEach(() => {
  Object.assign(failing, { write: '', open: '', link: '' });
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const MANIFEST: Manifest = {
  schemaVersion: 1,
  tool: { name: 'gpudiag', version: '1.2.3' },
  createdAt: '2026-03-03T12:00:00.000Z',
  redacted: true,
  probes: [
    { id: 'b', side: 'host', artifact: 'host/b.txt', command: 'b', status: 'ok', bytes: 2, sha256: sha256('b\n') },
    { id: 'a', side: 'host', artifact: 'host/a.txt', path: '/a', status: 'ok', bytes: 2, sha256: sha256('a\n') },
    { id: 'c', side: 'host', artifact: null, command: 'c', status: 'missing', reason: 'c: not installed', bytes: 0 },
  ],
};
const FILES = [
  { path: 'host/b.txt', bytes: Buffer.from('b\n') },
  { path: 'host/a.txt', bytes: Buffer.from('a\n') },
];

describe('a packed bundle', () => {
  it('is the same for the same files in any order, manifest first, without times, owners and names', async () => {
    const packed = await packBundle(manifestText(MANIFEST), FILES);
    expect(Buffer.from(packed)).toEqual(Buffer.from(await packBundle(manifestText(MANIFEST), [...FILES].reverse())));
    // RFC 1952: no flags, no time, unknown system.
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    const tar = gunzipSync(packed);
    const headers = [0, 1, 2].map((i) => tar.lastIndexOf(['manifest.json', 'host/a.txt', 'host/b.txt'][i]!));
    expect(headers).toEqual([...headers].sort((a, b) => a - b));
    expect(headers[0]).toBe(0);
    for (const at of headers) {
      const field = (from: number, length: number): string =>
        tar.toString('latin1', at + from, at + from + length).replace(/[\0 ]+$/, '');
      expect(Number.parseInt(field(100, 8), 8)).toBe(0o600);
      expect(Number.parseInt(field(136, 12), 8)).toBe(0);
      expect([field(108, 8), field(116, 8)].map((text) => Number.parseInt(text, 8))).toEqual([0, 0]);
    }
  });

  it('comes back with its long and odd paths', async () => {
    const path = `guest/${'g'.repeat(120)}/proc/${'x'.repeat(90)}/it%27s.txt`;
    writeFileSync(
      join(folder, 'x.tar.gz'),
      await packBundle(manifestText(MANIFEST), [{ path, bytes: Buffer.from('x') }]),
    );
    expect((await openInputs([join(folder, 'x.tar.gz')])).map((file) => file.path)).toEqual(['manifest.json', path]);
  });
});

describe('a place for a bundle', () => {
  const path = (): string => join(folder, 'out.tar.gz');

  it('appears under its name only when it is whole, for its owner alone', async () => {
    const place = await reserve(path(), { force: false });
    expect(readdirSync(folder).filter((name) => name === 'out.tar.gz')).toEqual([]);
    await place.commit(Buffer.from('whole'));
    expect(readdirSync(folder)).toEqual(['out.tar.gz']);
    expect(readFileSync(path(), 'utf8')).toBe('whole');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing when it is given up', async () => {
    await (await reserve(path(), { force: false })).discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused at once where a file is, and replaces it only by force', async () => {
    writeFileSync(path(), 'before');
    await expect(reserve(path(), { force: false })).rejects.toThrow(
      /^\S+out\.tar\.gz: is already there; --force replaces it$/,
    );
    await (await reserve(path(), { force: true })).commit(Buffer.from('after'));
    expect(readFileSync(path(), 'utf8')).toBe('after');
    expect(readdirSync(folder)).toEqual(['out.tar.gz']);
  });

  it('does not replace a file that came meanwhile', async () => {
    const place = await reserve(path(), { force: false });
    writeFileSync(path(), 'theirs');
    await expect(place.commit(Buffer.from('ours'))).rejects.toThrow(/is already there/);
    expect(readFileSync(path(), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['out.tar.gz']);
  });

  it('works on a file system without links, and is careful there too', async () => {
    failing.link = 'EPERM';
    await (await reserve(path(), { force: false })).commit(Buffer.from('whole'));
    expect(readdirSync(folder)).toEqual(['out.tar.gz']);
    const place = await reserve(join(folder, 'other'), { force: false });
    writeFileSync(join(folder, 'other'), 'theirs');
    await expect(place.commit(Buffer.from('ours'))).rejects.toThrow(/is already there/);
  });

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'the quota is used up'],
    ['EIO', 'EIO'],
  ])('leaves nothing when writing fails with %s', async (code, words) => {
    failing.write = code;
    const place = await reserve(path(), { force: false });
    await expect(place.commit(Buffer.from('whole'))).rejects.toThrow(
      new RegExp(`out\\.tar\\.gz: cannot be written \\(${words}\\)$`),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission denied'],
  ])('is refused before any work in a folder that gives %s', async (code, words) => {
    failing.open = code;
    await expect(reserve(path(), { force: false })).rejects.toThrow(words);
  });

  it('is refused in a folder that is not there', async () => {
    await expect(reserve(join(folder, 'no', 'out'), { force: false })).rejects.toThrow('no such folder');
  });

  it('takes away what killed runs have left, and nothing else', async () => {
    const dead = `.gpudiag-${deadPid()}-0123456789ab.tmp`;
    const alive = `.gpudiag-${process.ppid}-0123456789ab.tmp`;
    for (const name of [dead, alive, '.gpudiag-x-0123456789ab.tmp', 'mine.tmp']) writeFileSync(join(folder, name), 'x');
    await (await reserve(path(), { force: false })).discard();
    expect(readdirSync(folder).sort()).toEqual(['.gpudiag-x-0123456789ab.tmp', alive, 'mine.tmp'].sort());
  });
});

/** A process id that nobody has: beyond what Linux and FreeBSD give out. */
const deadPid = (): number => 2 ** 31 - 2;

describe('verifying', () => {
  const verify = async (change: (folder: string) => void): Promise<string[]> => {
    const root = join(folder, 'bundle');
    mkdirSync(join(root, 'host'), { recursive: true });
    writeFileSync(join(root, 'manifest.json'), manifestText(MANIFEST));
    for (const file of FILES) writeFileSync(join(root, file.path), file.bytes);
    change(root);
    return verifyBundle(await openInputs([root])).problems;
  };

  it('finds nothing in a true bundle', async () => {
    expect(await verify(() => undefined)).toEqual([]);
  });

  it('finds what changed, is missing, was added, and a manifest that is none', async () => {
    expect(await verify((root) => writeFileSync(join(root, 'host/a.txt'), 'x\n'))).toEqual([
      'host/a.txt: has changed (the hash differs)',
    ]);
    expect(await verify((root) => writeFileSync(join(root, 'host/a.txt'), 'aa\n'))).toEqual([
      'host/a.txt: has 3 bytes, 2 are listed',
    ]);
    expect(await verify((root) => rmSync(join(root, 'host/b.txt')))).toEqual(['host/b.txt: is listed and not there']);
    expect(await verify((root) => writeFileSync(join(root, 'host/z.txt'), 'z'))).toEqual([
      'host/z.txt: is there and not listed',
    ]);
    expect(await verify((root) => writeFileSync(join(root, 'manifest.json'), '{'))).toEqual([
      'manifest.json: is not JSON',
    ]);
    expect(await verify((root) => rmSync(join(root, 'manifest.json')))).toEqual(['has no manifest.json']);
  });
});

describe('a manifest', () => {
  const problemWith = (own: object): string => {
    const read = readManifest(JSON.stringify({ ...MANIFEST, ...own }));
    return 'problem' in read ? read.problem : '';
  };

  it('comes back as it was', () => {
    expect(readManifest(manifestText(MANIFEST))).toEqual({ manifest: MANIFEST });
  });

  it('is refused where it departs from the schema, with the place', () => {
    expect(problemWith({ schemaVersion: 2 })).toMatch(/^schemaVersion: /);
    expect(problemWith({ probes: [{ ...MANIFEST.probes[0]!, status: 'fine' }] })).toMatch(/^probes\.0\.status: /);
    for (const artifact of ['../x', '/etc/x', 'host/../x', 'host//x', 'other/x', 'host/']) {
      expect(problemWith({ probes: [{ ...MANIFEST.probes[0]!, artifact }] }), artifact).toMatch(
        /^probes\.0\.artifact: /,
      );
    }
  });
});
