import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRelease } from '../../src/matrix/update-data.ts';
import { checkAddress, fetchFile } from '../../src/matrix/update-fetch.ts';
import { newerMatrix } from '../../src/cli/cached-matrix.ts';
import { describeError } from '../../src/cli/errors.ts';
import { matrixUpdate } from '../../src/cli/matrix-update.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { globSync, ROOT } from '../support/files.ts';
import { observation } from './support.ts';

const TABLES = Object.fromEntries(
  globSync('matrix-data/tables', '.csv').map((path) => [
    path.replace(/^.*\//, ''),
    readFileSync(join(ROOT, path), 'utf8'),
  ]),
);
const FUTURE = '2126-01-02T03:04:05.000Z';
const release = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    schemaVersion: 1,
    released: FUTURE,
    observations: [observation('from-release-1'), observation('from-release-2', { outcome: 'untested' })],
    tables: TABLES,
    ...changes,
  });
const sumOf = (text: string): string => `${createHash('sha256').update(text).digest('hex')}  matrix.json\n`;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const answer =
  (status: number, body: string, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

let server: Server;
let base: string;
let handlers: Record<string, Handler>;
let requests: { url: string; etag?: string }[];
let folder: string;

/** The data file and its sum. */
const publish = (text: string, sum = sumOf(text), headers: Record<string, string> = {}): void => {
  handlers['/matrix.json'] = answer(200, text, headers);
  handlers['/matrix.json.sha256'] = answer(200, sum);
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const etag = request.headers['if-none-match'];
    requests.push({ url: request.url!, ...(etag !== undefined && { etag }) });
    (handlers[request.url!] ?? answer(404, 'nothing here'))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  handlers = {};
  requests = [];
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-update-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  XDG_CACHE_HOME: join(folder, 'cache'),
  GPUDIAG_MATRIX_URL: `${base}/matrix.json`,
  ...more,
});

/** An update as the command does it; what it throws is told as the program tells it. */
async function update(...args: string[]): Promise<{ status: number; said: string }> {
  const url = args[args.indexOf('--url') + 1];
  const flags = {
    ...(args.includes('--url') && { url }),
    check: args.includes('--check'),
    reset: args.includes('--reset'),
    json: false,
  };
  try {
    const { text, found } = await matrixUpdate(flags, environment());
    return { status: found ? 1 : 0, said: text };
  } catch (error) {
    const { exit, message, suggestions } = describeError(error as Error);
    return { status: exit, said: [message, ...suggestions].join('\n') };
  }
}

/** Ids of the downloaded matrix when it is the one in use, and what is said of it. */
function inUse(env = environment()): { ids?: string[]; said: string } {
  let said = '';
  const matrix = newerMatrix(env, (line) => (said += `${line}\n`));
  return { said, ...(matrix !== undefined && { ids: matrix.observations.map(({ id }) => id) }) };
}

const cache = (): string => join(folder, 'cache/gpudiag');

const BOTH = ['from-release-1', 'from-release-2'];

describe('a newer matrix', () => {
  it('is fetched, kept for this user alone, in use from then on, and not fetched twice', async () => {
    publish(release(), undefined, { etag: '"v1"' });
    expect(await update()).toEqual({
      status: 0,
      said: expect.stringContaining('of 2126-01-02, 2 entries, was fetched') as string,
    });
    expect(statSync(cache()).mode & 0o777).toBe(0o700);
    expect(readdirSync(cache()).sort()).toEqual(['matrix.json', 'matrix.ndjson']);
    for (const name of ['matrix.json', 'matrix.ndjson']) expect(statSync(join(cache(), name)).mode & 0o777).toBe(0o600);
    expect(inUse()).toEqual({ ids: BOTH, said: '' });

    handlers['/matrix.json'] = (request, response) =>
      void response.writeHead(request.headers['if-none-match'] === '"v1"' ? 304 : 500).end();
    requests = [];
    const again = await update();
    expect(again.status).toBe(0);
    expect(again.said).toContain('Nothing newer is there; the matrix of 2126-01-02, fetched before, stays in use');
    expect(requests).toEqual([{ url: '/matrix.json', etag: '"v1"' }]);

    // A tag of one address says nothing of another.
    requests = [];
    expect((await update('--url', `${base}/other.json`)).status).toBe(69);
    expect(requests).toEqual([{ url: '/other.json' }]);

    expect((await update('--reset')).said).toContain('came with the program');
    expect(inUse()).toEqual({ said: '' });
  });

  it('is only told of with --check', async () => {
    publish(release());
    expect(await update('--check')).toEqual({
      status: 1,
      said: expect.stringContaining('A newer matrix is there') as string,
    });
    expect(existsSync(cache())).toBe(false);
  });

  it('is found behind redirects', async () => {
    publish(release());
    handlers['/latest'] = answer(302, '', { location: '/matrix.json' });
    handlers['/latest.sha256'] = answer(307, '', { location: `${base}/matrix.json.sha256` });
    expect((await update('--url', `${base}/latest`)).status).toBe(0);
    expect(inUse().ids).toEqual(BOTH);
  });

  it('serves the commands of the program', async () => {
    buildIfStale();
    publish(release());
    const env = { PATH: process.env.PATH, HOME: folder, ...environment() };
    expect(await cli(['matrix', 'update'], { env })).toMatchObject({ status: 0, stderr: '' });
    const listed = await cli(['matrix', 'list', '--json'], { env });
    expect(listed.stdout).toContain('from-release-1');
    expect(listed.stdout).not.toContain('ca-p4-05');
    writeFileSync(join(cache(), 'matrix.ndjson'), 'damaged');
    const analyzed = await cli(['analyze', join(ROOT, 'examples/tesla-p4-freebsd-15'), '--json'], { env });
    expect(analyzed.status).toBe(1);
    expect(JSON.parse(analyzed.stdout)).toHaveProperty('verdict');
    expect(analyzed.stderr).toMatch(/^gpudiag: .*is damaged; the matrix that came with the program is used.*\n$/);
    const failed = await cli(['matrix', 'update', '--url', 'http://127.0.0.1:1/m', '--json'], { env });
    expect(JSON.parse(failed.stdout)).toMatchObject({ error: { exit: 69 } });
  });
});

it('an older matrix is not taken in place of one fetched before', async () => {
  publish(release());
  await update();
  publish(release({ released: '2001-01-01T00:00:00.000Z', observations: [] }));
  expect(await update()).toEqual({ status: 0, said: expect.stringContaining('Nothing newer') as string });
  expect(inUse().ids).toEqual(BOTH);
});

describe('what goes wrong leaves the matrix that is in use, and is said', () => {
  const good = release();
  it.each<[string, number, RegExp, () => void]>([
    ['not there', 69, /answers 404 for \/matrix\.json/, () => undefined],
    ['a server in trouble', 69, /answers 500/, () => void (handlers['/matrix.json'] = answer(500, 'oops'))],
    ['no sum', 69, /answers 404 for \/matrix\.json\.sha256/, () => void (handlers['/matrix.json'] = answer(200, good))],
    ['a page for a sum', 65, /comes without its SHA-256/, () => publish(good, '<html>')],
    ['another sum', 65, /does not have the SHA-256/, () => publish(good, sumOf(`${good} `))],
    ['no JSON', 65, /is not JSON/, () => publish('<!doctype html>')],
    ['null', 65, /is no data file of the matrix/, () => publish('null')],
    ['something else', 65, /is no data file of the matrix/, () => publish('{"schemaVersion":1}')],
    [
      'a later form',
      65,
      /is of version 2, which this gpudiag cannot read/,
      () => publish(release({ schemaVersion: 2 })),
    ],
    ['no time', 65, /released/, () => publish(release({ released: 'yesterday' }))],
    ['a table missing', 65, /lacks the table gpus\.csv/, () => publish(release({ tables: {} }))],
    [
      'an entry that is none',
      65,
      /has errors: .*outcome/,
      () => publish(release({ observations: [{ ...observation('x-1'), outcome: 'great' }] })),
    ],
    [
      'an unknown patch',
      65,
      /has errors: .*x-1.*bhyve\.patch/,
      () => publish(release({ observations: [observation('x-1', { bhyve: { patch: 'mine' } })] })),
    ],
    [
      'an id used twice',
      65,
      /has errors: .*id: x-1 is already used/,
      () => publish(release({ observations: [observation('x-1'), observation('x-1')] })),
    ],
    ['control characters', 65, /has errors/, () => publish(release({ observations: [{ '\u001b[31mred': 1 }] }))],
    [
      'cut off',
      69,
      /sent less than it had announced|broke the connection off/,
      () => {
        handlers['/matrix.json'] = (_, response) => {
          response.writeHead(200, { 'content-length': String(good.length) });
          response.write(good.slice(0, 1000), () => response.destroy());
        };
      },
    ],
    [
      'in circles',
      69,
      /redirects in circles/,
      () => void (handlers['/matrix.json'] = answer(302, '', { location: '/matrix.json' })),
    ],
    [
      'to an open line',
      69,
      /http:\/\/example\.invalid is not fetched from: only https is/,
      () => void (handlers['/matrix.json'] = answer(302, '', { location: 'http://example.invalid/matrix.json' })),
    ],
  ])('%s: %i', async (_name, status, message, prepare) => {
    prepare();
    const result = await update();
    expect(result).toEqual({ status, said: expect.stringMatching(message) as string });
    expect(result.said).toMatch(/the matrix that came with the program \(of .*\) stays in use/);
    expect(result.said).not.toContain('\u001b');
    expect(existsSync(cache())).toBe(false);
    expect(inUse()).toEqual({ said: '' });
  });

  it('nobody listens', async () => {
    const { status, said } = await update('--url', 'http://127.0.0.1:1/matrix.json');
    expect(status).toBe(69);
    expect(said).toContain('does not accept connections');
  });

  it('a matrix fetched before stays too', async () => {
    publish(release());
    await update();
    publish('{');
    expect((await update()).said).toContain('the matrix fetched before (of 2126-01-02) stays in use');
    expect(inUse().ids).toEqual(BOTH);
  });
});

describe('fetching is bounded', () => {
  const limits = { maxBytes: 10_000, timeoutMs: 200, totalMs: 20_000 };
  const fetched = (path: string, more = {}) => fetchFile(`${base}${path}`, { ...limits, ...more });

  it('in size, announced or not', async () => {
    handlers['/announced'] = answer(200, 'x'.repeat(10_001), { 'content-length': '10001' });
    handlers['/endless'] = (_, response) => {
      const more = (): void => void (response.destroyed || response.write('x'.repeat(4096), () => setImmediate(more)));
      more();
    };
    handlers['/fits'] = answer(200, 'x'.repeat(10_000));
    await expect(fetched('/announced')).rejects.toThrow('more than 10000 bytes');
    await expect(fetched('/endless')).rejects.toThrow('more than 10000 bytes');
    expect(await fetched('/fits')).toMatchObject({ unchanged: false });
  });

  it('in time: an answer that does not come, stops, or drips', async () => {
    handlers['/silent'] = () => undefined;
    handlers['/stops'] = (_, response) => void response.writeHead(200).write('x');
    handlers['/drips'] = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    await expect(fetched('/silent')).rejects.toThrow('does not answer in time');
    await expect(fetched('/stops')).rejects.toThrow('stopped sending');
    await expect(fetched('/drips', { timeoutMs: 10_000, totalMs: 500 })).rejects.toThrow('takes too long');
  });

  it.each([
    ['https://example.org/x', true],
    ['http://localhost:8080/x', true],
    ['http://[::1]/x', true],
    ['http://127.0.0.1.example.org/x', false],
    ['http://example.org/x', false],
    ['file:///etc/passwd', false],
    ['matrix.json', false],
  ])('to %s: %s', (address, allowed) => {
    if (allowed) expect(checkAddress(address).href).toContain('/x');
    else expect(() => checkAddress(address)).toThrow(/only https|not an address/);
  });

  it('and goes through the proxy that the environment names', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.url!);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    // The agent reads the environment of its process, so it gets one of its own.
    const env = { PATH: process.env.PATH, HOME: folder, HTTPS_PROXY: address };
    const { status } = await cli(['matrix', 'update', '--url', 'https://example.invalid/matrix.json'], { env });
    expect(status).toBe(69);
    expect(asked).toEqual(['example.invalid:443']);
    proxy.closeAllConnections();
    proxy.close();
  });
});

describe('a cache that cannot be used is said in one line and not used', () => {
  beforeEach(async () => {
    publish(release());
    await update();
    expect(inUse().ids).toEqual(BOTH);
  });

  it.each<[string, RegExp, () => void]>([
    ['a snapshot that was changed', /is damaged/, () => appendFileSync(join(cache(), 'matrix.ndjson'), ' ')],
    ['no snapshot', /ENOENT/, () => rmSync(join(cache(), 'matrix.ndjson'))],
    ['a record that is none', /is damaged/, () => writeFileSync(join(cache(), 'matrix.json'), '{"version":')],
    ['an open folder', /can be written to by others/, () => chmodSync(cache(), 0o777)],
    [
      'a link to a file elsewhere',
      /is no file/,
      () => {
        const path = join(cache(), 'matrix.ndjson');
        renameSync(path, join(folder, 'elsewhere'));
        symlinkSync(join(folder, 'elsewhere'), path);
      },
    ],
    [
      'another version',
      /was checked by gpudiag 0\.0\.1/,
      () => {
        const path = join(cache(), 'matrix.json');
        writeFileSync(
          path,
          JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), version: '0.0.1' }),
        );
      },
    ],
  ])('%s', (_name, message, damage) => {
    damage();
    const { ids, said } = inUse();
    expect(ids).toBeUndefined();
    expect(said).toMatch(message);
    expect(said.trimEnd().split('\n').length).toBe(1);
  });

  it('is mended by the next update', async () => {
    writeFileSync(join(cache(), 'matrix.json'), 'x');
    expect((await update()).status).toBe(0);
    expect(inUse().ids).toEqual(BOTH);
  });
});

it.runIf(process.getuid?.() === 0)('the folder of another user is neither written to nor read', async () => {
  const home = join(folder, 'home');
  mkdirSync(home);
  chownSync(home, 65_534, 65_534);
  publish(release());
  const env = { HOME: home, GPUDIAG_MATRIX_URL: `${base}/matrix.json` };
  await expect(matrixUpdate({ check: false, reset: false, json: false }, env)).rejects.toThrow(
    'belongs to another user',
  );
  expect(readdirSync(home)).toEqual([]);
  expect(inUse(env as never)).toEqual({ said: '' });
});

it('one form of time, so that matrices can be compared', () => {
  expect(readRelease(release({ released: '2026-01-01T00:00:00Z' })).released).toBe('2026-01-01T00:00:00.000Z');
});

it('without an address it says how to name one', async () => {
  const env = { XDG_CACHE_HOME: join(folder, 'cache') };
  await expect(matrixUpdate({ check: false, reset: false, json: false }, env)).rejects.toMatchObject({
    exit: 2,
    message: expect.stringContaining('does not know where') as string,
  });
});
