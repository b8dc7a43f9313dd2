import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/files.ts';
import { HOST_BRIDGE, INTEGRATED, pciconf, READY_A30, teslaP4, teslaP40 } from './hosts.ts';

// Runs the built program: npm test builds first, a bare vitest run needs npm run build.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-preflight-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[], input?: string) =>
  spawnSync(process.execPath, [join(ROOT, 'bin/run.js'), 'preflight', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    ...(input !== undefined && { input }),
    env: { ...process.env, COLUMNS: '80', NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
  });

const P4 = 'examples/tesla-p4-freebsd-15';
const P10 = 'examples/tesla-p10-freebsd-14';

describe('gpudiag preflight', () => {
  it('ends with 1 when something fails, and only at the severity that is asked for', () => {
    expect(run([P4]).status).toBe(1);
    expect(run([P4, '--fail-on', 'never']).status).toBe(0);
    expect(run([P10]).status).toBe(0);
    expect(run([P10, '--fail-on', 'warning']).status).toBe(1);
    expect(run([P10, '--fail-on', 'warning', '--json']).status).toBe(1);
  });

  it('reads standard input and takes options', () => {
    const { stdout, status } = run(
      ['-', '--memory', '12G', '--slot', '7', '--loader', 'grub', '--vm', 'new', '--json'],
      pciconf([HOST_BRIDGE, INTEGRATED, teslaP4('ppt0', '1:0:0')]),
    );
    expect(status).toBe(0);
    const answer = JSON.parse(stdout) as { vm: unknown; proposal: { vmBhyve: { lines: { text: string }[] } } };
    expect(answer.vm).toMatchObject({ name: 'new', known: false, memoryBytes: 12 * 2 ** 30, loader: 'grub' });
    expect(answer.proposal.vmBhyve.lines.map(({ text }) => text)).toEqual([
      'loader="grub"',
      'memory=12G',
      'passthru0="1/0/0=7:0"',
    ]);
  });

  it('asks which card with a usage error, as text and as JSON', () => {
    const listing = pciconf([HOST_BRIDGE, INTEGRATED, teslaP4('vgapci1', '1:0:0'), teslaP40('vgapci2', '4:0:0')]);
    const asked = run(['-'], listing);
    expect(asked.status).toBe(2);
    expect(asked.stdout).toBe('');
    expect(asked.stderr).toMatch(/which card\?.*\n.*--gpu 1\/0\/0 +GP104GL \[Tesla P4\]\n.*--gpu 4\/0\/0/);
    expect(JSON.parse(run(['-', '--json'], listing).stdout)).toMatchObject({
      error: { exit: 2, suggestions: { length: 2 } },
    });
    expect(run(['-', '--gpu', '4/0/0', '--fail-on', 'never'], listing).status).toBe(0);
    expect(run(['-', '--gpu', '9/0/0'], listing).stderr).toMatch(/no graphics card of the evidence is called so/);
  });

  it.each([
    [['--memory', 'lots', P4], 2, /--memory lots: is no size/],
    [['--memory', '0', P4], 2, /is no size/],
    [['--slot', '31', P4], 2, /31/],
    [['--loader', 'lilo', P4], 2, /lilo/],
    [[], 2, /missing argument/],
    [['no/such/file'], 65, /no\/such\/file/],
  ])('refuses %j with %i', (args, status, message) => {
    const ended = run(args);
    expect(ended.status).toBe(status);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });

  it('ends with 65 when nothing is recognised, and still says what would help', () => {
    const ended = run(['-'], 'nothing in here\n');
    expect(ended.status).toBe(65);
    expect(ended.stdout).toContain('The evidence tells nothing of a host or a card.');
    expect(ended.stdout).toContain('pciconf -lvbBceV');
    expect(ended.stderr).toMatch(/nothing in the input was recognised/);
  });

  it('writes Markdown to a file', () => {
    const files = Object.entries(READY_A30).map(([path, content]) => {
      const file = join(folder, path.replaceAll('/', '-'));
      writeFileSync(file, content);
      return file;
    });
    const output = join(folder, 'preflight.md');
    const ended = run([...files, '--format', 'markdown', '--output', output, '--fail-on', 'warning']);
    expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(output, 'utf8')).toMatch(/^# Preflight of A30: ready\n/);
  });
});
