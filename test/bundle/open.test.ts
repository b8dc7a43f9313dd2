import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/bundle/limits.ts';
import { openInputs } from '../../src/bundle/open.ts';
import { isTar } from '../../src/bundle/tar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-open-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const tar = async (files: Record<string, string>): Promise<Buffer> => {
  const entries = Object.entries(files).map(([name, body]) => ({
    header: { name, size: Buffer.byteLength(body), type: 'file' as const, mtime: new Date(0) },
    body,
  }));
  return Buffer.from(await packTar(entries));
};
/** path -> content or problem */
const opened = async (...inputs: string[]): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await openInputs(inputs)).map(({ path, bytes, problem }) => [
      path,
      [Buffer.from(bytes).toString('utf8'), problem].filter((part) => part !== undefined && part !== '').join(' !! '),
    ]),
  );

const BUNDLE = { 'top/manifest.json': '{}', 'top/host/dmesg.txt': 'host log', 'top/guest/vm/dmesg.txt': 'guest log' };
const UNPACKED = { 'manifest.json': '{}', 'host/dmesg.txt': 'host log', 'guest/vm/dmesg.txt': 'guest log' };

describe('what can be opened', () => {
  it('a file, by its name', async () => {
    expect(await opened(put('a.txt', 'text'))).toEqual({ 'a.txt': 'text' });
  });

  it('a folder, in the order of names, without what begins with a dot', async () => {
    put('in/b/2.txt', '2');
    put('in/a.txt', 'a');
    put('in/b/1.txt', '1');
    put('in/.git/config', 'no evidence');
    put('in/.DS_Store', 'no evidence');
    const files = await openInputs([join(folder, 'in')]);
    expect(files.map(({ path }) => path)).toEqual(['a.txt', 'b/1.txt', 'b/2.txt']);
  });

  it.each([
    ['.tar', (bytes: Buffer) => bytes],
    ['.tar.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['.tgz', (bytes: Buffer) => gzipSync(bytes)],
    ['.txt', (bytes: Buffer) => gzipSync(bytes)],
  ])('a bundle as %s, without its top folder', async (ending, pack) => {
    expect(await opened(put(`bundle${ending}`, pack(await tar(BUNDLE))))).toEqual(UNPACKED);
  });

  it('an archive that keeps host/ and guest/ at its top, or ./ before everything', async () => {
    expect(await opened(put('a.tar', await tar({ 'host/a': '1', 'host/b': '2' })))).toEqual({
      'host/a': '1',
      'host/b': '2',
    });
    expect(await opened(put('b.tar', await tar({ './host/a': '1', './guest/v/b': '2' })))).toEqual({
      'host/a': '1',
      'guest/v/b': '2',
    });
  });

  it('a compressed text of several members', async () => {
    const members = Buffer.concat([gzipSync('one\n'), gzipSync('two\n'), gzipSync('')]);
    expect(await opened(put('dmesg.txt.gz', members))).toEqual({ 'dmesg.txt': 'one\ntwo\n' });
    expect(await opened(put('no-ending', members))).toEqual({ 'no-ending': 'one\ntwo\n' });
  });

  it('what is compressed twice, or lies in an archive in a folder', async () => {
    expect(await opened(put('x.gz', gzipSync(gzipSync('text'))))).toEqual({ x: 'text' });
    put('in/b.tar', await tar({ 'host/log.gz': gzipSync('text').toString('latin1') }));
    put('in/c.tgz', gzipSync(await tar(BUNDLE)));
    expect(Object.keys(await opened(join(folder, 'in')))).toEqual([
      'b.tar/host/log.gz',
      'c.tgz/manifest.json',
      'c.tgz/host/dmesg.txt',
      'c.tgz/guest/vm/dmesg.txt',
    ]);
  });

  it('several inputs, told apart by name when they hold files of the same name', async () => {
    const first = put('one/a.txt', '1');
    const second = put('two/a.txt', '2');
    const third = put('b.txt', '3');
    expect(await opened(first, third)).toEqual({ 'a.txt': '1', 'b.txt': '3' });
    expect(await opened(first, second)).toEqual({ 'a.txt': '1', 'a.txt/a.txt': '2' });
    expect(await opened(join(folder, 'one'), join(folder, 'two'))).toEqual({ 'a.txt': '1', 'two/a.txt': '2' });
    expect(await opened(first, first)).toEqual({ 'a.txt': '1' });
  });

  it('gives every file a path of its own', async () => {
    const inputs = ['p', 'q', 'r'].map((name) => put(`${name}/in/x.txt`, name)).map((path) => join(path, '..'));
    expect(await opened(...inputs)).toEqual({ 'x.txt': 'p', 'in/x.txt': 'q', 'in/x.txt (2)': 'r' });
    expect(await opened(put('twice.tar', await tar({ 'host/a': '1', 'host/b': '2' }).then(duplicateFirst)))).toEqual({
      'host/a': '1',
      'host/a (2)': '2',
    });
  });
});

/** Renames the second entry (header at 1024) to the name of the first, checksum included. */
function duplicateFirst(archive: Buffer): Buffer {
  const copy = Buffer.from(archive);
  archive.copy(copy, 1024, 0, 512);
  return copy;
}

describe('what cannot', () => {
  it('is said for each, and the rest is read', async () => {
    const good = put('good.txt', 'text');
    mkdirSync(join(folder, 'empty'));
    expect(await opened(join(folder, 'missing'), good, join(folder, 'empty'), '/dev/zero', join(good, 'x'))).toEqual({
      [join(folder, 'missing')]: 'no such file or folder',
      'good.txt': 'text',
      [join(folder, 'empty')]: 'is a folder without files',
      '/dev/zero': 'is a device, not a file',
      [join(good, 'x')]: 'no such file or folder',
    });
  });

  it('a link in a folder is named and not followed; a link that is named is', async () => {
    put('in/a.txt', 'text');
    symlinkSync('/etc/passwd', join(folder, 'in/link'));
    expect(await opened(join(folder, 'in'))).toEqual({
      'a.txt': 'text',
      link: 'is a symbolic link and was not followed',
    });
    symlinkSync(join(folder, 'in/a.txt'), join(folder, 'named'));
    expect(await opened(join(folder, 'named'))).toEqual({ named: 'text' });
  });

  it.skipIf(process.getuid?.() === 0)('a file or folder without permission', async () => {
    chmodSync(put('in/secret.txt', 'x'), 0);
    put('in/closed/a.txt', 'x');
    chmodSync(join(folder, 'in/closed'), 0);
    put('in/open.txt', 'text');
    expect(await opened(join(folder, 'in'))).toEqual({
      closed: 'permission denied',
      'open.txt': 'text',
      'secret.txt': 'permission denied',
    });
    chmodSync(join(folder, 'in/closed'), 0o700);
  });

  it('folders inside folders without end', async () => {
    put(`${'d/'.repeat(LIMITS.depth + 2)}x.txt`, 'x');
    put('d/near.txt', 'near');
    const files = await opened(join(folder, 'd'));
    expect(files['near.txt']).toBe('near');
    expect(Object.values(files)).toContain('is nested too deep and was left out');
  });

  it('archives inside archives without end', async () => {
    let bytes: Uint8Array = Buffer.from('text');
    for (let i = 0; i < LIMITS.archives + 2; i += 1) bytes = gzipSync(bytes);
    expect(Object.values(await opened(put('deep.gz', bytes)))).toEqual(['is an archive inside too many archives']);
  });
});

describe('what is only partly there', () => {
  it('a truncated gzip file gives what it holds', async () => {
    const whole = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i * 7919}`).join('\n')));
    const [file] = await openInputs([put('x.gz', whole.subarray(0, whole.length / 2))]);
    expect(file!.problem).toBe('is a truncated gzip file; the part before was read');
    expect(Buffer.from(file!.bytes).toString().startsWith('line 0\nline 7919\n')).toBe(true);
    expect(await opened(put('y.gz', whole.subarray(0, 5)))).toEqual({ 'y.gz': 'is a truncated gzip file' });
  });

  it('a second member that is cut does not take the first along', async () => {
    const second = gzipSync('second\n'.repeat(100));
    const [file] = await openInputs([put('x.gz', Buffer.concat([gzipSync('first\n'), second.subarray(0, -12)]))]);
    expect(Buffer.from(file!.bytes).toString().startsWith('first\n')).toBe(true);
    expect(file!.problem).toMatch(/^is a truncated gzip file/);
  });

  it('a damaged gzip file', async () => {
    const bytes = gzipSync('text '.repeat(1000));
    bytes[bytes.length - 6]! ^= 0xff;
    const [file] = await openInputs([put('x.gz', bytes)]);
    expect(file!.problem).toMatch(/^is a damaged gzip file/);
    expect(await opened(put('y.gz', Buffer.from([0x1f, 0x8b, 0, 1, 2, 3])))).toEqual({
      'y.gz': 'is a damaged gzip file',
    });
  });

  it('a truncated archive gives the files before the cut, and says which is not whole', async () => {
    const bytes = await tar({ 'host/a': 'a'.repeat(600), 'host/b': 'b'.repeat(600) });
    const cutInside = await opened(put('x.tar', bytes.subarray(0, 512 + 1024 + 512 + 100)));
    expect(cutInside['host/a']).toBe('a'.repeat(600));
    expect(cutInside['host/b']).toBe(`${'b'.repeat(100)} !! is cut off: 100 of 600 bytes are there`);
    expect(cutInside['x.tar']).toMatch(/^is a truncated tar archive/);
    const cutBetween = await opened(put('y.tar', bytes.subarray(0, 512 + 1024)));
    expect(Object.keys(cutBetween)).toEqual(['host/a', 'y.tar']);
  });

  it('a truncated bundle names the file that the user gave', async () => {
    const bytes = gzipSync(await tar({ 'host/a': randomText(3000), 'host/b': randomText(3000) }));
    const files = await opened(put('x.tgz', bytes.subarray(0, bytes.length / 2)));
    expect(files['x.tgz']).toMatch(/truncated tar archive.*truncated gzip file/);
  });

  it('an archive without files', async () => {
    const onlyFolder = Buffer.from(await packTar([{ header: { name: 'd/', type: 'directory', size: 0 } }]));
    expect(await opened(put('y.tar', onlyFolder))).toEqual({ 'y.tar': 'is an archive without files' });
  });

  it('any cut of any bundle gives a report and never throws', async () => {
    const plain = await tar(BUNDLE);
    const packed = gzipSync(plain);
    for (const bytes of [plain, packed]) {
      for (let length = 0; length <= bytes.length; length += Math.ceil(bytes.length / 60)) {
        const files = await openInputs([put('cut', bytes.subarray(0, length))]);
        expect(files.length).toBeGreaterThan(0);
      }
    }
  });
});

const randomText = (length: number): string => {
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
};

describe('names', () => {
  it('are safe to print', async () => {
    put('in/a\u001b[31m.txt', '1');
    put('in/b\nc.txt', '2');
    put('in/d\u202ee\u200b.txt', '3');
    expect(await opened(join(folder, 'in'))).toEqual({
      'a\\x1b[31m.txt': '1',
      'b\\x0ac.txt': '2',
      'd\\u{202e}e\\u{200b}.txt': '3',
    });
    expect(Object.keys(await opened(join(folder, 'no\u001b]0;x\u0007')))).toEqual([join(folder, 'no\\x1b]0;x\\x07')]);
  });

  it('of an archive too', async () => {
    expect(await opened(put('x.tar', await tar({ 'host/\u001b[2J': '1', '/host/../../etc/x': '2' })))).toEqual({
      'host/\\x1b[2J': '1',
      'host/../../etc/x': '2',
    });
  });

  it('need not be UTF-8', async () => {
    mkdirSync(join(folder, 'in'));
    writeFileSync(Buffer.concat([Buffer.from(`${join(folder, 'in')}/caf`), Buffer.from([0xe9])]), 'text');
    expect(await opened(join(folder, 'in'))).toEqual({ 'caf\ufffd': 'text' });
  });
});

it('knows an archive by its content', async () => {
  expect(isTar(await tar({ a: 'b' }))).toBe(true);
  expect(isTar(Buffer.from('ustar'))).toBe(false);
  expect(isTar(Buffer.alloc(600, 'x'))).toBe(false);
});
