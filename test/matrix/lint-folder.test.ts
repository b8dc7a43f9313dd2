import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matrixLint } from '../../src/cli/matrix-lint.ts';
import { changesBetween } from '../../src/cli/matrix-changes.ts';
import { describeError } from '../../src/cli/errors.ts';
import { observationText } from '../../src/matrix/lint-text.ts';
import { reviewEntries } from '../../src/matrix/lint-review.ts';
import { observationPath } from '../../src/matrix/path.ts';
import type { MatrixProblem } from '../../src/model/matrix.ts';
import type { Observation } from '../../src/model/observation.ts';
import { ROOT } from '../support/files.ts';
import { MATRIX, observation } from './support.ts';

interface Result {
  ok: boolean;
  entries: number;
  checked: number;
  derived: number;
  problems: MatrixProblem[];
  notes: MatrixProblem[];
  fixed: { file: string; changes: string[] }[];
}

let folder: string;
const TABLES = join(ROOT, 'matrix-data/tables');
/** Of long tables, what these tests need: reading them whole is most of the time of a check. */
const CARDS = ['pciId,', '10de:1bb3,', '10de:1b38,'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-lint-'));
  cpSync(TABLES, join(folder, 'tables'), { recursive: true });
  for (const name of ['gpus.csv', 'observed-bars.csv']) {
    const lines = readFileSync(join(TABLES, name), 'utf8').split('\n');
    put(`tables/${name}`, `${lines.filter((line) => CARDS.some((start) => line.startsWith(start))).join('\n')}\n`);
  }
  mkdirSync(join(folder, 'observations'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (file: string, content: string | Buffer | object): void => {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
};
const add = (...entries: Observation[]): void => {
  for (const entry of entries) put(observationPath(entry), observationText({ $schema: SCHEMA, ...entry }));
};
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
const SCHEMA = '../../../schemas/observation.schema.json';

type Flags = Partial<Parameters<typeof matrixLint>[1]>;
const lint = async (flags: Flags = {}): Promise<Result> => {
  const all = { changed: false, fix: false, 'skip-evidence': false, json: true, ...flags };
  return JSON.parse((await matrixLint(folder, all)).text) as Result;
};
const told = async (flags: Flags = {}): Promise<string[]> =>
  (await lint(flags)).problems.map(({ field, message }) => `${field}: ${message}`);

it('the matrix of the repository passes', async () => {
  const all = { changed: false, fix: false, 'skip-evidence': false, json: true };
  const { text, ok } = await matrixLint(join(ROOT, 'matrix-data'), all);
  expect((JSON.parse(text) as Result).problems).toEqual([]);
  expect(ok).toBe(true);
});

describe('one entry', () => {
  it('that is right gives no problem', async () => {
    add(observation('good-1'));
    expect(await lint()).toMatchObject({ ok: true, entries: 1, checked: 1, problems: [], notes: [], fixed: [] });
  });

  it.each<[string, object, RegExp]>([
    ['a word that is none', { outcome: 'great' }, /^outcome: .*"works"/],
    ['a field that is none', { colour: 'red' }, /^colour: /],
    ['a field missing', { guest: undefined }, /^guest: /],
    ['too little memory', { config: { memoryBytes: 16 } }, /^config\.memoryBytes: 16 is no size/],
    ['too many functions', { config: { functions: 9 } }, /^config\.functions: 9 is not between 1 and 8/],
    ['a date that is none', { source: { kind: 'log', url: null, date: '2026-02-30' } }, /^source\.date: .* is no date/],
    ['a date to come', { source: { kind: 'log', url: null, date: '2126' } }, /^source\.date: 2126 lies in the future/],
    ['no web address', { source: { kind: 'log', url: 'see below', date: '2026' } }, /^source\.url: is not the address/],
    [
      'an address with a password',
      { source: { kind: 'log', url: 'https://me:secret1@example.org/', date: '2026' } },
      /^source\.url: is not the address/,
    ],
    [
      'hearsay as evidence',
      { source: { kind: 'second-hand', url: null, date: '2026' } },
      /^grade: evidenced does not go/,
    ],
    ['symptoms of what works', { symptoms: ['xid'] }, /^symptoms: works, and yet symptoms/],
    ['an e-mail address', { summary: 'Ask jane.doe@example.net for it.' }, /^summary: holds what looks like an e-mail/],
    ['a serial number', { notes: 'Serial Number: 0324618031234' }, /^notes: holds what looks like a serial number/],
    ['a GPU UUID', { summary: 'GPU-6b2f1d3c-2a77-4b1e-9d0f-0f5e8d7c1a2b' }, /^summary: holds what looks like a UUID/],
  ])('with %s', async (_name, changes, expected) => {
    put('observations/10de-1bb3/x-1.json', { ...observation('x-1'), ...changes });
    const problems = await told();
    expect(problems[0]).toMatch(expected);
    const { problems: whole } = await lint();
    for (const { fix } of whole) expect(fix).toBeTruthy();
  });

  it('never has its secret told', async () => {
    put('observations/10de-1bb3/x-1.json', { ...observation('x-1'), notes: 'ask jane.doe@example.net' });
    expect(JSON.stringify(await lint())).not.toContain('jane.doe');
  });

  it('that is no JSON is named, and the others are checked', async () => {
    put('observations/10de-1bb3/x-1.json', '{ "id": ');
    add(observation('x-2', { guest: { branch: '999' } }));
    expect(await told()).toEqual([expect.stringContaining('is not JSON'), expect.stringMatching(/^guest\.branch/)]);
  });
});

describe('entries together', () => {
  it('that say the same are a problem of the later one', async () => {
    add(observation('a-1'), observation('b-1', { summary: 'In other words.' }));
    const { problems } = await lint();
    expect(problems).toMatchObject([
      { file: 'observations/10de-1bb3/b-1.json', message: expect.stringContaining('says the same as') as string },
    ]);
  });

  it.each<[string, Observation]>([
    ['another source', observation('b-1', { source: { url: 'https://example.org/other' } })],
    ['another release', observation('b-1', { host: { release: '15.0-RELEASE' } })],
    ['another guest driver', observation('b-1', { guest: { driver: 'nvidia 580.82.07' } })],
    ['another use of rom=', observation('b-1', { config: { rom: true } })],
    ['other symptoms', observation('b-1', { outcome: 'works-with-faults', symptoms: ['xid'] })],
  ])('with %s are two reports', async (_name, other) => {
    add(observation('a-1'), other);
    expect(await told()).toEqual([]);
  });

  it('that ended differently are told, and no problem', async () => {
    const url = 'https://example.org/other';
    const fails = observation('b-1', { outcome: 'driver-init-fails', failedStage: 'init', source: { url } });
    add(observation('a-1'), fails);
    const { ok, notes } = await lint();
    expect(ok).toBe(true);
    expect(notes.map(({ message }) => message)).toEqual([
      'works; others report of the same configuration: driver-init-fails (b-1)',
      'driver-init-fails; others report of the same configuration: works (a-1)',
    ]);
    add({ ...fails, id: 'c-1', supersedes: ['b-1', 'a-1'] });
    expect((await lint()).notes).toEqual([]);
  });

  it('in great number are not compared pair by pair', () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => {
      const entry = observation(`x-${i}`, { source: { url: `https://example.org/${i}` } });
      return { file: observationPath(entry), observation: entry };
    });
    expect(reviewEntries(entries, '2026-11-22').problems).toEqual([]);
  });
});

describe('--fix', () => {
  it('mends what needs no judgement, says what, and comes to rest', async () => {
    const entry = observation('Jane-1');
    put('observations/elsewhere/Jane-1.json', {
      ...entry,
      gpu: { ...entry.gpu, pciId: '10DE:1BB3', vendorId: '1002', architecture: 'Turing', chip: 'GP102' },
      guest: { ...entry.guest, branch: '580.65.06' },
      summary: '  It works.\n',
      outcome: 'works-with-faults',
      symptoms: ['xid', 'xid'],
    });
    const first = await lint({ fix: true });
    expect(first.problems).toEqual([]);
    expect(existsSync(join(folder, 'observations/elsewhere'))).toBe(false);
    const mended = read('observations/10de-1bb3/jane-1.json');
    expect(mended).toMatchObject({
      $schema: SCHEMA,
      id: 'jane-1',
      gpu: {
        pciId: '10de:1bb3',
        vendorId: '10de',
        architecture: 'Pascal',
        chip: expect.stringMatching(/^GP104/) as string,
      },
      guest: { branch: '580' },
      summary: 'It works.',
      symptoms: ['xid'],
    });
    expect(Object.keys(mended as object).slice(0, 4)).toEqual(['$schema', 'id', 'subject', 'gpu']);
    const said = first.fixed[0]!.changes.join('\n');
    for (const part of ['id: "Jane-1" to "jane-1"', 'gpu.vendorId', 'guest.branch', 'summary: blanks', 'moved to'])
      expect(said).toContain(part);
    expect((await lint({ fix: true })).fixed).toEqual([]);
  });

  it('leaves alone what needs judgement, and a place that is taken', async () => {
    add(observation('a-1'));
    put('observations/other/a-1.json', observation('a-1', { outcome: 'driver-init-fails', failedStage: 'boot' }));
    const { problems } = await lint({ fix: true });
    expect(problems.map(({ field }) => field).sort()).toEqual(['', 'failedStage', 'id']);
    expect(existsSync(join(folder, 'observations/other/a-1.json'))).toBe(true);
  });

  it('does not touch what is right', async () => {
    add(observation('a-1'));
    const before = readFileSync(join(folder, 'observations/10de-1bb3/a-1.json'), 'utf8');
    expect((await lint({ fix: true })).fixed).toEqual([]);
    expect(readFileSync(join(folder, 'observations/10de-1bb3/a-1.json'), 'utf8')).toBe(before);
  });
});

/** A driver that finds no interrupt, as a guest's kernel prints it. */
const NO_IRQ = [
  '[    0.000000] Linux version 6.12.48+deb13-amd64 (user-1@host-1) (gcc 14.2.0) #1 SMP PREEMPT_DYNAMIC',
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
  '[    0.402133] pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200 conventional PCI endpoint',
  '[    6.112034] nvidia: loading out-of-tree module taints kernel.',
  "[    6.230118] NVRM: Can't find an IRQ for your NVIDIA card!",
  '[    6.230121] NVRM: Please check your BIOS settings.',
  '[    6.230122] NVRM: [Plug & Play OS] should be set to NO',
  '[    6.230124] NVRM: [Assign IRQ to VGA] should be set to YES',
  '[    6.230391] nvidia 0000:00:06.0: probe with driver nvidia failed with error -1',
  '[    6.230567] NVRM: The NVIDIA probe routine failed for 1 device(s).',
  '[    6.230570] NVRM: None of the NVIDIA devices were initialized.',
  '',
].join('\n');
const failing = (id: string, changes: Parameters<typeof observation>[1] = {}): Observation =>
  observation(id, {
    outcome: 'driver-init-fails',
    failedStage: 'probe',
    symptoms: ['nvidia-irq-missing'],
    ...changes,
  });

describe('the claim, derived from the evidence', () => {
  beforeEach(() => put('evidence/jane-1/guest/vm/dmesg.txt', NO_IRQ));

  it('that agrees passes', async () => {
    add(failing('jane-1'));
    expect(await lint()).toMatchObject({ ok: true, derived: 1, problems: [] });
  });

  it('that is refused: it works, and the evidence shows a failure', async () => {
    add(observation('jane-1'));
    const { problems, fixed } = await lint({ fix: true });
    expect(problems).toMatchObject([
      { field: 'outcome', message: 'works, but the evidence shows driver-init-fails (stage probe)' },
    ]);
    expect(fixed).toEqual([]);
    expect(read('observations/10de-1bb3/jane-1.json')).toMatchObject({ outcome: 'works', grade: 'evidenced' });
  });

  it.each<[string, Observation, RegExp]>([
    [
      'another card',
      failing('jane-1', { gpu: { pciId: '10de:1b38', name: 'Tesla P40', chip: 'GP102' } }),
      /^gpu\.pciId/,
    ],
    [
      'another stage',
      failing('jane-1', { failedStage: 'init' }),
      /^failedStage: init, but the evidence shows the failure at probe/,
    ],
    ['another guest', failing('jane-1', { guest: { os: 'Windows 11', flavour: undefined } }), /^guest\.os: Windows 11/],
  ])('that is refused: %s', async (_name, entry, expected) => {
    add(entry);
    expect(await told()).toEqual([expect.stringMatching(expected)]);
  });

  it('that goes beyond the evidence is lowered', async () => {
    put('evidence/jane-1/guest/vm/dmesg.txt', NO_IRQ.split('\n').slice(0, 3).join('\n') + '\n');
    add(failing('jane-1'));
    expect(await told()).toEqual([
      expect.stringMatching(/^grade: evidenced, but the evidence shows only /),
      'symptoms.0: the evidence does not show nvidia-irq-missing',
    ]);
    const { ok, fixed } = await lint({ fix: true });
    expect(ok).toBe(true);
    expect(fixed[0]!.changes.join()).toContain('lowered');
    expect(read('observations/10de-1bb3/jane-1.json')).toMatchObject({ grade: 'reported', symptoms: [] });
    expect((await lint()).problems).toEqual([]);
  });

  it('is not derived with --skip-evidence, nor without evidence', async () => {
    add(observation('jane-1'), failing('jane-2', { guest: { driver: 'nvidia 580.1' } }));
    expect(await lint({ 'skip-evidence': true })).toMatchObject({ ok: true, derived: 0 });
    expect((await lint()).derived).toBe(1);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'names',
      () => put('evidence/jane-1/guest/vm/notes.txt', 'mail jane.doe@example.net\n'),
      /line 1: holds what looks like/,
    ],
    ['too much', () => put('evidence/jane-1/guest/vm/big.txt', 'a line\n'.repeat(10_000)), /more than the 65536/],
    [
      'what is no text',
      () => put('evidence/jane-1/host/picture.txt', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
      /not text/,
    ],
    ['odd file names', () => put('evidence/jane-1/host/a b.txt', 'x\n'), /has a name that is not of letters/],
    [
      'links that lead out',
      () => symlinkSync('/etc/passwd', join(folder, 'evidence/jane-1/passwd.txt')),
      /is a symbolic link/,
    ],
    ['no entry', () => put('evidence/nobody-1/guest/vm/dmesg.txt', 'x\n'), /belongs to no entry/],
  ])('evidence with %s is refused', async (_name, spoil, expected) => {
    add(failing('jane-1'));
    spoil();
    expect((await told()).join('\n')).toMatch(expected);
  });
});

const git = spawnSync('git', ['--version'], { encoding: 'utf8' }).status === 0;
if (!git) console.log('skipped: what --changed finds (git is not installed)');

describe.runIf(git)('--changed', () => {
  const OLD = observation('old-1', { outcome: 'guest-wont-boot', failedStage: 'boot' });
  const run = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  beforeEach(() => {
    run('init', '-q', '-b', 'main');
    add(OLD);
    run('add', '.');
    run('commit', '-q', '-m', 'x');
    run('switch', '-q', '-c', 'work');
  });

  it('speaks only of what differs from the default branch, committed, changed or new', async () => {
    expect(await lint({ changed: true })).toMatchObject({ ok: true, entries: 1, checked: 0 });
    add(observation('new-1', { guest: { branch: '999' } }));
    run('add', '.');
    run('commit', '-q', '-m', 'y');
    add(observation('new-2', { guest: { branch: '998' } }));
    const { problems, checked } = await lint({ changed: true });
    expect(checked).toBe(2);
    expect(problems.map(({ file }) => file)).toEqual([
      'observations/10de-1bb3/new-1.json',
      'observations/10de-1bb3/new-2.json',
    ]);
    expect((await lint({ changed: true, base: 'HEAD' })).checked).toBe(1);
  });

  it('compares new entries with all', async () => {
    add({ ...OLD, id: 'new-1', summary: 'In other words.' });
    expect((await told({ changed: true })).join('\n')).toContain('says the same as observations/10de-1bb3/old-1.json');
  });

  it('tells of merged entries that are changed or taken away', async () => {
    add({ ...OLD, outcome: 'driver-init-fails', failedStage: 'init' });
    expect((await lint({ changed: true })).notes).toMatchObject([{ message: 'was merged already and is changed' }]);
    rmSync(join(folder, 'observations/10de-1bb3/old-1.json'));
    expect((await lint({ changed: true })).notes).toMatchObject([{ message: 'is taken away, but entries stay' }]);
  });

  it('looks at all when a table was changed', async () => {
    writeFileSync(join(folder, 'tables/xids.csv'), readFileSync(join(folder, 'tables/xids.csv'), 'utf8').trimEnd());
    expect((await lint({ changed: true })).checked).toBe(1);
  });

  it('takes names of any kind for names', async () => {
    put('observations/$(touch pwned);`x`\n"y.json', '{');
    const { problems } = await lint({ changed: true });
    expect(problems.map(({ file }) => file)).toEqual(['observations/$(touch pwned);`x`\n"y.json']);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    const { text } = await matrixLint(folder, { changed: true, fix: false, 'skip-evidence': false, json: false });
    expect(text.split('\n')[1]).toBe('  observations/$(touch pwned);`x` "y.json');
  });

  it.each([
    ['a base that is none', 'no-such-branch', /git merge-base: .*no-such-branch/],
    ['a base that is a flag', '--output=x', /is not a branch or commit/],
  ])('%s', async (_name, base, message) => {
    const error = await lint({ changed: true, base }).catch((error: unknown) => describeError(error as Error));
    expect(error).toMatchObject({ exit: 2, message: expect.stringMatching(message) as string });
  });

  it('outside of a clone says so', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    const error = await lint({ changed: true }).catch((error: unknown) => describeError(error as Error));
    expect(error).toMatchObject({ exit: 2, message: expect.stringMatching(/not a git repository/) as string });
  });
});

it('a folder that is none is no finding', async () => {
  rmSync(join(folder, 'tables'), { recursive: true });
  const error = await lint().catch((error: unknown) => describeError(error as Error));
  expect(error).toMatchObject({ exit: 65, message: expect.stringContaining('no matrix-data folder') as string });
});

describe('what changes in the matrix', () => {
  beforeEach(() => cpSync(TABLES, join(folder, 'tables'), { recursive: true }));

  it('is told by entry and verdict', () => {
    add(...MATRIX.observations);
    const before = join(ROOT, 'matrix-data');
    expect(changesBetween(before, folder, { json: false })).toContain('No entry is added, changed or taken away.');
    add(observation('jane-p4-9', { guest: { os: 'Ubuntu 24.04' } }));
    const text = changesBetween(before, folder, { json: false });
    expect(text).toContain('1 entry added');
    expect(text).toMatch(/\| jane-p4-9 \| Tesla P4 \| 14\.4-RELEASE stock \| Ubuntu 24\.04 \| works \| evidenced \|/);
    expect(text).toMatch(/### Verdicts[^]*\| Tesla P4, 10de:1bb3, 14\.4-RELEASE.*\| Reported to work|Reports disagree/);
  });

  it('keeps what an entry says from becoming markup, and leaves out broken ones', () => {
    add(observation('a-1', { gpu: { pciId: null, name: '<img src=x> @everyone | [x](http://y) `z`' } }));
    put('observations/10de-1bb3/broken.json', '{');
    const text = changesBetween(join(ROOT, 'matrix-data'), folder, { json: false });
    expect(text).toContain('1 file with errors left out.');
    const row = text.split('\n').find((line) => line.startsWith('| a-1 |'))!;
    expect(row).not.toContain('<img');
    expect(row).not.toMatch(/(?<!`)@everyone(?!`)/);
    expect(row).not.toMatch(/(?<!`)\[x\]\(http/);
  });
});
