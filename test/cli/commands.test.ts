import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { buildIfStale, cli, RUN } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';
import { exampleOf } from '../support/identify.ts';

const EXAMPLE = join(ROOT, 'examples/tesla-p4-freebsd-15');
const HEALTHY = exampleOf('kldstat');

let folder: string;
const put = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const reportOf = (stdout: string): Report => JSON.parse(stdout) as Report;
const errorOf = (stdout: string) =>
  JSON.parse(stdout) as { error: { message: string; exit: number; suggestions: string[] } };

beforeAll(() => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('exit codes, the same with and without --json', () => {
  it.each<[string, number, () => string[]]>([
    ['nothing at or above error', 0, () => ['analyze', put('healthy.txt', HEALTHY)]],
    ['a finding at or above error', 1, () => ['analyze', EXAMPLE]],
    ['never', 0, () => ['analyze', EXAMPLE, '--fail-on', 'never']],
    ['a finding of any severity', 1, () => ['analyze', put('healthy.txt', HEALTHY), EXAMPLE, '--fail-on=info']],
    ['no input', 2, () => ['analyze']],
    ['unknown flag', 2, () => ['analyze', '--verbos', EXAMPLE]],
    ['unknown value', 2, () => ['analyze', EXAMPLE, '--fail-on', 'severe']],
    ['unknown command', 2, () => ['analyse']],
    ['unknown code', 2, () => ['explain', 'no-such-code']],
    ['missing input', 65, () => ['analyze', join(folder, 'missing')]],
    ['empty input', 65, () => ['analyze', put('empty.txt', '')]],
    ['foreign input', 65, () => ['analyze', put('prose.txt', 'Hello world, this is prose.\n')]],
    [
      'binary input',
      65,
      () => ['analyze', put('noise', Buffer.from(Array.from({ length: 999 }, (_, i) => (i * i) % 251)))],
    ],
    [
      'folder without files',
      65,
      () => ['analyze', (mkdirSync(join(folder, 'none'), { recursive: true }), join(folder, 'none'))],
    ],
    ['not what parse was told', 65, () => ['parse', 'pciconf', put('prose.txt', 'Hello world\n')]],
    ['of no kind', 65, () => ['parse', put('prose.txt', 'Hello world\n')]],
  ])('%s: %i', async (_name, expected, args) => {
    const [plain, json] = await Promise.all([cli(args()), cli([...args(), '--json'])]);
    expect([plain.status, json.status]).toEqual([expected, expected]);
    for (const { stderr } of [plain, json]) expect(stderr).not.toMatch(/\n\s+at |node:internal|Error:/);
    expect(() => JSON.parse(json.stdout) as unknown).not.toThrow();
  });
});

describe('usage errors', () => {
  it.each([
    [['analyse'], 'no such command: analyse', 'did you mean analyze?'],
    [['matrix', 'lsit'], 'no such command: matrix lsit', 'did you mean matrix list?'],
    [['frobnicate'], 'no such command: frobnicate', 'gpudiag --help lists the commands'],
    [['anlyze', 'bundle.tar.gz', 'more.txt'], 'no such command: anlyze', 'did you mean analyze?'],
    [['matrix', 'shwo', 'ca-p4-05'], 'no such command: matrix shwo', 'did you mean matrix show?'],
    [['analyze', '--fial-on=error', 'x'], 'no such flag: --fial-on', 'did you mean --fail-on?'],
    [['analyze', '--zzz', 'x'], 'no such flag: --zzz', 'see --help'],
    [['analyze'], 'missing argument: INPUT', 'see --help'],
    [['matrix', 'show', 'a', 'b'], 'unexpected argument: b', 'see --help'],
    [['docter'], 'no such command: docter', 'did you mean doctor?'],
    [['analyze', 'x', '--format', 'markdwon'], '--format: no such value: markdwon', 'did you mean markdown?'],
    [['completion', 'csh'], 'no such value: csh', 'did you mean tcsh?'],
    [['parse', 'pciconv', 'x'], 'no such kind: pciconv', 'did you mean pciconf?'],
  ])('%j', async (args, message, suggestion) => {
    const [{ stdout, stderr }, json] = await Promise.all([cli(args), cli([...args, '--json'])]);
    expect(stdout).toBe('');
    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBe(2);
    expect(lines[0]).toBe(`gpudiag: ${message}`);
    expect(lines[1]).toContain(suggestion);
    expect(json.stderr).toBe('');
    expect(Object.keys(errorOf(json.stdout))).toEqual(['error']);
    expect(errorOf(json.stdout).error).toMatchObject({ message, exit: 2 });
  });

  it('show no control characters of what was typed', async () => {
    const { stderr } = await cli(['analyze', '--\u001b[31mred', 'x']);
    expect(stderr).not.toContain('\u001b');
    expect((await cli(['\u001b]0;title\u0007'])).stderr).not.toMatch(/[\u001b\u0007]/);
  });
});

describe('input', () => {
  it('that cannot be read has one line each; the rest is analysed', async () => {
    const good = put('good.txt', exampleOf('pciconf'));
    const gz = gzipSync(exampleOf('linux-dmesg').repeat(40));
    const inputs = [
      join(folder, 'missing'),
      put('empty.txt', ''),
      put('picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
      put('cut.gz', gz.subarray(0, gz.length - 20)),
      good,
    ];
    const { status, stdout } = await cli(['analyze', ...inputs, '--json', '--fail-on', 'never']);
    expect(status).toBe(0);
    const told = reportOf(stdout).inputs.map(({ artifact, status, problems }) => [
      artifact,
      status,
      problems[0]?.message,
    ]);
    expect(told).toEqual([
      [inputs[0], 'unreadable', 'no such file or folder'],
      ['empty.txt', 'unreadable', expect.stringMatching(/^is empty; expected /)],
      ['picture', 'unreadable', expect.stringMatching(/^is a PNG picture, not text; expected /)],
      ['cut', 'partly', 'is a truncated gzip file; the part before was read'],
      ['good.txt', 'parsed', undefined],
    ]);
    const text = (await cli(['analyze', ...inputs, '--fail-on', 'never'])).stdout;
    for (const name of ['missing', 'empty.txt', 'picture', 'cut']) expect(text).toMatch(new RegExp(`- \\S*${name}:`));
  });

  it('that is not there is an error, not a report of what it lacks; for programs it is a report', async () => {
    const missing = join(folder, 'missing');
    for (const format of ['text', 'markdown', 'html']) {
      const { status, stdout, stderr } = await cli(['analyze', missing, '--format', format]);
      expect([status, stdout, stderr]).toEqual([65, '', `gpudiag: ${missing}: no such file or folder\n`]);
    }
    const json = await cli(['analyze', missing, '--json']);
    expect([json.status, reportOf(json.stdout).inputs]).toMatchObject([65, [{ status: 'unreadable' }]]);
  });

  it('that says nothing is named in the last line of the terminal', async () => {
    const { stdout, stderr } = await cli(['analyze', put('prose.txt', 'Good morning.\n')]);
    expect(stderr).toMatch(/^gpudiag: nothing in the input was recognised; prose\.txt: .+\n$/);
    expect(stdout).toContain('NOT UNDERSTOOD');
  });

  it('comes from standard input', async () => {
    const plain = await cli(['analyze', '-', '--json', '--fail-on', 'never'], { input: exampleOf('pciconf') });
    expect(reportOf(plain.stdout).inputs).toMatchObject([{ artifact: '-', kind: 'pciconf', status: 'parsed' }]);
    const packed = await cli(['analyze', '-', '--json', '--fail-on', 'never'], {
      input: gzipSync(exampleOf('pciconf')),
    });
    expect(reportOf(packed.stdout).inputs).toMatchObject([{ artifact: '-', kind: 'pciconf' }]);
    expect((await cli(['parse', 'pciconf'], { input: exampleOf('pciconf') })).status).toBe(0);
    expect((await cli(['analyze', '-'], { input: '' })).status).toBe(65);
  });

  it('with control characters in its name or text never reaches the terminal raw', async () => {
    const name = 'a\u001b[31m\u0007.txt';
    put(`odd/${name}`, `${exampleOf('pciconf')}\n\u001b]0;title\u0007\u009b31m\n`);
    put('odd/new\nline.txt', exampleOf('linux-dmesg').replaceAll('NVRM', 'NV\u001b[5mRM\u202e'));
    put('odd/bad\r.txt', 'prose');
    for (const format of ['text', 'markdown', 'json']) {
      const { stdout, stderr } = await cli(['analyze', join(folder, 'odd'), '--format', format, '--verbose']);

      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect((await cli(['parse', join(folder, 'odd', name)])).stderr).not.toContain('\u001b');
    expect((await cli(['parse', join(folder, `missing${name}`)])).stderr).toContain(
      'missinga\\x1b[31m\\x07.txt: no such file or folder',
    );
  });

  it.runIf(process.getuid?.() === 0 && (statSync(ROOT).mode & 0o5) === 5)('without permission', async () => {
    const secret = put('denied/secret.txt', 'x');
    put('denied/open.txt', exampleOf('pciconf'));
    spawnSync('chmod', ['0', secret]);
    spawnSync('chmod', ['755', folder]);
    const { status, stdout } = await cli(['analyze', join(folder, 'denied'), '--json', '--fail-on', 'never'], {
      uid: 65_534,
    });
    expect(status).toBe(0);
    expect(reportOf(stdout).inputs).toMatchObject([
      { artifact: 'open.txt', status: 'parsed' },
      { artifact: 'secret.txt', status: 'unreadable', problems: [{ message: 'permission denied' }] },
    ]);
  });
});

describe('output', () => {
  it('goes into a file whole, and nothing to standard output', async () => {
    const target = join(folder, 'out/report.json');
    mkdirSync(join(folder, 'out'));
    const { status, stdout } = await cli(['analyze', EXAMPLE, '--json', '--output', target]);
    expect([status, stdout]).toEqual([1, '']);
    expect(reportOf(readFileSync(target, 'utf8')).schemaVersion).toBe(1);
    expect(readdirSync(join(folder, 'out'))).toEqual(['report.json']);
  });

  it('that cannot be written leaves nothing behind', async () => {
    const occupied = join(folder, 'occupied');
    mkdirSync(occupied, { recursive: true });
    const before = readdirSync(folder).sort();
    const nowhere = await cli(['analyze', EXAMPLE, '--output', join(folder, 'no/such/report.txt')]);
    expect([nowhere.status, nowhere.stdout]).toEqual([2, '']);
    expect(nowhere.stderr).toBe(
      `gpudiag: ${join(folder, 'no/such/report.txt')}: cannot be written: the folder does not exist\n`,
    );
    const onFolder = await cli(['analyze', EXAMPLE, '-o', occupied]);
    expect(onFolder.status).toBe(2);
    expect(onFolder.stderr).toMatch(/occupied: cannot be written: is a folder\n$/);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('keeps a link, the mode of the file behind it, and devices', async () => {
    const target = put('kept.txt', 'old');
    spawnSync('chmod', ['640', target]);
    symlinkSync(target, join(folder, 'link.txt'));
    expect((await cli(['analyze', EXAMPLE, '-o', join(folder, 'link.txt'), '--fail-on', 'never'])).status).toBe(0);
    expect(readFileSync(target, 'utf8')).toContain('Tesla P4');
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect((await cli(['analyze', EXAMPLE, '-o', '/dev/null', '--fail-on', 'never'])).status).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('into a pipe that is closed early ends in silence', () => {
    const node = JSON.stringify(process.execPath);
    const command = `${node} ${JSON.stringify(RUN)} analyze ${JSON.stringify(EXAMPLE)} --json --verbose`;
    const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${command}; } | head -1`], { encoding: 'utf8' });
    expect(stdout).toBe('{\n');
    expect(stderr).toBe('');
    const noisy = spawnSync('sh', ['-c', `${node} ${JSON.stringify(RUN)} analyze 2>&1 | true`], { encoding: 'utf8' });
    expect(noisy.stderr).toBe('');
  });

  it('has no colour and no progress where nobody looks', async () => {
    const { stdout, stderr } = await cli(['analyze', EXAMPLE]);
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toBe('');
  });

  it('is the same twice', async () => {
    expect((await cli(['analyze', EXAMPLE, '--json'])).stdout).toBe((await cli(['analyze', EXAMPLE, '--json'])).stdout);
  });
});

describe('the other commands', () => {
  it('--version and --help', async () => {
    expect(await cli(['--version'])).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^gpudiag \d+\.\d+\.\d+ node-v/) as string,
    });
    const help = await cli(['--help']);
    expect(help.status).toBe(0);
    for (const command of ['analyze', 'parse', 'explain', 'matrix']) expect(help.stdout).toContain(command);
    expect((await cli(['analyze', '--help'])).stdout).toContain('--fail-on');
    expect((await cli([])).status).toBe(0);
  });

  it('parse tells the kind, or takes it, and lists the kinds', async () => {
    const file = put('x.txt', exampleOf('loader-conf'));
    expect(JSON.parse((await cli(['parse', file])).stdout)).toMatchObject({
      kind: 'loader-conf',
      side: 'host',
      firstLine: 1,
    });
    expect(JSON.parse((await cli(['parse', 'loader-conf', file])).stdout)).toMatchObject({ kind: 'loader-conf' });
    expect((await cli(['parse', '--list'])).stdout).toMatch(/^pciconf +host +/m);
    const kinds = JSON.parse((await cli(['parse', '--list', '--json'])).stdout) as { kind: string }[];
    expect(kinds.map(({ kind }) => kind)).toContain('nvidia-bug-report');
    expect(await cli(['parse', EXAMPLE])).toMatchObject({ status: 2 });
  });

  it('explain knows findings, Xids and RmInitAdapter triples', async () => {
    expect((await cli(['explain', 'nvidia-intpin-missing'])).stdout).toContain('nvidia-intpin-missing');
    expect((await cli(['explain', 'xid:79'])).stdout).toContain('Xid 79');
    expect((await cli(['explain'])).status).toBe(2);
    expect((await cli(['explain', 'rm-init:0x31:0xffff'])).stdout).toContain('0x31');
    expect(JSON.parse((await cli(['explain', 'xid:79', '--json'])).stdout)).toMatchObject({ xid: 79 });
  });

  it('matrix lists and shows', async () => {
    const list = JSON.parse((await cli(['matrix', 'list', '--json', '--gpu', 'P4'])).stdout) as {
      observations?: { id: string }[];
    };
    expect(JSON.stringify(list)).toContain('ca-p4');
    expect(await cli(['matrix', 'show', 'no-such-id'])).toMatchObject({ status: 2, stdout: '' });
    expect((await cli(['matrix'])).status).toBe(0);
  });
});

describe('the folder for compiled code', () => {
  const run = (home: string, uid?: number) => {
    const env = { ...process.env, HOME: home };
    delete (env as NodeJS.ProcessEnv).XDG_CACHE_HOME;
    delete (env as NodeJS.ProcessEnv).GPUDIAG_CACHE;
    return spawnSync(process.execPath, [RUN, 'explain', 'xid:79'], { encoding: 'utf8', env, uid }).status;
  };
  const isRoot = process.getuid!() === 0;
  const user = isRoot ? 65_534 : process.getuid!();
  /** Root tries it as somebody else, who can read the program only where the checkout lies open. */
  const reason = !('enableCompileCache' in nodeModule)
    ? 'this Node keeps no compiled code'
    : isRoot && spawnSync(process.execPath, [RUN, '--version'], { uid: user }).status !== 0
      ? 'other users cannot read the checkout'
      : undefined;
  if (reason !== undefined) console.log(`skipped: the folder for compiled code of a user, because ${reason}`);

  const homeOf = (name: string): string => {
    chmodSync(folder, 0o755);
    const home = join(folder, name);
    mkdirSync(join(home, '.cache'), { recursive: true });
    for (const path of [home, join(home, '.cache')]) chownSync(path, user, -1);
    return home;
  };

  it.skipIf(reason !== undefined)('is the own one of the user, closed to others', () => {
    const cache = join(homeOf('home'), '.cache/gpudiag');
    expect(run(join(folder, 'home'), user)).toBe(0);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(readdirSync(cache)).not.toEqual([]);
  });

  it.skipIf(reason !== undefined)('is not used when others can write to it', () => {
    const cache = join(homeOf('shared'), '.cache/gpudiag');
    mkdirSync(cache);
    chownSync(cache, user, -1);
    chmodSync(cache, 0o777);
    expect(run(join(folder, 'shared'), user)).toBe(0);
    expect(readdirSync(cache)).toEqual([]);
  });

  it.skipIf(!isRoot)('is not made for root, nor used', () => {
    const home = join(folder, 'root');
    mkdirSync(home);
    expect(run(home)).toBe(0);
    expect(readdirSync(home)).toEqual([]);
    mkdirSync(join(home, '.cache/gpudiag'), { recursive: true, mode: 0o700 });
    expect(run(home)).toBe(0);
    expect(readdirSync(join(home, '.cache/gpudiag'))).toEqual([]);
  });

  it('is not missed where there is no home', () => {
    expect(run(join(folder, 'no-such-home'))).toBe(0);
  });
});
