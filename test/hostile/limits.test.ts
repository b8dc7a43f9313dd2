/** The limits as a user meets them: flags, messages, exit codes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGzip, gunzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/bundle/limits.ts';
import { formatSize } from '../../src/model/size.ts';
import { temporaryFolder } from '../collect/support.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';
import { archive } from './tar-builder.ts';

const EXAMPLE = join(ROOT, 'examples/tesla-p4-freebsd-15');
let folder: string;
let bomb: string;

beforeAll(async () => {
  buildIfStale();
  folder = temporaryFolder();
  bomb = join(folder, 'bomb.gz');
  const zeros = Buffer.alloc(2 ** 20);
  const packed = Readable.from(Array<Buffer>(100).fill(zeros)).pipe(createGzip());
  writeFileSync(bomb, await buffer(packed));
});

describe.concurrent('a limit that is met is said with the flag that moves it', () => {
  it.each([
    ['--max-bytes', '1K', 'was left out: all files together are larger than the 1 KiB that are read (--max-bytes)'],
    ['--max-entries', '12', 'holds more than the 12 entries that are read; the rest was left out (--max-entries)'],
  ])('%s %s', async (flag, value, message) => {
    const { status, stdout } = await cli(['analyze', EXAMPLE, flag, value, '--json']);
    const report = JSON.parse(stdout) as { inputs: { problems: { message: string }[] }[] };
    expect(report.inputs.flatMap(({ problems }) => problems.map((problem) => problem.message))).toContain(message);
    expect([0, 1]).toContain(status);
    expect((await cli(['analyze', EXAMPLE, flag, value])).stdout).toContain(flag);
  });

  it('a bomb: exit 65, one line', async () => {
    const { status, stderr } = await cli(['analyze', bomb]);
    expect(status).toBe(65);
    expect(stderr).toMatch(
      /^gpudiag: nothing in the input was recognised; \S+bomb\.gz: unpacks to more than 250 times its size.*\(--max-ratio\)\n$/,
    );
    for (const args of [
      ['redact', bomb],
      ['parse', bomb],
      ['bundle', 'verify', bomb],
      ['compare', bomb, EXAMPLE],
    ]) {
      const answer = await cli(args);
      expect({ args, status: answer.status }).toEqual({ args, status: 65 });
      expect(answer.stderr).toContain('(--max-ratio)');
    }
  });

  it('a bomb with --max-ratio is looked at', async () => {
    const { status, stderr } = await cli(['analyze', bomb, '--max-ratio', '2000']);
    expect(status).toBe(65);
    expect(stderr).toMatch(/bomb: holds nothing but blanks/);
  });
});

describe.concurrent('the flags', () => {
  it.each([
    ['--max-bytes', 'x', /--max-bytes x: is no size\n {2}write it as 512M or 4G/],
    ['--max-bytes', '0', /is no size/],
    ['--max-entries', '0', /--max-entries|greater than or equal to 1/],
    ['--max-entries', '10000000', /less than or equal to 500000/],
    ['--max-ratio', '-1', /greater than or equal to 1/],
    ['--max-seconds', '1.5', /integer/],
  ])('%s %s is refused', async (flag, value, message) => {
    const { status, stderr } = await cli(['analyze', EXAMPLE, flag, value]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    'analyze',
    'preflight',
    'compare',
    'parse',
    'redact',
    'bundle inspect',
    'bundle verify',
    'matrix match',
    'matrix contribute',
  ])('%s has them', async (command) => {
    const { stdout } = await cli([...command.split(' '), '--help']);
    for (const flag of ['--max-bytes', '--max-entries', '--max-ratio', '--max-seconds']) expect(stdout).toContain(flag);
  });
});

it('docs/limits.md names the defaults that hold', () => {
  const text = readFileSync(join(ROOT, 'docs/limits.md'), 'utf8');
  const { maxBytes, maxEntries, maxRatio, maxSeconds } = DEFAULT_LIMITS;
  expect(text).toContain(`| \`--max-bytes SIZE\` | ${formatSize(maxBytes)} |`);
  expect(text).toContain(`| \`--max-entries N\` | ${maxEntries} |`);
  expect(text).toContain(`| \`--max-ratio N\` | ${maxRatio} |`);
  expect(text).toContain(`| \`--max-seconds N\` | ${maxSeconds} |`);
});

it('a redacted copy of an archive holds no path that leads out of it', async () => {
  const input = join(folder, 'paths.tar');
  const output = join(folder, 'copy.tar.gz');
  const names = ['../../etc/x', '/abs', 'host/../../y', 'host/z', '..', 'host/./z'];
  writeFileSync(input, archive(...names.map((name) => ({ name, body: `${name}\n` }))));
  expect((await cli(['redact', input, '--output', output])).status).toBe(0);
  const tar = gunzipSync(readFileSync(output));
  const paths: string[] = [];
  for (let at = 0; tar[at] !== 0;) {
    paths.push(tar.toString('utf8', at, tar.indexOf(0, at)));
    at += 512 + Math.ceil(parseInt(tar.toString('latin1', at + 124, at + 135), 8) / 512) * 512;
  }
  expect(paths.sort()).toEqual(['abs', 'etc/x', 'host/y', 'host/z', 'host/z (2)', 'redaction.json', 'unnamed']);
});
