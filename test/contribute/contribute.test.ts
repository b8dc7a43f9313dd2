import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GpuObservation } from '../../src/model/observation.ts';
import { type CliResult, buildIfStale, cli } from '../support/cli.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { ROOT } from '../support/files.ts';
import { StandIn } from './github-stand-in.ts';

const P4 = join(ROOT, 'examples/tesla-p4-freebsd-15');
const P10 = join(ROOT, 'examples/tesla-p10-freebsd-14');
const EPOCH = { SOURCE_DATE_EPOCH: '1795780800' };

let folder: string;
/** the P4 example as Jane Doe contributes it, once for all tests */
let p4: { output: string; result: CliResult };
let count = 0;
const place = (): string => join(folder, `out-${(count += 1)}`);

beforeAll(async () => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-contribute-'));
  const output = place();
  p4 = { output, result: await contribute([P4, '-o', output, '--reporter', 'Jane Doe <jane@example.org>']) };
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function environment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...EPOCH, ...extra };
  const own = Object.keys(extra);
  for (const name of [
    'GH_TOKEN',
    'GITHUB_TOKEN',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'http_proxy',
    'https_proxy',
    'NO_COLOR',
  ]) {
    if (!own.includes(name)) delete env[name];
  }
  return env;
}

const contribute = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> =>
  cli(['matrix', 'contribute', ...args], { env: environment(env), cwd: folder });

const textsIn = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(root, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(root, name), 'utf8')]),
  );
const entryIn = (texts: Record<string, string>): GpuObservation =>
  JSON.parse(Object.entries(texts).find(([path]) => path.includes('/observations/'))![1]) as GpuObservation;
const evidenceIn = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([path, text]) => {
      const inside = /^matrix-data\/evidence\/[^/]+\/(.*)$/.exec(path)?.[1];
      return inside === undefined ? [] : [[inside, text]];
    }),
  );

describe('the folder of the shipped examples', () => {
  it.each([
    [P4, '10de-1bb3', { outcome: 'driver-init-fails', failedStage: 'probe', grade: 'evidenced' }],
    [P10, '10de-1b39', { outcome: 'guest-wont-boot', failedStage: 'boot', grade: 'evidenced' }],
  ])('%s: entry, evidence that comes to the same result, patch, instructions', async (bundle, card, expected) => {
    const own = place();
    const { output, result } =
      bundle === P4 ? p4 : { output: own, result: await contribute([bundle, '-o', own, '--reporter', 'Jane Doe']) };
    const { status, stdout, stderr } = result;
    expect([status, stderr]).toEqual([0, '']);
    const texts = textsIn(output);
    const entry = entryIn(texts);
    expect(entry).toMatchObject({ ...expected, reporter: 'Jane Doe', source: { kind: 'bundle' } });
    expect(Object.keys(texts)).toContain(`matrix-data/observations/${card}/${entry.id}.json`);
    expect(Object.keys(texts)).toEqual(
      expect.arrayContaining([`0001-matrix-${entry.id}.patch`, 'HOW-TO-SEND.txt']) as string[],
    );

    const evidence = evidenceIn(texts);
    const report = diagnoseTexts(evidence);
    expect(report.verdict.outcome).toBe(entry.outcome);
    const present = report.findings.filter(({ state }) => state === 'present').map(({ code }) => code);
    expect(present).toEqual(expect.arrayContaining(entry.symptoms));
    expect(entry.symptoms.length).toBeGreaterThan(0);
    const size = Object.values(evidence).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(size).toBeLessThan(64 * 1024);
    // Only a part of what the bundle holds, line by line.
    const whole = textsIn(bundle);
    const lines = (of: Record<string, string>): number => Object.values(of).join('\n').split('\n').length;
    expect(lines(evidence)).toBeLessThan(lines(whole) / 2);

    // All that is in the folder is on the screen: the entry word by word, the evidence by name and length.
    for (const line of JSON.stringify(entry, null, 2).split('\n').slice(1, 8)) expect(stdout).toContain(line.trim());
    for (const path of Object.keys(evidence)) expect(stdout).toContain(path);
    expect(stdout).toContain('A failure is worth as much as a success');
    expect(stdout).toMatch(/Tesla P(?:4|10) on 1[45]\.\d-RELEASE/);
  });

  it('passes bundle verify', async () => {
    const { id } = entryIn(textsIn(p4.output));
    const verified = await cli(['bundle', 'verify', join(p4.output, 'matrix-data/evidence', id)]);
    expect([verified.status, verified.stderr]).toEqual([0, '']);
  });

  it('has the same bytes each time, and is written over nothing but itself', async () => {
    const args = [P4, '--reporter', 'Jane Doe <jane@example.org>', '-o'];
    const before = textsIn(p4.output);
    const again = await contribute([...args, p4.output]);
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('is already there')]);
    expect((await contribute([...args, p4.output, '--force'])).status).toBe(0);
    expect(textsIn(p4.output)).toEqual(before);
    const foreign = place();
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'mine.txt'), 'x');
    expect((await contribute([...args, foreign, '--force'])).stderr).toContain('it stays');
    expect(readdirSync(foreign)).toEqual(['mine.txt']);
  }, 60_000);

  it('says what flags tell, redacted like the bundle', async () => {
    const output = place();
    const flags = ['--firmware', 'Above 4G on', '--workaround', 'rom= helped', '--note', 'asked on jane@example.org'];
    const { status, stderr } = await contribute([P10, '-o', output, '--patch', 'd51892', ...flags]);
    expect([status, stderr]).toEqual([0, '']);
    const entry = entryIn(textsIn(output));
    expect(entry.bhyve).toMatchObject({ patch: 'D51892', review: 'D51892' });
    expect([entry.host.firmware, entry.workaround, entry.reporter]).toEqual(['Above 4G on', 'rom= helped', null]);
    expect(entry.notes).toMatch(/^asked on /);
    expect(entry.notes).not.toContain('jane@example.org');
  });
});

describe('git am', () => {
  const git = (args: string[], cwd: string): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  const missing = spawnSync('git', ['--version']).status !== 0;
  if (missing) console.warn('git is not installed: the patch is not applied');

  it.skipIf(missing)('applies the patch in a clone, as the reporter', () => {
    const texts = textsIn(p4.output);
    const origin = place();
    mkdirSync(join(origin, 'matrix-data'), { recursive: true });
    writeFileSync(join(origin, 'matrix-data/README.md'), 'matrix\n');
    git(['init', '-q', '.'], origin);
    git(['add', '.'], origin);
    git(['commit', '-q', '-m', 'start'], origin);
    const clone = place();
    git(['clone', '-q', origin, clone], folder);
    const patch = Object.keys(texts).find((name) => name.endsWith('.patch'))!;
    git(['am', '--whitespace=error', join(p4.output, patch)], clone);
    expect(git(['log', '-1', '--format=%an <%ae>|%aI|%s'], clone).trim()).toBe(
      `Jane Doe <jane@example.org>|2026-11-27T12:00:00+00:00|matrix: Tesla P4 on 15.0-RELEASE-p5: driver does not bring the card up`,
    );
    const applied = textsIn(join(clone, 'matrix-data'));
    delete applied['README.md'];
    expect(applied).toEqual(textsIn(join(p4.output, 'matrix-data')));
    // The names of the blobs in the patch are git's own.
    for (const [, id, path] of texts[patch]!.matchAll(
      /^index 0+\.\.([0-9a-f]{40})\n--- \/dev\/null\n\+\+\+ b\/(.*)$/gm,
    )) {
      expect(git(['rev-parse', `HEAD:${path!}`], clone).trim()).toBe(id);
    }
    expect(git(['show', '--stat=200', '--format=', 'HEAD'], clone)).toContain(
      /^ \d+ files changed, \d+ insertions\(\+\)$/m.exec(texts[patch]!)![0].trim(),
    );
  });
});

describe('hostile text', () => {
  it('in a flag is refused in one line', async () => {
    const { status, stderr } = await contribute([P4, '--reporter=a\nFrom: b', '-o', place()]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^gpudiag: --reporter: .{5,200}\n$/) as string]);
  });

  it('stays text: in the entry, on the screen, in patch and pull request', async () => {
    const bundle = place();
    for (const [path, text] of Object.entries(textsIn(P4))) {
      if (path === 'manifest.json') continue;
      const target = join(bundle, path.replace('compute1/', '-rf $(id) `x`\n/'));
      mkdirSync(join(target, '..'), { recursive: true });
      writeFileSync(target, text);
    }
    const note = '\u001b[2J\u202e\n---\ndiff --git a/x b/x\n```\n<img src=x onerror=alert(1)> @octocat closes #1 |';
    const output = place();
    const { status, stdout, stderr } = await contribute([bundle, '-o', output, '--note', note]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    const texts = textsIn(output);
    expect(entryIn(texts).notes).toBe(
      '[2J --- diff --git a/x b/x ``` <img src=x onerror=alert(1)> @octocat closes #1 |',
    );
    for (const path of Object.keys(texts)) expect(path).toMatch(/^[A-Za-z0-9._+/-]+$/);
    const patch = Object.entries(texts).find(([path]) => path.endsWith('.patch'))![1];
    expect(patch.match(/^diff --git/gm)).toHaveLength(Object.keys(texts).length - 2);

    const server = await new StandIn().listen();
    const env = { GPUDIAG_GITHUB_API: server.base.href, GPUDIAG_MATRIX_REPO: 'lab/gpudiag', GH_TOKEN: server.token };
    const published = await contribute([bundle, '--open-pr', '--yes', '--note', note], env);
    await server.close();
    expect([published.status, server.violations]).toEqual([0, []]);
    const [{ title, body } = { title: '', body: '' }] = server.pulls;
    expect(title).toMatch(/^[A-Za-z0-9 .,:+/()_-]+$/);
    // The entry, note included, stands between fences that nothing in it closes; outside of them no text of others.
    const [, fence = '', entry = ''] = /^(`{3,})json\n([^]*?)\n\1$/m.exec(body) ?? [];
    expect(fence.length).toBeGreaterThan(3);
    expect(JSON.parse(entry)).toEqual(entryIn(texts));
    expect(body.replace(entry, '')).not.toMatch(/octocat|<img|onerror/);
  }, 60_000);
});

describe('--open-pr', () => {
  const target = (server: StandIn): NodeJS.ProcessEnv => ({
    GPUDIAG_GITHUB_API: server.base.href,
    GPUDIAG_MATRIX_REPO: 'lab/gpudiag',
    GITHUB_TOKEN: server.token,
  });

  it('shows everything, opens the pull request, and finds it the second time', async () => {
    const server = await new StandIn().listen();
    const args = [P4, '--open-pr', '--reporter', 'Jane', '--yes'];
    const first = await contribute(args, target(server));
    const second = await contribute(args, target(server));
    await server.close();
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(first.stdout).toContain('Pull request opened: https://github.example/lab/gpudiag/pull/1');
    expect(second.stdout).toContain('The pull request is open already, with the same content');
    expect(server.violations).toEqual([]);
    const [pull] = server.pulls;
    expect(server.pulls).toHaveLength(1);
    expect(pull!.title).toBe('matrix: Tesla P4 on 15.0-RELEASE-p5: driver does not bring the card up');
    const published = server.filesOn('jane/gpudiag', pull!.head.replace('jane:', ''));
    published.delete('README.md');
    expect(published.size).toBeGreaterThan(5);
    for (const [path, text] of published) {
      expect(pull!.body).toContain(path);
      for (const line of text.trimEnd().split('\n')) expect(first.stdout).toContain(line.trim());
    }
    for (const { stdout, stderr } of [first, second]) expect(stdout + stderr).not.toContain(server.token);
    expect(JSON.stringify([...published, server.pulls])).not.toContain(server.token);
  });

  it.each([
    ['no --yes and no terminal', [], {}, 2, 'nothing was sent: look at what would be published'],
    ['no repository', ['--yes'], { GPUDIAG_MATRIX_REPO: undefined }, 2, 'which repository?'],
    ['a repository of another form', ['--yes', '--repo', '../x'], {}, 2, 'is not of the form OWNER/NAME'],
    ['a plain address', ['--yes', '--api-base', 'http://github.example'], {}, 2, 'must begin with https://'],
    ['no token', ['--yes'], { GITHUB_TOKEN: undefined, PATH: '/nonexistent' }, 2, 'needs a GitHub token'],
    ['another token', ['--yes'], { GITHUB_TOKEN: 'bad' }, 69, 'does not accept the token (401'],
  ])('%s: one clear line, nothing sent', async (_name, args, env, status, message) => {
    const server = await new StandIn().listen();
    server.fault = () => ({ status: 401, message: 'Bad credentials' });
    const result = await contribute([P4, '--open-pr', ...args], { ...target(server), ...env });
    await server.close();
    expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(message)]);
    expect(server.pulls).toEqual([]);
    if (status === 2) expect(server.lines).toEqual([]);
  });

  it('asks gh for a token, of the server in question', async () => {
    const server = await new StandIn().listen();
    const bin = place();
    mkdirSync(bin);
    writeFileSync(join(bin, 'gh'), `#!/bin/sh\n[ "$*" = "auth token --hostname 127.0.0.1" ] && echo ${server.token}\n`);
    chmodSync(join(bin, 'gh'), 0o755);
    const env = { ...target(server), GITHUB_TOKEN: undefined, PATH: `${bin}:${process.env.PATH ?? ''}` };
    const { status, stdout, stderr } = await contribute([P4, '--open-pr', '--yes', '--json'], env);
    await server.close();
    expect([status, server.violations]).toEqual([0, []]);
    expect(JSON.parse(stdout)).toMatchObject({ folder: null, pullRequest: { outcome: 'opened' } });
    expect(stdout + stderr).not.toContain(server.token);
  });
});

describe('what makes no entry', () => {
  it.each([
    [
      'a healthy module list',
      { 'kldstat.txt': 'Id Refs Address                Size Name\n 1   20 0xffffffff80200000  1d345b0 kernel\n' },
      65,
      'nothing to contribute',
    ],
    ['prose', { 'a.txt': 'Hello world, this is prose.\n' }, 65, 'nothing to contribute'],
    ['nothing', {}, 65, ''],
  ])('%s', async (_name, files, status, message) => {
    const bundle = place();
    mkdirSync(bundle);
    for (const [path, text] of Object.entries(files)) writeFileSync(join(bundle, path), text);
    const result = await contribute([bundle]);
    expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(message)]);
    expect(existsSync(join(folder, 'gpudiag-contribution'))).toBe(false);
  });

  it('a patch that the lines exclude', async () => {
    const { status, stderr } = await contribute([P4, '--patch', 'D51892', '-o', place()]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('the lines of this bundle show stock')]);
  });
});
