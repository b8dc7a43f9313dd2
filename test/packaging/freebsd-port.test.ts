import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';
import { commentProblems, descriptionProblems, makefileProblems, variablesOf } from './port-rules.ts';

const PORT = join(ROOT, 'packaging/freebsd');
const read = (name: string): string => readFileSync(join(PORT, name), 'utf8');
const makefile = read('Makefile');
const variables = variablesOf(makefile);
const published = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  dependencies: Record<string, string>;
};

describe('the files of the port', () => {
  it('are what a port needs', () => {
    expect(readdirSync(PORT).sort()).toEqual(['Makefile', 'README.md', 'pkg-descr']);
  });

  it('keep the rules of ports', () => {
    expect(makefileProblems(makefile)).toEqual([]);
    expect(descriptionProblems(read('pkg-descr'), variables.get('COMMENT')!)).toEqual([]);
  });

  it('are of this version, with the library that the program loads from outside', () => {
    expect(variables.get('PORTNAME')).toBe(published.name);
    expect(variables.get('DISTVERSION')).toBe(published.version);
    expect(variables.get('UNDICI_VERSION')).toBe(published.dependencies['undici']);
  });
});

describe('the rules of ports find', () => {
  const change = (from: RegExp | string, to: string): string[] => {
    const changed = makefile.replace(from, to);
    expect(changed).not.toBe(makefile);
    return makefileProblems(changed);
  };

  it.each([
    ['variables in another order', /^(CATEGORIES=.*\n)(MASTER_SITES=.*\\\n.*\n)/m, '$2$1', 'belongs before'],
    ['a section that comes too late', /^(USES=.*\n)\n([\s\S]*?)\n(WRKSRC)/m, '$2\n$1\n$3', 'belongs before'],
    ['two sections in one', /\n\nLICENSE=/, '\nLICENSE=', 'different sections'],
    ['a comment with a full stop', /^(COMMENT=.*)$/m, '$1.', 'full stop'],
    ['a blank behind =', /^USES=\t+/m, 'USES= ', 'a blank behind ='],
    ['blanks for a tab', /^\t@/m, '        @', 'begins with a blank'],
    ['blanks at the end', /^(NO_ARCH.*)$/m, '$1 ', 'blanks at the end'],
    ['two blank lines', '\n\nUSES', '\n\n\nUSES', 'two blank lines'],
    ['$(...)', '${WRKDIR}/package', '$(WRKDIR)/package', 'not $(VARIABLE)'],
    ['a path of one machine', '${LOCALBASE}/bin', '/usr/local/bin', '${LOCALBASE}'],
    ['a plain command', '\t@${MKDIR} ', '\t@mkdir ', '${MKDIR}'],
    ['no maintainer', /^MAINTAINER=.*\n/m, '', 'MAINTAINER has to be there'],
    ['two addresses', /^(MAINTAINER=.*)$/m, '$1, a@b.c', 'not one address'],
    ['licences without a word how', /^LICENSE_COMB=.*\n/m, '', 'LICENSE_COMB'],
    ['a revision in a new port', /^(CATEGORIES=)/m, 'PORTREVISION=\t1\n$1', 'in a new port'],
    ['another end', '.include <bsd.port.mk>', '.include <bsd.prog.mk>', 'does not end with'],
  ])('%s', (_, from, to, problem) => {
    expect(change(from, to).join('; ')).toContain(problem);
  });

  it('comments and descriptions that are none', () => {
    expect(commentProblems('A tool', 'gpudiag')).toEqual(['COMMENT: begins with an article']);
    expect(commentProblems('find out why', 'gpudiag')).toEqual(['COMMENT: begins with a small letter']);
    expect(commentProblems('Gpudiag finds causes', 'gpudiag')).toEqual(['COMMENT: holds the name of the port']);
    expect(commentProblems('X'.repeat(71), 'gpudiag')).toEqual(['COMMENT: more than 70 characters']);
    expect(commentProblems('X'.repeat(70), 'gpudiag')).toEqual([]);
    const text = 'One line.\nAnother.\nA third.\n';
    expect(descriptionProblems(text, '')).toEqual([]);
    for (const wrong of [
      `${'x'.repeat(81)}\n${text}`,
      `${text}\n`,
      'Short.\n',
      `${text}See https://example.org\n`,
      `é${text}`,
    ]) {
      expect(descriptionProblems(wrong, ''), wrong).toHaveLength(1);
    }
  });
});

const bmake = spawnSync('bmake', ['-V', 'MAKE_VERSION', '-f', '/dev/null', '-r']).status === 0;
if (!bmake) console.log('The steps of the FreeBSD port are not run: bmake is missing (Debian: apt-get install bmake).');

/** The steps of the port, with a stand-in for bsd.port.mk: nothing of FreeBSD is here. */
describe.skipIf(!bmake)('what the port installs', () => {
  let folder: string;
  const local = (path: string): string => join(folder, 'local', path);
  const staged = (path: string): string => join(folder, 'work/stage', local(path));

  beforeAll(() => {
    buildIfStale();
    folder = mkdtempSync(join(tmpdir(), 'gpudiag-port-'));
    for (const name of ['dist', 'work', 'home']) mkdirSync(join(folder, name));
    mkdirSync(local('bin'), { recursive: true });
    symlinkSync(process.execPath, local('bin/node'));
    const pack = ['pack', '--ignore-scripts', '--silent', '--offline', '--pack-destination', join(folder, 'dist')];
    const env = { ...process.env, HOME: join(folder, 'home'), npm_config_cache: join(folder, 'home/.npm') };
    execFileSync('npm', [...pack, '.', './node_modules/undici'], { cwd: ROOT, env, stdio: 'pipe' });
    const places = { DISTDIR: join(folder, 'dist'), WRKDIR: join(folder, 'work'), LOCALBASE: join(folder, 'local') };
    const given = Object.entries(places).map(([name, value]) => `${name}=${value}`);
    const { status, stderr } = spawnSync('bmake', ['-r', '-m', join(ROOT, 'test/packaging/mk'), 'stage', ...given], {
      cwd: PORT,
      encoding: 'utf8',
      env,
    });
    expect([status, stderr]).toEqual([0, '']);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const listed = (): string[] => readFileSync(join(folder, 'work/.PLIST.mktmp'), 'utf8').trim().split('\n').sort();

  it('is what its packing list says, no more and no less', () => {
    const files = readdirSync(staged(''), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(staged('').length + 1));
    expect(listed()).toEqual(files.sort());
  });

  it('holds every file of the published package', () => {
    const packed = execFileSync('tar', ['-tzf', join(folder, 'dist', `gpudiag-${published.version}.tgz`)], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package/, 'lib/node_modules/gpudiag'));
    expect(packed.length).toBeGreaterThan(300);
    const files = new Set(listed());
    expect(packed.filter((path) => !files.has(path))).toEqual([]);
  });

  it('runs with the Node of the system and judges the example', () => {
    expect(readFileSync(staged('lib/node_modules/gpudiag/bin/run.js'), 'utf8')).toMatch(
      new RegExp(`^#!${local('bin/node')}\n`),
    );
    const args = ['analyze', staged('lib/node_modules/gpudiag/examples/tesla-p4-freebsd-15'), '--quiet'];
    const { status, stdout } = spawnSync(staged('bin/gpudiag'), args, { encoding: 'utf8', cwd: folder });
    expect([status, stdout]).toEqual([1, expect.stringContaining('nvidia-intpin-missing')]);
  });

  it('finds the library that it loads from outside', () => {
    // Nothing listens there: the program can only say so when it could load what asks.
    const args = ['matrix', 'update', '--url', 'https://127.0.0.1:9/matrix.json'];
    const { status, stderr } = spawnSync(staged('bin/gpudiag'), args, { encoding: 'utf8', cwd: folder });
    expect([status, stderr]).toEqual([69, expect.stringContaining('does not accept connections')]);
  });

  it('has a manual page and completions', () => {
    for (const path of variables.get('PLIST_FILES')!.split(/\s+/)) {
      const file = staged(path.replace(/\$\{(\w+)\}/, (_, name: string) => variables.get(name)!));
      expect(existsSync(file), path).toBe(true);
      expect(statSync(file).size, path).toBeGreaterThan(100);
    }
  });
});
