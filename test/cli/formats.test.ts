import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

const P4 = 'examples/tesla-p4-freebsd-15';
const PATCHED = 'examples/tesla-p4-freebsd-15-patched';

let folder: string;
beforeAll(async () => {
  buildIfStale();
  folder = await mkdtemp(join(tmpdir(), 'gpudiag-formats-'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => cli(args, { cwd: ROOT });

describe('a post', { timeout: 60_000 }, () => {
  it('is asked for with --for alone', async () => {
    const { stdout, status } = await run('analyze', P4, '--for', 'forum');
    expect(status).toBe(1);
    expect(stdout.startsWith('[B]Tesla P4: driver does not bring the card up[/B]\n')).toBe(true);
  });

  it('has private values replaced, unless that is switched off', async () => {
    const host = join(folder, 'private/host');
    await mkdir(host, { recursive: true });
    const uname =
      'FreeBSD wolfsburg.fritz.example 14.3-RELEASE FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n';
    const line =
      'Jan  2 10:00:00 wolfsburg kernel: ppt0: failed to detach, talking to 10.23.45.67 for alice@mail.example\n';
    await writeFile(join(host, 'uname.txt'), uname);
    await writeFile(join(host, 'loader.conf'), 'vmm_load="YES"\npptdevs="1/0/0"\n');
    await writeFile(
      join(host, 'wolfsburg.conf'),
      'loader="uefi"\ncpu=2\nmemory=4G\npassthru0="1/0/0"\ngraphics_listen="10.23.45.67"\n',
    );
    await writeFile(join(host, 'messages'), line);
    const secret = /wolfsburg|10\.23\.45\.67|alice/;
    const closed = await run('analyze', join(folder, 'private'), '--for', 'bugzilla', '--fail-on', 'never');
    expect(closed.stdout).not.toMatch(secret);
    expect(closed.stdout.replace(/\s+/g, ' ')).toContain('Private values were replaced');
    const open = await run('analyze', join(folder, 'private'), '--for', 'github', '--no-redact', '--fail-on', 'never');
    expect(open.stdout).toMatch(secret);
    expect(open.stdout).toContain('Private values were not replaced');
    const json = await run('analyze', join(folder, 'private'), '--redact', '--json', '--fail-on', 'never');
    expect(json.stdout).not.toMatch(secret);
  });

  it('takes the limit of another place', async () => {
    const { stdout } = await run('analyze', P4, '--for', 'github', '--limit', '4000', '--fail-on', 'never');
    expect(stdout.length).toBeLessThanOrEqual(4000);
    expect(stdout).toContain('Left out to stay within 4000 characters');
  });

  it.each([
    [['--for', 'forum', '--format', 'sarif'], 'a post has the form of that place'],
    [['--for', 'forum', '--json'], '--json'],
    [['--limit', '5000'], '--for'],
    [['--for', 'forum', '--limit', '10'], '2000'],
    [['--for', 'reddit'], 'forum'],
    [['--each'], '--each: one text report holds one case'],
  ])('refuses %j', async (flags, said) => {
    const { status, stdout, stderr } = await run('analyze', P4, ...flags);
    expect(status).toBe(2);
    expect(stdout + stderr).toContain(said);
  });
});

describe('formats for programs', { timeout: 60_000 }, () => {
  it('print one JSON report a line in the order of the inputs, with an object for what cannot be used', async () => {
    const { stdout, stderr, status } = await run('analyze', PATCHED, 'examples/none', P4, '--format', 'ndjson');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, never>);
    expect(lines.map(({ input }) => input)).toEqual([PATCHED, 'examples/none', P4]);
    expect(lines.map((line) => 'verdict' in line)).toEqual([true, false, true]);
    expect(lines[1]).toEqual({ input: 'examples/none', error: { message: expect.any(String) as string, exit: 65 } });
    expect(stderr).toContain('1 of 3 inputs could not be used: examples/none');
    expect(status).toBe(65);
  });

  it('write lines to a file as well', async () => {
    const path = join(folder, 'results.ndjson');
    expect((await run('analyze', P4, PATCHED, '--format', 'ndjson', '-o', path)).status).toBe(1);
    const { status, stdout } = await run('compare', path, P4);
    expect(status).toBe(65);
    expect(stdout).toBe('');
  });

  it('hold one case, or one for each input', async () => {
    const runs = async (...flags: string[]): Promise<number> => {
      const { stdout } = await run('analyze', P4, PATCHED, '--format', 'sarif', '--fail-on', 'never', ...flags);
      return (JSON.parse(stdout) as { runs: unknown[] }).runs.length;
    };
    expect(await runs()).toBe(1);
    expect(await runs('--each')).toBe(2);
    const { stdout } = await run('analyze', P4, PATCHED, '--format', 'junit', '--each', '--fail-on', 'error');
    expect(stdout.match(/<testsuite name="[^"]*\.stages"/g)).toHaveLength(2);
  });
});

describe('compare', { timeout: 60_000 }, () => {
  it('ends with 0 when B is better, and with 1 when it is worse', async () => {
    const [better, worse, ignored] = await Promise.all([
      run('compare', P4, PATCHED),
      run('compare', PATCHED, P4),
      run('compare', PATCHED, P4, '--fail-on', 'never'),
    ]);
    expect([better.status, worse.status, ignored.status]).toEqual([0, 1, 0]);
    expect(better.stdout).toContain('B is better: stopped at probe before, stopped at init after.');
  });

  it('takes reports that were written before, also from standard input', async () => {
    const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
    await run('analyze', P4, '--json', '-o', a);
    const report = await run('analyze', PATCHED, '--json', '-o', b);
    expect(report.status).toBe(1);
    const { stdout, status } = await run('compare', a, b, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'better', a: { input: a }, b: { input: b } });
    expect((await run('compare', a, PATCHED, '--format', 'markdown')).stdout).toMatch(/^# Tesla P4: B is better\n/);
  });

  it.each([
    [['-', '-'], 2, 'only one of A and B can be standard input'],
    [[P4], 2, 'missing argument: B'],
    [[P4, 'examples/none'], 65, 'gpudiag: examples/none: no such file or folder\n'],
    [['LICENSE', P4], 65, 'LICENSE: nothing in the input was recognised'],
  ])('refuses %j', async (args, exit, said) => {
    const { status, stderr } = await run('compare', ...args);
    expect(status).toBe(exit);
    expect(stderr).toContain(said);
  });

  it('says why it does not take a report of another version', async () => {
    const path = join(folder, 'old.json');
    await writeFile(path, JSON.stringify({ schemaVersion: 99, tool: { name: 'gpudiag', version: '9' } }));
    const { status, stderr } = await run('compare', path, P4);
    expect(status).toBe(65);
    expect(stderr).toContain('is a report of another version (99');
  });
});
