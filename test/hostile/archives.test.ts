/** Archives that want out of their folder, more than there is, or to be two things at once. */
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createBudget } from '../../src/bundle/budget.ts';
import { expand, type Found } from '../../src/bundle/expand.ts';
import { DEFAULT_LIMITS, LIMITS, type ReadLimits } from '../../src/bundle/limits.ts';
import { type Pieces, piecesOf } from '../../src/bundle/pieces.ts';
import { archive, END, member, type Member, octal, pax, record } from './tar-builder.ts';

const expanded = (
  input: Pieces | Buffer,
  limits: Partial<ReadLimits> = {},
  now: () => number = () => 0,
): Promise<Found[]> =>
  expand('in.tar', Buffer.isBuffer(input) ? piecesOf(input) : input, {
    siftLogs: true,
    within: '',
    budget: createBudget({ ...DEFAULT_LIMITS, ...limits }, now),
  });

/** path -> content, or `!! problem` */
const shown = async (input: Pieces | Buffer, limits?: Partial<ReadLimits>): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await expanded(input, limits)).map(({ path, bytes, problem }) => [
      path,
      `${Buffer.from(bytes).toString()}${problem === undefined ? '' : `!! ${problem}`}`,
    ]),
  );

const A: Member = { name: 'host/a', body: 'a' };
const Z: Member = { name: 'host/z', body: 'z' };

describe('names', () => {
  it('absolute, with .. or doubled separators are names only: nothing is written under them', async () => {
    const names = ['/etc/passwd', '../../x', 'host/../../y', '//a//b', './c'];
    expect(await shown(archive(A, ...names.map((name) => ({ name, body: name }))))).toEqual({
      'host/a': 'a',
      'etc/passwd': '/etc/passwd',
      '../../x': '../../x',
      'host/../../y': 'host/../../y',
      'a//b': '//a//b',
      c: './c',
    });
  });

  it('in the two parts of ustar, in PAX records and in GNU long names', async () => {
    const long = `host/${'d/'.repeat(200)}f`;
    expect(
      await shown(
        archive(
          A,
          { name: 'f', prefix: 'host/p', body: '1' },
          pax(['path', 'host/pax']),
          { name: 'other', body: '2' },
          { name: '././@LongLink', flag: 'L', body: `${long}\0`, magic: 'ustar  \0' },
          { name: 'host/cut', body: '3', magic: 'ustar  \0' },
          // GNU has times where POSIX has the first part of a path.
          { name: 'host/gnu', prefix: '14000000000', body: '4', magic: 'ustar  \0' },
        ),
      ),
    ).toEqual({ 'host/a': 'a', 'host/p/f': '1', 'host/pax': '2', [long]: '3', 'host/gnu': '4' });
  });

  it('of one file do not go on to the next', async () => {
    expect(await shown(archive(pax(['path', 'host/x']), { name: 'n', body: '1' }, A))).toEqual({
      'host/x': '1',
      'host/a': 'a',
    });
  });

  it('for all files are not believed', async () => {
    const all = { name: 'g', flag: 'g', body: record('path', 'host/all') + record('size', '0') };
    expect(await shown(archive(all, A, Z))).toEqual({ 'host/a': 'a', 'host/z': 'z' });
  });

  it('that objects have are names like others', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const files = await expanded(archive(...names.map((name) => ({ name: `host/${name}`, body: name }))));
    expect(files.map(({ path, bytes }) => `${path}=${Buffer.from(bytes).toString()}`)).toEqual(
      names.map((name) => `host/${name}=${name}`),
    );
  });
});

describe('what is no file', () => {
  it.each([
    ['1', 'is a hard link and was not followed'],
    ['2', 'is a symbolic link and was not followed'],
    ['3', 'is a device, not a file'],
    ['4', 'is a device, not a file'],
    ['6', 'is a named pipe, not a file'],
    ['Z', 'is of a type that is not read'],
  ])('type %s is named, and what follows is read', async (flag, problem) => {
    expect(await shown(archive(A, { name: 'host/x', flag, link: '/etc/passwd' }, Z))).toEqual({
      'host/a': 'a',
      'host/x': `!! ${problem}`,
      'host/z': 'z',
    });
  });

  it('folders are not missed', async () => {
    expect(await shown(archive({ name: 'host', flag: '5' }, { name: 'host/old/' }, A))).toEqual({ 'host/a': 'a' });
  });

  it('a hard link that claims a size does not hide the next file', async () => {
    expect(await shown(archive(A, { name: 'host/x', flag: '1', link: 'host/a', size: 9999 }, Z))).toEqual({
      'host/a': 'a',
      'host/x': '!! is a hard link and was not followed',
      'host/z': 'z',
    });
  });

  it('sparse files of every format are left out, with their maps', async () => {
    const problem = '!! is a sparse file, of which an archive holds only parts; it was left out';
    const map = Buffer.alloc(1024);
    map[504] = 1; // the first of two more blocks of the map
    const old = Buffer.concat([
      member({ name: 'host/old', flag: 'S', magic: 'ustar  \0', size: 512, patch: { 482: 1 } }),
      map,
      Buffer.alloc(512, 'x'),
    ]);
    expect(
      await shown(
        archive(
          A,
          old,
          pax(
            ['GNU.sparse.major', '1'],
            ['GNU.sparse.minor', '0'],
            ['GNU.sparse.name', 'host/new'],
            ['GNU.sparse.realsize', '8796093022208'],
          ),
          { name: 'GNUSparseFile.0/new', body: '0\n' },
          Z,
        ),
      ),
    ).toEqual({ 'host/a': 'a', 'host/old': problem, 'host/new': problem, 'host/z': 'z' });
  });
});

describe('sizes', () => {
  const DAMAGED = 'is a damaged tar archive; what comes before the damage was read';

  it('of PAX records count, as they do for tar', async () => {
    const body = Buffer.concat([Buffer.alloc(512, 'x'), member({ name: 'host/hidden', body: 'x' })]);
    // The header says one block: whoever believes it sees a file inside the content.
    const content = member({ name: 'host/outer', size: 512, body });
    expect(Object.keys(await shown(archive(pax(['size', String(body.length)]), content, A)))).toEqual([
      'host/outer',
      'host/a',
    ]);
  });

  it.each([
    ['negative', Buffer.alloc(12, 0xff)],
    ['too large for any file', Buffer.from([0x80, 0x7f, ...Array<number>(10).fill(0xff)])],
    ['no number', Buffer.from('99999999999\0')],
  ])('that are %s end the reading', async (_name, size) => {
    expect(await shown(archive(A, { name: 'host/x', size }, Z))).toEqual({ 'host/a': 'a', 'in.tar': `!! ${DAMAGED}` });
  });

  it('written in binary are read', async () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size[11] = 1;
    expect(await shown(archive({ name: 'host/x', size, body: 'x' }, A))).toEqual({ 'host/x': 'x', 'host/a': 'a' });
  });

  it.each(['-1', '1e3', '99999999999999999', ''])('of PAX records that are "%s" end the reading', async (size) => {
    expect(await shown(archive(A, pax(['size', size]), Z))).toEqual({ 'host/a': 'a', 'in.tar': `!! ${DAMAGED}` });
  });

  it.each(['99999 path=x\n', '5 path=x\n', 'x path=y\n', '8 path\nx\n', '-9 path=x\n', '9path=xx\n'])(
    'of records that do not agree with them (%j) end the reading',
    async (body) => {
      expect(await shown(archive(A, { name: 'p', flag: 'x', body }, Z))).toEqual({
        'host/a': 'a',
        'in.tar': `!! ${DAMAGED}`,
      });
    },
  );

  it('beyond the end: what is there is read, and said to be cut', async () => {
    const found = await shown(Buffer.concat([member(A), member({ name: 'host/x', size: 2 ** 32, body: 'x' })]));
    expect(found['host/a']).toBe('a');
    expect(found['host/x']).toMatch(/!! is cut off: 512 of 4294967296 bytes are there$/);
    expect(found['in.tar']).toMatch(/truncated/);
  });

  it('of headers: a PAX header or a name of megabytes is not taken in', async () => {
    const size = LIMITS.tarHeaderBytes + 1;
    const found = await shown(
      archive(A, { name: 'p', flag: 'x', body: Buffer.alloc(size, 'x') }, { name: 'host/x', body: 'x' }, Z),
    );
    expect(found).toEqual({
      'host/a': 'a',
      'host/x': `!! has a name or records of ${size} bytes in its header and was left out`,
      'host/z': 'z',
    });
  });

  it('headers without end that describe nothing end the reading', async () => {
    const many = Array.from({ length: 40 }, () => pax(['comment', 'x']));
    expect(await shown(archive(A, ...many, Z))).toEqual({ 'host/a': 'a', 'in.tar': `!! ${DAMAGED}` });
  });
});

describe('headers', () => {
  it('with a wrong sum end the reading; sums of signed bytes, which old programs made, do not', async () => {
    expect(await shown(archive(A, { ...Z, checksum: 'wrong' }))).toMatchObject({
      'host/a': 'a',
      'in.tar': expect.stringMatching(/damaged/) as string,
    });
    expect(await shown(archive(A, { name: 'host/é', body: 'z', checksum: 'signed' }))).toEqual({
      'host/a': 'a',
      'host/é': 'z',
    });
  });

  it('after the end mark are not read', async () => {
    expect(await shown(Buffer.concat([archive(A), archive(Z)]))).toEqual({ 'host/a': 'a' });
  });

  it('arrive in pieces of any size', async () => {
    const bytes = archive(A, pax(['path', 'host/long']), { name: 'x', body: 'y'.repeat(700) }, Z);
    for (const size of [1, 7, 511, 513]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(await shown(piecesOf(...pieces))).toEqual({ 'host/a': 'a', 'host/long': 'y'.repeat(700), 'host/z': 'z' });
    }
  });
});

describe('too many', () => {
  /** Members one after another, as many as are asked for. */
  async function* members(count: number, flag: string, onMember: () => void = () => undefined): AsyncGenerator<Buffer> {
    for (let i = 0; i < count; i += 1) {
      onMember();
      yield await Promise.resolve(member({ name: `host/${i}`, flag, body: flag === '0' ? 'x' : '' }));
    }
    yield END;
  }
  const TOO_MANY = /^holds more than the \d+ entries that are read; the rest was left out \(--max-entries\)$/;

  it.each([
    ['files', '0'],
    ['folders', '5'],
    ['links', '2'],
  ])('%s: what comes after the limit is not even unpacked', async (_name, flag) => {
    let made = 0;
    const found = await expanded(
      members(10_000_000, flag, () => (made += 1)),
      { maxEntries: 1000 },
    );
    expect(made).toBeLessThan(1010);
    expect(found.at(-1)).toMatchObject({ path: 'in.tar', problem: expect.stringMatching(TOO_MANY) as string });
    expect(found.length).toBe(flag === '5' ? 1 : 1001);
  });

  it('just as many as may be are all read', async () => {
    const found = await expanded(members(1000, '0'), { maxEntries: 1000 });
    expect(found.length).toBe(1000);
    expect(found.every(({ problem }) => problem === undefined)).toBe(true);
  });

  it('in archives inside: they count together', async () => {
    const inner = archive(...Array.from({ length: 60 }, (_, i) => ({ name: `i/${i}`, body: 'x' })));
    const found = await expanded(archive({ name: 'o/1.tar', body: inner }, { name: 'o/2.tar', body: inner }), {
      maxEntries: 100,
    });
    expect(found.filter(({ problem }) => problem === undefined).length).toBe(98);
    expect(found.some(({ problem }) => problem !== undefined && TOO_MANY.test(problem))).toBe(true);
  });

  it('files of one name are all kept, in their order', async () => {
    const found = await expanded(archive(A, { ...A, body: 'b' }, { ...A, body: 'c' }));
    expect(found.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['a', 'b', 'c']);
  });
});

describe('bombs', () => {
  const ZEROS = Buffer.alloc(2 ** 20);
  /** gzip of as many MiB of zeros, made on the way. */
  const bomb = (mebibytes: number): Pieces =>
    Readable.from(
      (function* () {
        for (let i = 0; i < mebibytes; i += 1) yield ZEROS;
      })(),
    ).pipe(createGzip());
  const bytesOf = async (pieces: Pieces): Promise<Buffer> => {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  };
  const RATIO =
    'unpacks to more than 250 times its size, as a decompression bomb does; it was not read to its end (--max-ratio)';

  it('of zeros is not unpacked to its end', async () => {
    await expect(expanded(bomb(4096))).rejects.toThrow(RATIO);
  });

  it('inside a bomb, and in an archive beside files: these are kept', async () => {
    const inner = gzipSync(await bytesOf(bomb(200)));
    await expect(expanded(inner)).rejects.toThrow(RATIO);
    const found = await shown(archive(A, { name: 'host/x.gz', body: inner }, Z));
    expect(found).toEqual({ 'host/a': 'a', 'in.tar': `!! ${RATIO}` });
  });

  it('may be looked at by whoever wants to', async () => {
    const [file] = await expanded(bomb(100), { maxRatio: 5000 });
    expect(file!.bytes.length).toBe(100 * 2 ** 20);
  });

  it('what is small may be compressed as well as it likes', async () => {
    const [file] = await expanded(bomb(60));
    expect(file!.problem).toBeUndefined();
    expect(file!.bytes.length).toBe(60 * 2 ** 20);
  });

  it('a copy of itself inside itself comes to an end', async () => {
    let bytes: Buffer = archive(A);
    for (let i = 0; i < LIMITS.archives + 3; i += 1) bytes = archive({ name: `l${i}/x.tar`, body: bytes });
    expect(Object.values(await shown(bytes))).toEqual(['!! is an archive inside too many archives']);
  });
});

describe('all together', () => {
  const file = (name: string, size: number): Member => ({ name: `host/${name}`, body: `{${' '.repeat(size)}` });

  it('files that do not fit are left out, smaller ones after them are read', async () => {
    const found = await shown(archive(file('a', 600), file('b', 600), file('c', 100)), { maxBytes: 1000 });
    expect(found['host/a']!.length).toBe(601);
    expect(found['host/b']).toBe(
      '!! was left out: all files together are larger than the 1000 B that are read (--max-bytes)',
    );
    expect(found['host/c']!.length).toBe(101);
  });

  it('a file too large for memory is left out while it streams by', async () => {
    const size = LIMITS.fileBytes + 2 ** 20;
    let sent = 0;
    const pieces = (async function* () {
      yield await Promise.resolve(member(A));
      yield member({ name: 'host/big', size });
      const part = Buffer.alloc(2 ** 20, '\u0001');
      for (; sent < size; sent += part.length) yield part;
      yield member(Z);
      yield END;
    })();
    expect(await shown(pieces, { maxBytes: 2 ** 30 })).toEqual({
      'host/a': 'a',
      'host/big': '!! is larger than the 256 MiB that are read of one file',
      'host/z': 'z',
    });
  });

  it('time: what was read until then is used', async () => {
    let clock = 0;
    // Every look at the clock finds it a second later.
    const found = await expanded(archive(A, Z, file('c', 1), file('d', 1)), { maxSeconds: 4 }, () => (clock += 1000));
    expect(found[0]).toMatchObject({ path: 'host/a' });
    expect(found.at(-1)).toMatchObject({
      path: 'in.tar',
      problem: 'was not read to its end: reading took longer than 4 s (--max-seconds)',
    });
  });

  it('a clock that jumps back does no harm', async () => {
    let clock = 1e12;
    const found = await expanded(archive(A, Z), { maxSeconds: 1 }, () => (clock -= 3.6e6));
    expect(found.map(({ problem }) => problem)).toEqual([undefined, undefined]);
  });
});

it('octal numbers of the builder are right', () => expect(octal(8, 4)).toBe('010\0'));
