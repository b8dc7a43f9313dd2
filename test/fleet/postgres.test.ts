import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/files.ts';
import { fleetLines, lineOf } from './support.ts';

/** The recipe against a real server, started in a folder of its own and reached through a socket in it. */

const RECIPE = join(ROOT, 'recipes/postgres');
/** Debian puts each version into a folder of its own. */
const PLACES = ['/usr/lib/postgresql', '/usr/local/bin', '/usr/bin'];
const NOBODY = 65_534;

function programs(): string | undefined {
  const folders = PLACES.flatMap((place) =>
    place.endsWith('postgresql') && existsSync(place)
      ? readdirSync(place).map((version) => `${place}/${version}/bin`)
      : place,
  );
  return folders.find((folder) => ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name))));
}

const bin = programs();
if (bin === undefined) console.log('PostgreSQL recipe not tested: postgresql is not installed');

/** The server refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
let folder: string;
let server: ReturnType<typeof spawn>;

const psql = (...args: string[]): string =>
  execFileSync(
    join(bin!, 'psql'),
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', folder, '-U', 'fleet', '-d', 'postgres', ...args],
    {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );

const load = (lines: readonly string[]): string => {
  writeFileSync(join(folder, 'results.ndjson'), lines.join(''));
  return psql('-At', '-f', join(RECIPE, 'load.sql')).trim();
};

/** Answers to the numbered questions, as rows of cells. */
function answers(): Map<number, string[][]> {
  const text = readFileSync(join(RECIPE, 'questions.sql'), 'utf8');
  const questions = text.split(/^-- (?=\d+\. )/m).slice(1);
  return new Map(
    questions.map((question) => [
      Number.parseInt(question, 10),
      psql('-At', '-F', '|', '-c', `set search_path to gpudiag; ${question.replace(/^.*\n/, '')}`)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('|')),
    ]),
  );
}

describe.skipIf(bin === undefined)('results in PostgreSQL', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gpudiag-pg-'));
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(data, 0o700);
    if (user.uid !== undefined) for (const path of [folder, data]) chownSync(path, user.uid, user.gid);
    const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
    execFileSync(join(bin!, 'initdb'), ['-D', data, '-U', 'fleet', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = spawn(join(bin!, 'postgres'), ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-F'], {
      ...options,
      stdio: 'ignore',
    });
    for (let tries = 0; ; tries += 1) {
      try {
        psql('-c', 'select 1');
        break;
      } catch (error) {
        if (tries >= 300) throw error;
        await sleep(100);
      }
    }
    psql('-f', join(RECIPE, 'schema.sql'));
    expect(load(fleetLines())).toBe('25');
  }, 90_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('answers the ten questions', () => {
    expect(Object.fromEntries(answers())).toEqual({
      1: [
        ['Tesla T4', '12', '11', '1'],
        ['Tesla P4', '9', '6', '3'],
        ['RTX A4000', '2', '1', '1'],
      ],
      2: [
        ['rom-not-supplied', '3', '0'],
        ['bar-window-too-small', '1', '0'],
        ['nvidia-intpin-missing', '1', '1'],
      ],
      3: [['fleet/host07', 'Tesla P4', 'works', 'driver-init-fails', '2026-09-10']],
      4: [
        ['fleet/host40', 'RTX A4000', 'driver-wont-load'],
        ['fleet/host07', 'Tesla P4', 'driver-init-fails'],
        ['fleet/host08', 'Tesla P4', 'driver-init-fails'],
        ['fleet/host09', 'Tesla P4', 'driver-init-fails'],
        ['fleet/host31', 'Tesla T4', 'device-missing'],
      ],
      5: [
        ['14.3-RELEASE', '11', '1'],
        ['15.0-RELEASE-p1', '7', '4'],
      ],
      6: [
        ['RTX A4000', '535.183.01', '1', '1'],
        ['Tesla P4', '535.183.01', '6', '0'],
        ['Tesla P4', '580.65.06', '0', '3'],
        ['Tesla T4', '570.86.15', '11', '1'],
      ],
      7: [['fleet/host40', '2026-07-01']],
      8: [
        ['65', 'nothing in the input was recognised; x', '1', 'fleet/host50/gpudiag-20260910T120000Z.tar.gz'],
        ['65', 'nothing in the input was recognised; y', '1', 'fleet/host51/gpudiag-20260910T120000Z.tar.gz'],
      ],
      9: [
        ['rom-not-supplied', 'Title of rom-not-supplied', '2'],
        ['nvidia-intpin-missing', 'Title of nvidia-intpin-missing', '1'],
      ],
      10: [['nvidia-smi -q', '2']],
    });
  });

  it('can be loaded and set up again without anything being there twice, and takes what is newer', () => {
    psql('-f', join(RECIPE, 'schema.sql'));
    expect(load(fleetLines())).toBe('25');
    const count = (table: string): string => psql('-At', '-c', `select count(*) from gpudiag.${table}`).trim();
    expect([count('results'), count('cards'), count('causes'), count('lines')]).toEqual(['25', '24', '5', '0']);
    load([lineOf({ machine: 'host08', date: '2026-09-10' })]);
    const host08 = psql('-At', '-c', "select outcome from gpudiag.results where machine = 'fleet/host08'").trim();
    expect(host08).toBe('works');
    expect([count('results'), count('causes')]).toEqual(['25', '4']);
  });

  it('takes what PostgreSQL cannot hold, keeps what it can, and leaves out what is no result', () => {
    const strange = lineOf({ machine: 'strange', date: '2026-09-10', driver: 'a\0b \ud83d\ude00 \ud800 \\u0000 c' });
    expect(load([strange, '{"input": "cut\n', 'hello\n', '[]\n'])).toBe('1');
    const driver = psql('-At', '-c', "select guest_driver from gpudiag.results where machine = 'fleet/strange'").trim();
    expect(driver).toBe('a\ufffdb \ud83d\ude00 \ufffd \\u0000 c');
  });
});
