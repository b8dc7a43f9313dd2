import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bundlePath } from '../../src/cli/bundle-path.ts';
import { artifactPath, fillArgv, pathPart } from '../../src/collect/expand.ts';
import { HOST_PROBES } from '../../src/collect/probes/host.ts';
import { LINUX_GUEST_PROBES } from '../../src/collect/probes/linux-guest.ts';
import { quoteArgv, splitCommand } from '../../src/collect/words.ts';
import fc from '../support/property.ts';

describe('a command line', () => {
  it('is split into words without a shell', () => {
    expect(splitCommand(`vm  start 'a b' "c'd" e\\ f ''`)).toEqual({ argv: ['vm', 'start', 'a b', "c'd", 'e f', ''] });
    expect(splitCommand(`sh -c '$x; y'`)).toEqual({ argv: ['sh', '-c', '$x; y'] });
  });

  it('comes back from its words, also through a real shell', () => {
    const word = fc.string({ minLength: 0, maxLength: 12 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (argv) => {
        expect(splitCommand(quoteArgv(argv))).toEqual({ argv });
      }),
    );
    const argv = ["it's", '$(id)', '`x`', 'a b', '*', '-n', ''];
    expect(
      execFileSync('sh', ['-c', `for a in ${quoteArgv(argv)}; do printf '<%s>' "$a"; done`], { encoding: 'utf8' }),
    ).toBe(argv.map((arg) => `<${arg}>`).join(''));
  });
});

describe('a name in a path of the bundle', () => {
  it('leads nowhere and stays apart from others', () => {
    expect(pathPart('0000:00:06.0')).toBe('0000-00-06.0');
    expect(pathPart('..')).toBe('%2E.');
    expect(pathPart("it's")).toBe('it%27s');
    expect(pathPart('a/../b')).toBe('a/%2E./b');
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (text) => {
        const part = pathPart(text.replaceAll('/', ''));
        expect(part).toMatch(/^(?!\.)[\w.@+%-]*$/);
      }),
    );
  });

  it('takes the place of the placeholder', () => {
    const conf = HOST_PROBES.find(({ id }) => id === 'vm-conf')!;
    expect(artifactPath(conf, { vm: 'a', datastore: '/vm' })).toBe('vm/a/a.conf');
    const files = LINUX_GUEST_PROBES.find(({ id }) => id === 'guest-nvidia-gpu')!;
    expect(artifactPath(files, {}, '0000:00:06.0')).toBe('proc/gpus/0000-00-06.0/information');
  });
});

it('a name never becomes an option', () => {
  expect(fillArgv(['vm', 'info', '{vm}'], { vm: 'a' })).toEqual(['vm', 'info', 'a']);
  expect(fillArgv(['vm', 'info', '{vm}'], { vm: '-f' })).toBeUndefined();
  expect(fillArgv(['bhyvectl', '--vm={vm}'], { vm: '-f' })).toEqual(['bhyvectl', '--vm=-f']);
});

it('a bundle that was not redacted says so in its name', () => {
  const now = new Date('2026-03-03T12:34:56.789Z');
  expect(bundlePath({ redact: true }, now)).toBe('gpudiag-20260303T123456Z.tar.gz');
  expect(bundlePath({ redact: false }, now)).toBe('gpudiag-20260303T123456Z-unredacted.tar.gz');
  expect(bundlePath({ redact: false, output: '/a.b/x.tgz' }, now)).toBe('/a.b/x-unredacted.tgz');
  expect(bundlePath({ redact: false, output: 'x' }, now)).toBe('x-unredacted');
  expect(bundlePath({ redact: false, output: 'unredacted.tar.gz' }, now)).toBe('unredacted.tar.gz');
});
