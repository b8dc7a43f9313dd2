import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseResult } from '../../src/cli/case.ts';
import { casesOf } from '../../src/cli/collections.ts';
import { inOrder } from '../../src/cli/in-order.ts';
import { lineHeads } from '../../src/cli/line-heads.ts';
import { createThreads, type Thread } from '../../src/cli/threads.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gpudiag-many-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('tasks side by side', () => {
  it('give their results in order, with no more begun than the window holds', async () => {
    let begun = 0;
    let most = 0;
    const given: number[] = [];
    const run = async (task: number): Promise<number> => {
      begun += 1;
      most = Math.max(most, begun - given.length);
      await new Promise((resolve) => setTimeout(resolve, task % 3 === 0 ? 10 : 1));
      return task;
    };
    for await (const result of inOrder(
      Array.from({ length: 30 }, (_, i) => i),
      run,
      4,
    ))
      given.push(result);
    expect(given).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
  });

  it('give a result while the next task is still waited for', async () => {
    let more: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (more = resolve));
    async function* tasks(): AsyncGenerator<string> {
      yield 'first';
      await waiting;
      yield 'second';
    }
    const results = inOrder(tasks(), (task) => Promise.resolve(task), 8);
    expect((await results.next()).value).toBe('first');
    more();
    expect((await results.next()).value).toBe('second');
    expect((await results.next()).done).toBe(true);
  });
});

describe('threads', () => {
  type Behaviour = (
    input: string,
    say: { message: (result: CaseResult) => void; error: (error: Error) => void; exit: () => void },
  ) => void;
  const started: string[] = [];
  const fake = (behave: Behaviour) => (): Thread => {
    const listeners = new Map<string, (value: never) => void>();
    started.push('thread');
    const emit = (event: string) => (value?: unknown) => listeners.get(event)?.(value as never);
    return {
      on: (event: string, listener: (value: never) => void) => listeners.set(event, listener),
      postMessage: (input) =>
        setImmediate(() => behave(input, { message: emit('message'), error: emit('error'), exit: emit('exit') })),
      terminate: () => Promise.resolve(emit('exit')()),
    };
  };
  const good = (input: string): CaseResult => ({ line: `${input}\n`, failed: false });

  it('are started again when one dies, and its input has an error for a result', async () => {
    started.length = 0;
    const threads = createThreads({
      count: 1,
      timeoutMs: 200,
      start: fake((input, say) => {
        if (input === 'memory') say.error(Object.assign(new Error('x'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }));
        else if (input === 'throws') say.error(new Error('broken'));
        else if (input === 'ends') say.exit();
        else if (input !== 'hangs') say.message(good(input));
      }),
    });
    const inputs = ['a', 'memory', 'throws', 'ends', 'hangs', 'b', 'c'];
    const results = await Promise.all(inputs.map((input) => threads.analyze(input)));
    expect(results.map(({ error }) => error?.exit)).toEqual([undefined, 65, 70, 70, 65, undefined, undefined]);
    expect(results[1]!.error!.message).toContain('memory');
    expect(results[4]!.error!.message).toContain('given up');
    expect(results[4]!.line).toContain('"input":"hangs"');
    // One to begin with, one after each death.
    expect(started).toHaveLength(5);
    await threads.close();
  });
});

describe('beginnings of lines', () => {
  async function headsOf(text: string, size: number): Promise<[string, number][]> {
    const bytes = Buffer.from(text);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
    }
    const heads: [string, number][] = [];
    for await (const { text: head, end } of lineHeads(chunks())) heads.push([head, end]);
    return heads;
  }

  it.each([1, 2, 3, 100])('are found in pieces of %i bytes; what is cut off is none', async (size) => {
    expect(await headsOf('één\n\nb\ncut', size)).toEqual([
      ['één', 6],
      ['', 7],
      ['b', 9],
    ]);
  });

  it('are kept and the rest is not', async () => {
    const [[head, end] = ['', 0]] = await headsOf(`${'x'.repeat(200_000)}\n`, 1000);
    expect([head.length, end]).toEqual([65_536, 200_001]);
  });
});

describe('a folder of bundles', () => {
  const make = async (name: string, ...files: string[]): Promise<string> => {
    for (const file of files) {
      await mkdir(join(folder, name, file, '..'), { recursive: true });
      await writeFile(join(folder, name, file), '');
    }
    return join(folder, name);
  };
  const below = async (path: string): Promise<string[]> =>
    (await casesOf([path])).map((each) => each.slice(path.length + 1));

  it('stands for the bundles in it, also those in folders, in the order of names', async () => {
    const path = await make(
      'c1',
      'b.tar.gz',
      'a/1.tgz',
      'a/2.TAR',
      'c/manifest.json',
      'c/host/x.txt',
      'd/dmesg.txt',
      'README.md',
      'results.ndjson',
      '.hidden/x.tar',
      'SHA256SUMS',
    );
    expect(await below(path)).toEqual(['a/1.tgz', 'a/2.TAR', 'b.tar.gz', 'c', 'd']);
    expect((await casesOf([`${path}/`]))[0]).toBe(`${path}/a/1.tgz`);
  });

  it.each([
    ['a bundle', ['manifest.json', 'host/sos.tar.gz']],
    ['the folders of a bundle', ['guest/desk/x.tar', 'host/dmesg.txt']],
    ['evidence with an archive in it', ['dmesg.txt', 'sos.tar.gz']],
    ['folders without any bundle', ['a/dmesg.txt', 'b/dmesg.txt']],
  ])('is not %s', async (name, files) => {
    const path = await make(name.replaceAll(' ', '-'), ...files);
    expect(await casesOf([path])).toEqual([path]);
  });
});

describe('analyze of many', { timeout: 60_000 }, () => {
  let fleet: string;
  let results: string;
  const run = (...args: string[]) => cli(['analyze', 'fleet', '--format', 'ndjson', ...args], { cwd: folder });
  const inputsIn = (text: string): string[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { input: string }).input);
  const names = ['fleet/bad.tar.gz', ...[1, 2, 3, 4, 5, 6, 7].map((i) => `fleet/host${i}`)];

  beforeAll(async () => {
    buildIfStale();
    fleet = join(folder, 'fleet');
    results = join(folder, 'results.ndjson');
    await mkdir(fleet);
    await writeFile(join(fleet, 'bad.tar.gz'), 'no bundle');
    for (let i = 1; i <= 7; i += 1)
      await cp(join(ROOT, 'examples/tesla-p10-freebsd-14'), join(fleet, `host${i}`), { recursive: true });
  }, 120_000);

  it('gives the same lines in the same order, however many threads there are', async () => {
    const two = await run('--jobs', '2');
    expect(two.status).toBe(65);
    expect(two.stderr).toContain('1 of 8 inputs could not be used: fleet/bad.tar.gz');
    expect(inputsIn(two.stdout)).toEqual(names);
    const one = await cli(['analyze', ...names, '--format', 'ndjson', '--jobs', '1'], { cwd: folder });
    expect(one.stdout).toBe(two.stdout);
    const line = JSON.parse(two.stdout.split('\n')[1]!) as { source: { bytes: number }; collectedAt: string };
    expect(line.source.bytes).toBeGreaterThan(1000);
    expect(line.collectedAt).toMatch(/^20\d\d-/);
  });

  it('goes on with results: nothing twice, a cut line again, errors again, what changed again', async () => {
    const first = await run('--resume', results);
    expect([first.status, first.stdout]).toEqual([65, '']);
    const whole = await readFile(results, 'utf8');
    expect(inputsIn(whole)).toEqual(names);
    const again = await run('--resume', results);
    expect(again.stderr).toContain('1 input analysed now (1 without a report), 7 had been before');
    await writeFile(results, whole.slice(0, -50));
    await utimes(join(fleet, 'host1/manifest.json'), new Date(), new Date(Date.now() + 60_000));
    const { stderr } = await run('--resume', results, '--jobs', '2');
    expect(stderr).toContain('3 inputs analysed now (1 without a report), 5 had been before');
    const lines = await readFile(results, 'utf8');
    expect(inputsIn(lines)).toEqual([...names.slice(0, 7), 'fleet/bad.tar.gz', 'fleet/host1', 'fleet/host7']);
  });

  it('does not add results to something else', async () => {
    const other = join(folder, 'other.txt');
    await writeFile(other, 'my notes\n');
    const { status, stderr } = await run('--resume', other);
    expect([status, stderr]).toEqual([2, expect.stringContaining('holds something else than results')]);
    expect(await readFile(other, 'utf8')).toBe('my notes\n');
    const refused = await cli(['analyze', 'fleet', '--resume', results, '--format', 'text'], { cwd: folder });
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('use it with --format ndjson')]);
  });
});
