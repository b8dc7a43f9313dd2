import { beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale, cli } from '../support/cli.ts';

beforeAll(buildIfStale, 60_000);

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status, stdout, stderr } = await cli(['matrix', ...args, '--json']);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
};

describe('matrix match', () => {
  it('takes a configuration from flags', async () => {
    const answer = await json(
      'match',
      '--gpu',
      'P4',
      '--release',
      '15.0-ALPHA2',
      '--patch',
      'd51892',
      '--driver',
      '580.82.07',
      '--no-rom',
    );
    expect(answer).toMatchObject({
      configuration: { pciId: '10de:1bb3', name: 'Tesla P4', patch: 'D51892', branch: '580', rom: false },
      verdict: 'known-bad',
      matches: [{ id: 'ca-p4-06' }, {}, {}, {}, {}],
    });
  });

  it('takes it from a bundle, and a flag overrides that', async () => {
    const seen = await json('match', 'examples/tesla-p4-freebsd-15');
    expect(seen).toMatchObject({ configuration: { pciId: '10de:1bb3', patch: 'stock' } });
    const asked = await json('match', 'examples/tesla-p4-freebsd-15', '--patch', 'D51892', '--gpu', 'P10');
    expect(asked).toMatchObject({
      configuration: { pciId: '10de:1b39', name: 'Tesla P10', patch: 'D51892', branch: '570' },
    });
  });

  it.each([
    [[], 'missing flag: --gpu'],
    [['--gpu', 'no such card'], 'no card is called so'],
    [['--gpu', '2080'], 'Several could be meant'],
    [['--gpu', 'P4', '--release', 'newest'], 'is no FreeBSD release'],
    [['--gpu', 'P4', '--patch', 'D51893'], 'did you mean D51892?'],
    [['--gpu', 'P4', '--driver', 'latest'], "is no version of NVIDIA's driver"],
  ])('refuses %j in words', async (flags, words) => {
    const { status, stdout, stderr } = await cli(['matrix', 'match', ...flags]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  });

  it('says of evidence that is not there that it is not there', async () => {
    const { status, stdout, stderr } = await cli(['matrix', 'match', 'no-such-bundle.tar.gz']);
    expect([status, stdout, stderr]).toEqual([65, '', 'gpudiag: no-such-bundle.tar.gz: no such file or folder\n']);
  });
});

describe('matrix verdicts and retest', () => {
  it('say the same as text and as JSON', async () => {
    const { cells } = (await json('verdicts', '--gpu', 'P4')) as { cells: { verdict: string }[] };
    expect(cells.length).toBeGreaterThan(2);
    const { stdout } = await cli(['matrix', 'verdicts', '--gpu', 'P4']);
    expect(stdout.match(/^Tesla P4 /gm)).toHaveLength(cells.length);
    expect((await cli(['matrix', 'verdicts', '--gpu', 'nothing'])).stdout).toBe('No report fits.\n');
  });

  it('list as many wishes as asked for', async () => {
    const { total, wishes } = (await json('retest', '--limit', '2')) as { total: number; wishes: unknown[] };
    expect(wishes).toHaveLength(2);
    expect(total).toBeGreaterThan(10);
  });
});

describe('matrix show', () => {
  it('shows a card by name, with its verdicts and reports', async () => {
    expect(await json('show', 'P10')).toMatchObject({
      card: { pciId: '10de:1b39' },
      list: { rows: expect.any(Array) as unknown },
    });
    const { stdout } = await cli(['matrix', 'show', '10de:1b39']);
    for (const title of ['TESLA P10', 'VERDICTS', 'REPORTS', 'RETEST WANTED']) expect(stdout).toContain(title);
  });

  it('says so when nobody reported a card, or which could be meant', async () => {
    expect((await cli(['matrix', 'show', '10de:1bb1'])).stdout).toContain('Nobody has reported this card yet.');
    expect(await cli(['matrix', 'show', '2080'])).toMatchObject({ status: 2, stdout: '' });
  });
});
