/** What surrounds the program fails: no partial output under a final name, one clear line, the documented exit code. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeError, EXIT } from '../../src/cli/errors.ts';
import { writeOutput } from '../../src/cli/output.ts';
import { startProgress } from '../../src/cli/progress.ts';
import { temporaryFolder } from '../collect/support.ts';
import { buildIfStale, cli, RUN } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

const EXAMPLE = join(ROOT, 'examples/tesla-p4-freebsd-15');
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;
if (!IS_ROOT) console.log('skipped: faults of another user, which only root can try');
if (!existsSync('/dev/full')) console.log('skipped: a full disk behind an output, because there is no /dev/full');

beforeAll(buildIfStale);

/** Runs a line of sh in which `$G` is the program; without the settings of whoever runs the tests. */
function shell(
  script: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn('/bin/sh', ['-c', script], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GPUDIAG_CONFIG: '',
      G: `${process.execPath} ${RUN}`,
      E: EXAMPLE,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

describe.concurrent('streams', () => {
  it('a reader that has enough ends the program in silence', async () => {
    const { out, err } = await shell('$G analyze $E --verbose | head -n 1; $G parse $E/host/pciconf.txt | head -n 1');
    expect(err).toBe('');
    expect(out.split('\n')).toHaveLength(3);
  });

  it('a reader that is slow gets everything', async () => {
    const { out, err } = await shell('$G analyze $E --json | { sleep 1; cat; }');
    expect(err).toBe('');
    expect((JSON.parse(out) as { schemaVersion: number }).schemaVersion).toBe(1);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'a full disk behind standard output is said, and told by the exit code',
    async () => {
      for (const args of [
        'analyze $E',
        'analyze $E --json',
        'parse $E/host/loader.conf',
        'bundle inspect $E',
        'explain xid:79',
        'matrix list',
        '--help',
      ]) {
        const { code, err } = await shell(`$G ${args} >/dev/full`);
        expect({ args, code, err }).toEqual({
          args,
          code: 2,
          err: 'gpudiag: standard output: cannot be written: no space left\n',
        });
      }
    },
  );

  it.skipIf(!existsSync('/dev/full'))('a full disk behind standard error does not change the exit code', async () => {
    expect((await shell('$G analyze /nonexistent >/dev/null 2>/dev/full')).code).toBe(65);
    expect((await shell('$G analyze $E >/dev/full 2>/dev/full')).code).toBe(2);
  });

  it('closed ones do no harm', async () => {
    expect(await shell('$G analyze $E -q <&-')).toMatchObject({ code: 1, err: '' });
    expect(await shell('$G analyze $E -q >&-')).toMatchObject({ code: 1, err: '' });
    expect((await shell('$G analyze /nonexistent 2>&-')).code).toBe(65);
    const { code, err } = await shell('$G analyze - <&- >/dev/null');
    expect(code).toBe(65);
    expect(err).toMatch(/^gpudiag: nothing in the input was recognised; -: is empty/);
  });

  it('a writer that takes its time is waited for', async () => {
    const { code, out } = await shell(
      '{ head -c 300 $E/host/pciconf.txt; sleep 1; tail -c +301 $E/host/pciconf.txt; } | $G analyze - -q --max-seconds 1',
    );
    expect({ code, out: out.slice(0, 8) }).toEqual({ code: 0, out: 'Tesla P4' });
  });
});

describe.concurrent('surroundings', () => {
  it('LC_ALL=C gets ASCII', async () => {
    const { code, out } = await shell('$G analyze $E --verbose', { LC_ALL: 'C' });
    expect(code).toBe(1);
    expect(out).toMatch(/^[\x0a\x20-\x7e]+$/);
  });

  it.each([
    ['no HOME', { HOME: undefined }],
    ['a HOME that is not there', { HOME: '/nonexistent' }],
    ['a HOME that is a file', { HOME: join(EXAMPLE, 'manifest.json') }],
    ['a HOME that is a device', { HOME: '/dev/null' }],
    ['no PATH', { PATH: '' }],
    ['an unknown terminal', { TERM: '\u001b[31m' }],
    ['a width that is none', { COLUMNS: '-1e9' }],
  ])('%s', async (_name, env) => {
    // The old way of reading it: without GPUDIAG_CONFIG the configuration is looked for in the home.
    const { code, out, err } = await shell('$G analyze $E -q', { ...env, GPUDIAG_CONFIG: undefined });
    expect({ code, err, out: out.slice(0, 8) }).toEqual({ code: 1, err: '', out: 'Tesla P4' });
  });

  it('a current folder that is gone', async () => {
    const folder = join(temporaryFolder(), 'gone');
    mkdirSync(folder);
    const { code, out } = await shell(`cd ${folder} && rmdir ${folder} && $G analyze $E -q`);
    expect({ code, out: out.slice(0, 8) }).toEqual({ code: 1, out: 'Tesla P4' });
  });

  it('a clock that jumps back and forth draws no progress before its time', () => {
    const said: string[] = [];
    const times = [0, -1e9, -5e8, 100, 1e9, -1e9];
    const progress = startProgress(
      { isTTY: true, write: (text: string) => said.push(text) > 0 },
      () => times.shift() ?? 0,
    );
    for (const step of ['a', 'b', 'c', 'd']) progress.say(step);
    progress.end();
    expect(said).toEqual(['\r\u001b[Kd ...', '\r\u001b[K']);
  });

  it('memory that does not suffice is said, when it can be', () => {
    for (const error of [
      new RangeError('Array buffer allocation failed'),
      new RangeError('Invalid string length'),
      Object.assign(new Error('x'), { code: 'ERR_STRING_TOO_LONG' }),
    ]) {
      expect(describeError(error)).toMatchObject({
        exit: EXIT.input,
        message: 'the memory does not suffice for this input',
      });
    }
    expect(describeError(new RangeError('Maximum call stack size exceeded')).exit).toBe(EXIT.bug);
  });

  it('too little address space: nothing under a final name', async () => {
    const folder = temporaryFolder();
    const big = join(folder, 'big.txt');
    writeFileSync(big, readFileSync(join(EXAMPLE, 'host/pciconf.txt'), 'utf8').repeat(6000));
    const { code } = await shell(`ulimit -v 1000000 && $G analyze ${big} --json -o ${folder}/out.json`);
    expect(code).not.toBe(0);
    expect(readdirSync(folder).filter((name) => !name.startsWith('.gpudiag-'))).toEqual(['big.txt']);
  });
});

describe('outputs', () => {
  /** Every command that writes a file or folder, with the name that it writes. */
  const WRITERS: [name: string, args: (folder: string) => string[]][] = [
    ['analyze --output', (folder) => ['analyze', EXAMPLE, '--format', 'html', '--output', join(folder, 'out')]],
    ['preflight --output', (folder) => ['preflight', EXAMPLE, '--verbose', '--output', join(folder, 'out')]],
    [
      'compare --output',
      (folder) => ['compare', EXAMPLE, `${EXAMPLE}-patched`, '--verbose', '--output', join(folder, 'out')],
    ],
    ['redact to an archive', (folder) => ['redact', EXAMPLE, '--output', join(folder, 'out.tar.gz')]],
    ['redact to a folder', (folder) => ['redact', EXAMPLE, '--output', join(folder, 'out')]],
    ['redact to a text', (folder) => ['redact', join(EXAMPLE, 'host/pciconf.txt'), '--output', join(folder, 'out')]],
    ['matrix export', (folder) => ['matrix', 'export', '--output', join(folder, 'out')]],
    [
      'matrix contribute',
      (folder) => ['matrix', 'contribute', EXAMPLE, '--patch', 'stock', '--yes', '--output', join(folder, 'out')],
    ],
    ['collect --script', (folder) => ['collect', '--script', 'sh', '--output', join(folder, 'out')]],
  ];

  describe('on a disk that is full', () => {
    const folder = join(temporaryFolder(), 'tiny');
    let whyNot: string | undefined = IS_ROOT ? undefined : 'needs root';
    beforeAll(() => {
      mkdirSync(folder);
      if (whyNot !== undefined) return;
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder], { stdio: 'pipe' });
        writeFileSync(join(folder, 'fill'), Buffer.alloc(16 * 1024));
      } catch (error) {
        whyNot = `a tmpfs cannot be mounted: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
      }
    });
    afterAll(() => {
      if (whyNot === undefined) execFileSync('umount', [folder]);
    });

    it.each(WRITERS)('%s', async (name, args) => {
      if (whyNot !== undefined) return console.log(`skipped: ${name} on a full disk: ${whyNot}`);
      const { status, stderr } = await cli(args(folder));
      expect({ status, left: readdirSync(folder) }).toEqual({ status: 2, left: ['fill'] });
      expect(stderr).toMatch(/^gpudiag: \S+: cannot be written.*(?:no space left|the disk is full|ENOSPC)/);
    });
  });

  // A folder is made with what leads to it.
  it.concurrent.each(WRITERS.filter(([name]) => !/folder|contribute/.test(name)))(
    '%s into a folder that is not there',
    async (_name, args) => {
      const folder = temporaryFolder();
      const { status, stderr } = await cli(args(join(folder, 'missing/deep')));
      expect(status).toBe(2);
      expect(stderr).toMatch(/^gpudiag: \S+/);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.skipIf(!IS_ROOT)('into a folder that is read-only, as a user', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const { status, stderr } = await cli(['matrix', 'export', '--output', join(folder, 'out')], { uid: NOBODY });
    if (/EACCES|cannot find|Cannot find/.test(stderr) && status === 1)
      return console.log('skipped: the checkout cannot be read by other users');
    expect(status).toBe(2);
    expect(stderr).toMatch(/cannot be written: permission denied/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('by SIGKILL while writing: no output, and the next run takes the rest away', async () => {
    const folder = temporaryFolder();
    const output = join(folder, 'out.tar.gz');
    const child = spawn(process.execPath, [RUN, 'redact', EXAMPLE, '--output', output], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    for (let i = 0; i < 20_000 && child.exitCode === null && readdirSync(folder).length === 0; i += 1) await sleep(1);
    child.kill('SIGKILL');
    await ended;
    for (const name of readdirSync(folder)) expect(name).toMatch(/^out\.tar\.gz$|^\.gpudiag-\d+-[0-9a-f]{12}\.tmp$/);
    // What a killed run left, as file and as folder; and what a run that still goes on holds.
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.on('close', resolve));
    const left = `.gpudiag-${gone.pid}-0123456789ab.tmp`;
    mkdirSync(join(folder, left));
    writeFileSync(join(folder, left, 'x'), 'x');
    writeFileSync(join(folder, `.gpudiag-${gone.pid}-ba9876543210.tmp`), 'x');
    const held = `.gpudiag-${process.pid}-0123456789ab.tmp`;
    writeFileSync(join(folder, held), 'x');
    await writeOutput(join(folder, 'report.txt'), 'report');
    expect(readdirSync(folder).filter((name) => name !== 'out.tar.gz')).toEqual([held, 'report.txt']);
  });

  describe('in a folder that others write to', () => {
    it.skipIf(!IS_ROOT)('a link that somebody else planted is not followed', async () => {
      const folder = temporaryFolder();
      const [target, link] = [join(folder, 'precious'), join(folder, 'report.txt')];
      writeFileSync(target, 'precious');
      symlinkSync(target, link);
      execFileSync('chown', ['-h', `${NOBODY}`, link]);
      await expect(writeOutput(link, 'report')).rejects.toMatchObject({
        exit: EXIT.usage,
        message: `${link}: is a link that belongs to another user, and is not written to`,
      });
      expect(readFileSync(target, 'utf8')).toBe('precious');
    });

    it('a link of our own keeps leading where it leads', async () => {
      const folder = temporaryFolder();
      const [target, link] = [join(folder, 'real'), join(folder, 'report.txt')];
      writeFileSync(target, 'old');
      symlinkSync(target, link);
      lutimesSync(link, 1, 1);
      await writeOutput(link, 'report');
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      expect(readFileSync(target, 'utf8')).toBe('report\n');
    });

    it.skipIf(!IS_ROOT)(
      'a file that somebody else put there decides neither who owns nor who reads the new one',
      async () => {
        const path = join(temporaryFolder(), 'report.txt');
        writeFileSync(path, 'x');
        chmodSync(path, 0o666);
        execFileSync('chown', [`${NOBODY}`, path]);
        await writeOutput(path, 'report');
        expect(statSync(path)).toMatchObject({ uid: 0 });
        expect(statSync(path).mode & 0o022).toBe(0);
      },
    );

    it('a link in the place of an output that must be new is refused', async () => {
      const folder = temporaryFolder();
      const target = join(folder, 'precious');
      writeFileSync(target, 'precious');
      for (const [input, output] of [
        [EXAMPLE, join(folder, 'a.tar.gz')],
        [EXAMPLE, join(folder, 'b')],
        [join(EXAMPLE, 'host/pciconf.txt'), join(folder, 'c.txt')],
      ] as const) {
        symlinkSync(target, output);
        const { status, stderr } = await cli(['redact', input, '--output', output]);
        expect(status).toBe(2);
        expect(stderr).toMatch(/is already there/);
      }
      expect(readFileSync(target, 'utf8')).toBe('precious');
      expect(readdirSync(folder).sort()).toEqual(['a.tar.gz', 'b', 'c.txt', 'precious']);
    });
  });
});
