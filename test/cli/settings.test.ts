import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.ts';
import { ExpectedError } from '../../src/cli/errors.ts';
import { parseFlatJson } from '../../src/cli/flat-json.ts';
import { applySettings, loadSettings, SETTINGS, variableOf } from '../../src/cli/settings.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

let folder: string;
beforeAll(() => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-settings-'));
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = (): Promise<void> => Promise.resolve();
let count = 0;

/** A configuration folder of its own with the file in it. */
function configFolder(text: string, mode = 0o644): { home: string; file: string } {
  const home = join(folder, `home-${count++}`);
  const file = join(home, 'gpudiag/config.json');
  mkdirSync(join(home, 'gpudiag'), { recursive: true, mode: 0o755 });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return { home, file };
}

async function problemOf(text: string): Promise<string> {
  const { home, file } = configFolder(text);
  const error = await loadSettings({ XDG_CONFIG_HOME: home }, silent).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  const { message, suggestions, exit } = error as ExpectedError;
  expect(exit).toBe(2);
  return `${message} (${suggestions.join('; ')})`.replace(file, 'FILE');
}

describe('a configuration file', () => {
  it('gives defaults, and the environment wins over it', async () => {
    const { home } = configFolder('\ufeff{ "width": 100,\r\n "color": "always", "fail-on": "never" }\n');
    const env = { XDG_CONFIG_HOME: home, GPUDIAG_COLOR: 'never', GPUDIAG_FORMAT: '' };
    expect(await loadSettings(env, silent)).toEqual({ width: '100', color: 'never', 'fail-on': 'never' });
  });

  it('may be empty of keys, or not there', async () => {
    expect(await loadSettings({ XDG_CONFIG_HOME: configFolder('{}').home }, silent)).toEqual({});
    expect(await loadSettings({ XDG_CONFIG_HOME: join(folder, 'nowhere') }, silent)).toEqual({});
    expect(await loadSettings({ HOME: join(folder, 'nowhere'), XDG_CONFIG_HOME: 'relative' }, silent)).toEqual({});
  });

  it.each([
    ['{\n  "fromat": "json"\n}', 'FILE, line 2: no such setting: fromat (did you mean format?)'],
    ['{\n\n  "format": "xml" }', /^FILE, line 3: no such format: xml \(known are text, /],
    ['{ "format": "markdwon" }', 'FILE, line 1: no such format: markdwon (did you mean markdown?)'],
    ['{ "width": 10 }', 'FILE, line 1: width cannot be 10 (a whole number from 60 to 400 is expected)'],
    ['{ "width": 100,\n}', /^FILE, line 2: a key in double quotes is expected, not }/],
    ['{ "width": 100\n"format": "text" }', /^FILE, line 2: , or } is expected, not "format"/],
    ['{ "width": 100, "width": 90 }', /^FILE, line 1: width stands there twice/],
    ['{ "width": [100] }', /^FILE, line 1: a text in double quotes, a number, true or false for width is expected/],
    ["{ 'width': 100 }", /^FILE, line 1: a key in double quotes or } is expected/],
    ['', /^FILE, line 1: { is expected, not the end/],
    ['{ "width": 100', /^FILE, line 1: , or } is expected, not the end/],
    ['{} {}', /^FILE, line 1: the end is expected, not {/],
  ])('%j is an error with its line', async (text, message) => {
    const problem = await problemOf(text);
    if (typeof message === 'string') expect(problem).toBe(message);
    else expect(problem).toMatch(message);
  });

  it.each([0o664, 0o646, 0o666])('that others can write to (%o) is not read, and a line says so', async (mode) => {
    const { home, file } = configFolder('{ "width": 100 }', mode);
    const warnings: string[] = [];
    const settings = await loadSettings({ XDG_CONFIG_HOME: home }, (line) => Promise.resolve(void warnings.push(line)));
    expect(settings).toEqual({});
    expect(warnings).toEqual([`${file} is not read: others can write to it (chmod go-w ${file})`]);
    await expect(loadSettings({ GPUDIAG_CONFIG: file }, silent)).rejects.toThrow('others can write to it');
  });

  it('in a folder that others can write to is not read', async () => {
    const { home, file } = configFolder('{ "width": 100 }');
    chmodSync(join(file, '..'), 0o777);
    const warnings: string[] = [];
    await loadSettings({ XDG_CONFIG_HOME: home }, (line) => Promise.resolve(void warnings.push(line)));
    expect(warnings[0]).toContain('others can write to its folder');
  });

  it('may be a link, and what it leads to counts', async () => {
    const { file } = configFolder('{ "width": 100 }', 0o666);
    const { home } = configFolder('{}');
    rmSync(join(home, 'gpudiag/config.json'));
    symlinkSync(file, join(home, 'gpudiag/config.json'));
    expect(await loadSettings({ XDG_CONFIG_HOME: home }, silent)).toEqual({});
    chmodSync(file, 0o600);
    expect(await loadSettings({ XDG_CONFIG_HOME: home }, silent)).toEqual({ width: '100' });
  });

  it.runIf(process.getuid?.() === 0)('of another user is not read', async () => {
    const { home, file } = configFolder('{ "width": 100 }');
    chownSync(file, 65_534, 65_534);
    expect(await loadSettings({ XDG_CONFIG_HOME: home }, silent)).toEqual({});
  });

  it('that is named must be there; an empty name means none', async () => {
    await expect(loadSettings({ GPUDIAG_CONFIG: join(folder, 'nowhere') }, silent)).rejects.toThrow('no such file');
    const { home } = configFolder('{ "width": 100 }');
    expect(await loadSettings({ XDG_CONFIG_HOME: home, GPUDIAG_CONFIG: '' }, silent)).toEqual({});
  });
});

describe('the flat object of a configuration file', () => {
  it('keeps the line of each key and texts as they are', () => {
    expect(parseFlatJson('{\n "a": "x\\"y",\n "b": -1.5, "c": true }')).toEqual({
      entries: [
        { key: 'a', value: 'x"y', line: 2 },
        { key: 'b', value: '-1.5', line: 3 },
        { key: 'c', value: 'true', line: 3 },
      ],
    });
  });
});

describe('a variable', () => {
  it('that is wrong is an error with its name', async () => {
    const { status, stderr } = await cli(['explain', '79'], { env: { ...process.env, GPUDIAG_FAIL_ON: 'eror' } });
    expect(status).toBe(2);
    expect(stderr).toBe('gpudiag: GPUDIAG_FAIL_ON: no such fail-on: eror\n  did you mean error?\n');
  });

  it('does what its flag does, and the flag wins', async () => {
    const env = { ...process.env, GPUDIAG_CONFIG: '', GPUDIAG_FORMAT: 'json', GPUDIAG_FAIL_ON: 'never' };
    const example = join(ROOT, 'examples/tesla-p4-freebsd-15');
    const { status, stdout } = await cli(['analyze', example], { env });
    expect(status).toBe(0);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    const typed = await cli(['analyze', example, '--format', 'text', '--fail-on', 'error'], { env });
    expect(typed.status).toBe(1);
    expect(typed.stdout).toMatch(/^Card +Tesla P4/);
  });

  it('shapes text: width, colours, characters', async () => {
    const run = (set: Record<string, string>, ...flags: string[]) =>
      cli(['analyze', join(ROOT, 'examples/tesla-p4-freebsd-15'), ...flags], {
        env: { ...process.env, GPUDIAG_CONFIG: '', LC_ALL: 'C.UTF-8', ...set },
      });
    const longest = (text: string) =>
      Math.max(
        ...text
          .split('\n')
          .slice(0, 12)
          .map((line) => line.length),
      );
    const [plain, wide, ascii] = await Promise.all([
      run({ COLUMNS: '80' }),
      run({ GPUDIAG_WIDTH: '120', GPUDIAG_COLOR: 'always' }),
      run({ GPUDIAG_WIDTH: '120', GPUDIAG_COLOR: 'always' }, '--ascii', '--width', '70', '--no-color'),
    ]);
    expect(longest(plain.stdout)).toBeLessThanOrEqual(80);
    expect(plain.stdout).toContain('✓ firmware');
    expect(longest(wide.stdout)).toBeGreaterThan(80);
    expect(wide.stdout).toContain('\u001b[1m');
    expect(longest(ascii.stdout)).toBeLessThanOrEqual(70);
    expect(ascii.stdout).not.toMatch(/[^\x20-\x7e\n]/);
  });
});

describe('settings', () => {
  const parsed = (flags: Record<string, unknown>, ...typed: string[]) => ({
    flags,
    raw: typed.map((flag) => ({ type: 'flag', flag })),
  });

  it('fill in what was not typed, where the command offers it', () => {
    const definitions = { format: { options: ['text', 'json'] }, quiet: {}, verbose: {} };
    const apply = (settings: Parameters<typeof applySettings>[2], ...typed: string[]) => {
      const line = parsed({ format: 'text', quiet: false, verbose: false }, ...typed);
      applySettings(line, definitions, settings);
      return line.flags;
    };
    expect(apply({ format: 'json' })).toMatchObject({ format: 'json' });
    expect(apply({ format: 'json' }, 'format')).toMatchObject({ format: 'text' });
    expect(apply({ format: 'json' }, 'json')).toMatchObject({ format: 'text' });
    expect(apply({ format: 'sarif' })).toMatchObject({ format: 'text' });
    expect(apply({ verbosity: 'quiet' })).toMatchObject({ quiet: true, verbose: false });
    expect(apply({ verbosity: 'quiet' }, 'verbose')).toMatchObject({ quiet: false });
    expect(apply({ 'fail-on': 'never' })).not.toHaveProperty('fail-on');
  });

  it('allow every value that a command offers', () => {
    const all = Object.values(COMMANDS).flatMap(({ flags }) => Object.entries((flags ?? {}) as Record<string, object>));
    for (const key of ['format', 'fail-on', 'profile']) {
      const { values } = SETTINGS.find((setting) => setting.key === key)!;
      const offered = all.flatMap(([name, flag]) =>
        name === key ? ((flag as { options?: readonly string[] }).options ?? []) : [],
      );
      expect(offered.length).toBeGreaterThan(0);
      // Of tables and of fleets, which are no reports: as a default for all commands they mean nothing.
      const own = ['csv', 'regressions'];
      for (const word of offered) if (!own.includes(word)) expect(values, key).toContain(word);
    }
  });

  it('are all documented', () => {
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    for (const { key, values } of SETTINGS) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${variableOf(key)}\` | \`${key}\` |`));
      expect(row, key).toBeDefined();
      for (const word of 'min' in values ? [String(values.min), String(values.max)] : values)
        expect(row).toContain(word);
    }
  });
});
