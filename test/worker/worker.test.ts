import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askedIn, MAX_LINE } from '../../src/cli/worker.ts';
import { buildIfStale, cli, RUN } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

const P4 = join(ROOT, 'examples/tesla-p4-freebsd-15');
const P10 = join(ROOT, 'examples/tesla-p10-freebsd-14');

interface Line {
  input: string;
  source?: { bytes: number; sha256?: string };
  error?: { message: string; exit: number };
  verdict?: { outcome: string };
}
const linesOf = (text: string): Line[] =>
  text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);

describe('lines that ask', () => {
  const asked = async (...chunks: string[]): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const each of askedIn(
      Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
      new AbortController().signal,
    ))
      all.push(each);
    return all;
  };

  it('may come in pieces, with any line end, and without one at the end', async () => {
    expect(await asked('a b\r', '\nc\n\n  \nd', 'd')).toEqual([{ place: 'a b' }, { place: 'c' }, { place: 'dd' }]);
  });

  it('are not kept when they are too long; the next one is read', async () => {
    const [long, next, ...rest] = await asked(...Array.from({ length: 40 }, () => 'x'.repeat(10_000)), '\nnext\n');
    expect(long).toEqual({ tooLong: 'x'.repeat(80) });
    expect([next, rest]).toEqual([{ place: 'next' }, []]);
    expect(await asked(`${'y'.repeat(MAX_LINE)}\n`)).toEqual([{ place: 'y'.repeat(MAX_LINE) }]);
  });
});

describe('gpudiag worker', { timeout: 60_000 }, () => {
  let server: Server;
  let base: string;
  let bundle: Buffer;
  const temporary = mkdtempSync(join(tmpdir(), 'gpudiag-worker-'));

  beforeAll(async () => {
    buildIfStale();
    const body = 'vmm_load="YES"\npptdevs="1/0/0"\n';
    bundle = gzipSync(
      await packTar([
        { header: { name: 'host/loader.conf', size: body.length, type: 'file', mtime: new Date(0) }, body },
      ]),
    );
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      if (pathname === '/bundle.tar.gz') response.end(bundle);
      else if (pathname === '/moved') response.writeHead(302, { location: '/bundle.tar.gz?x=1' }).end();
      else if (pathname === '/away') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else if (pathname === '/circle') response.writeHead(302, { location: '/circle' }).end();
      else if (pathname === '/large') response.writeHead(200, { 'content-length': 2 ** 40 }).end();
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, 120_000);
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(temporary, { recursive: true, force: true });
  });

  it('gives a result for every line, in the order of the lines, errors too', async () => {
    const input = [P10, 'nothing-here', P4, '-', 'x'.repeat(MAX_LINE + 1), P10].join('\n');
    const { stdout, stderr, status } = await cli(['worker', '--jobs', '2'], { input });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^gpudiag: worker \d+ is ready\n$/);
    const lines = linesOf(stdout);
    expect(lines.map(({ error }) => error?.exit)).toEqual([undefined, 65, undefined, 65, 65, undefined]);
    expect(lines[0]).toEqual(lines[5]);
    expect(lines[2]!.verdict!.outcome).toBe('driver-init-fails');
    const alone = await cli(['analyze', P4, '--format', 'ndjson']);
    expect(stdout.split('\n')[2]).toBe(alone.stdout.trimEnd());
  });

  it('fetches, within limits, over https and from this machine only, and leaves nothing behind', async () => {
    const input = ['/bundle.tar.gz', '/moved', '/away', '/circle', '/large', '/none'].map((path) => base + path);
    const more = [
      'http://bundles.example/x',
      'file:///etc/passwd',
      base.replace('//', '//user:secret@'),
      'ftp://x/y',
      'https://',
    ];
    const { stdout, status } = await cli(['worker'], {
      input: [...input, ...more].join('\n'),
      env: { ...process.env, TMPDIR: temporary, GPUDIAG_CONFIG: '' },
    });
    expect(status).toBe(0);
    const [first, moved, ...refused] = linesOf(stdout);
    const sha256 = createHash('sha256').update(bundle).digest('hex');
    for (const [line, path] of [
      [first, '/bundle.tar.gz'],
      [moved, '/moved'],
    ] as const) {
      expect(line).toMatchObject({ input: base + path, source: { bytes: bundle.length, sha256 } });
      expect(line!.verdict).toBeDefined();
    }
    expect(refused.map(({ error }) => error?.exit)).toEqual(Array.from({ length: 9 }, () => 69));
    expect(refused.map(({ error }) => error!.message).join('\n')).not.toContain('secret');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('does not wait for pipes and devices', async () => {
    const pipe = join(temporary, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { stdout, status } = await cli(['worker'], { input: `${pipe}\n/dev/zero\n${P10}\n` });
    rmSync(pipe);
    expect(status).toBe(0);
    const refused = 'is neither a file nor a folder';
    expect(linesOf(stdout).map(({ error }) => error?.message)).toEqual([refused, refused, undefined]);
  });

  it('answers each line at once, and at SIGTERM finishes the one it is at and begins no other', async () => {
    const child = spawn(process.execPath, [RUN, 'worker'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let arrived: () => void = () => undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
      if (out.endsWith('\n')) arrived();
    });
    const answer = (): Promise<void> => new Promise((resolve) => (arrived = resolve));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await new Promise((resolve) => child.stderr.once('data', resolve));
    const first = answer();
    child.stdin.write(`${P10}\n`);
    await first;
    expect(linesOf(out)).toHaveLength(1);
    child.stdin.write(`${P4}\n`.repeat(200));
    const second = answer();
    await second;
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const lines = linesOf(out);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThan(200);
    expect(lines.every(({ error }) => error === undefined)).toBe(true);
  });
});
