import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.ts';
import { buildIfStale, cli, RUN } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

/**
 * The examples of every `--help`, run as they are written: in a shell, in a folder that looks like that of somebody who
 * follows them, with stand-ins for the programs of a host.
 */
const CASE = join(ROOT, 'examples/tesla-p4-freebsd-15');

/** Programs of a host and what they print here. */
const PROGRAMS: Readonly<Record<string, string>> = {
  pciconf: `cat '${CASE}/host/pciconf.txt'`,
  dmesg: `cat '${CASE}/guest/compute1/dmesg.txt'`,
  vm: 'echo "Starting $2"',
  // No guest is reachable from a test.
  ssh: 'echo "ssh: connect to host 192.0.2.10 port 22: Connection timed out" >&2; exit 255',
};

/** Exit codes an example may end with, by what stands in it; otherwise 0 or 1 (findings). */
const OTHER_EXITS: readonly { has: RegExp; exits: readonly number[]; why: string }[] = [
  { has: /ssh:\/\//, exits: [69], why: 'the guest cannot be reached' },
  { has: /lint --changed/, exits: [0, 1, 2, 69], why: 'the folder of the test is no git work tree' },
  { has: /--live/, exits: [0, 1, 2], why: 'the machine of the test has no card, or not one that stands out' },
  { has: /\bmatrix (?:update|contribute|import)\b/, exits: [0, 1, 2, 69], why: 'asks the network, or for a token' },
];

/** Words that stand for what only the reader has, and what is put there instead. */
const SUBSTITUTIONS: readonly (readonly [RegExp, string])[] = [
  [/\bBUNDLE\b/g, 'gpudiag-20260801T120000Z.tar.gz'],
  [/\bOWNER\b/g, 'somebody'],
];

const BUNDLES = [
  'gpudiag-20260801T120000Z.tar.gz',
  'gpudiag-20260801T120000Z-unredacted.tar.gz',
  'before.tar.gz',
  'after.tar.gz',
];
/** Where examples have a copy of the matrix. */
const MATRICES = ['matrix-data', 'before/matrix-data', 'path/to/matrix-data'];
const SLOW = 240_000;

let folder: string;
const shared = (name: string): string => join(folder, 'shared', name);

beforeAll(async () => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-examples-'));
  mkdirSync(shared('bin'), { recursive: true });
  const programs = { ...PROGRAMS, gpudiag: `exec '${process.execPath}' '${RUN}' "$@"` };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(shared(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    chmodSync(shared(`bin/${name}`), 0o755);
  }
  // What a reader of the examples has: single outputs of a host, bundles by the names that collect gives, a table.
  for (const name of ['pciconf.txt', 'loader.conf', 'dmesg.txt']) cpSync(join(CASE, 'host', name), shared(name));
  const { status, stderr } = await cli(['redact', CASE, '--output', shared(BUNDLES[0]!)]);
  expect([status, stderr]).toEqual([0, '']);
  for (const name of BUNDLES.slice(1)) cpSync(shared(BUNDLES[0]!), shared(name));
  const table = await cli(['matrix', 'export', '--format', 'csv']);
  writeFileSync(shared('reports.csv'), table.stdout);
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of its own for an example: some write where others read. */
function workplace(example: string): string {
  const place = mkdtempSync(join(folder, 'place-'));
  symlinkSync(join(ROOT, 'examples'), join(place, 'examples'));
  for (const name of readdirSync(join(folder, 'shared'))) symlinkSync(shared(name), join(place, name));
  // lint looks at the folder of that name when none is given.
  const used = example.includes('matrix lint') ? `${example} matrix-data` : example;
  for (const name of MATRICES.filter((path) => used.includes(path))) {
    cpSync(join(ROOT, 'matrix-data'), join(place, name), { recursive: true });
  }
  return place;
}

function runInShell(example: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const env = {
    ...process.env,
    PATH: `${shared('bin')}:${process.env['PATH']}`,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    GPUDIAG_CONFIG: '',
    // Nothing of a test goes out.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
  };
  const options = { cwd: workplace(example), encoding: 'utf8', maxBuffer: 2 ** 27, env } as const;
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', example], options, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
    child.stdin!.end();
  });
}

const EXAMPLES = Object.entries(COMMANDS).map(([id, { examples }]) => ({
  id: id.replaceAll(':', ' '),
  examples: ((examples ?? []) as unknown[]).map((example) =>
    (typeof example === 'string' ? example : (example as { command: string }).command)
      .replaceAll('<%= config.bin %>', 'gpudiag')
      .replaceAll('<%= command.id %>', id.replaceAll(':', ' '))
      .replace(/^\$ /, ''),
  ),
}));

it.each(EXAMPLES)('$id --help has two examples of the command', ({ id, examples }) => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const example of examples) expect(example).toContain(`gpudiag ${id}`);
});

describe('an example', () => {
  it.concurrent.each(EXAMPLES.flatMap(({ examples }) => examples))('%s', { timeout: SLOW }, async (example) => {
    const command = SUBSTITUTIONS.reduce((text, [word, instead]) => text.replace(word, instead), example);
    const { status, stdout, stderr } = await runInShell(command);
    const allowed = OTHER_EXITS.find(({ has }) => has.test(example))?.exits ?? [0, 1];
    expect(allowed, stderr || stdout.slice(0, 500)).toContain(status);
    expect(stderr).not.toMatch(/internal error|no such (?:flag|command|value)|(?:missing|unexpected) argument/);
  });
});
