/** Texts without end, without bottom, and with words that programs act on. */
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import type * as fsPromises from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PARSERS } from '../../parsers/index.ts';
import { identify } from '../../src/bundle/artifacts.ts';
import { createBudget } from '../../src/bundle/budget.ts';
import { expand } from '../../src/bundle/expand.ts';
import { DEFAULT_LIMITS } from '../../src/bundle/limits.ts';
import { readManifest } from '../../src/bundle/manifest.ts';
import { openInputs } from '../../src/bundle/open.ts';
import type { Pieces } from '../../src/bundle/pieces.ts';
import { temporaryFolder } from '../collect/support.ts';
import { check } from '../fuzz/check.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { EXAMPLES, exampleOf, identifyText } from '../support/identify.ts';
import { END, member, pax } from './tar-builder.ts';

/** What happens when a file is opened, for one test. */
const race = vi.hoisted(() => ({
  onOpen: undefined as ((path: string) => void) | undefined,
  onRead: undefined as ((path: string) => void) | undefined,
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fsPromises>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      race.onOpen?.(String(args[0]));
      const handle = await real.open(...args);
      const read = Reflect.get(handle, 'read') as (this: typeof handle, buffer: Buffer) => Promise<unknown>;
      const readAndTell = async (buffer: Buffer) => {
        const result = await read.call(handle, buffer);
        race.onRead?.(String(args[0]));
        return result;
      };
      return Object.assign(handle, { read: readAndTell });
    },
  };
});
afterEach(() => {
  race.onOpen = undefined;
  race.onRead = undefined;
});

const limits = () => ({ siftLogs: true, within: '', budget: createBudget(DEFAULT_LIMITS) });

const repeated = async function* (text: string, times: number, end = ''): Pieces {
  const piece = Buffer.from(text);
  for (let i = 0; i < times; i += 1) yield await Promise.resolve(piece);
  if (end !== '') yield Buffer.from(end);
} as (text: string, times: number, end?: string) => Pieces;

describe('without end', () => {
  const XID = '[99999.000001] NVRM: Xid (PCI:0000:00:06): 79, pid=1, name=x, GPU has fallen off the bus.\n';

  it('a line of 160 MiB is cut, and what follows it is found', async () => {
    const [file] = await expand('x.log', repeated('NVRM: x'.repeat(150_000), 160, `\n${XID}`), limits());
    expect(file!.bytes.length).toBeLessThan(64 * 1024);
    expect(file!.longLog).toMatchObject({ lines: 2, bytes: 160 * 1_050_000 + 1 + XID.length });
    const { artifacts } = identify({ sha256: '', ...file! })!;
    expect(artifacts.at(-1)!.text).toContain('GPU has fallen off the bus');
  });

  it('a log of 300 MiB leaves a few behind', async () => {
    const line = '[ 1000.000000] usb 1-1: new high-speed USB device number 7 using xhci_hcd\n';
    const times = 300;
    const piece = line.repeat(Math.ceil(2 ** 20 / line.length));
    const [file] = await expand('x.log', repeated(piece, times, XID), limits());
    expect(file!.bytes.length).toBeLessThan(12 * 2 ** 20);
    expect(file!.longLog!.lines).toBe((piece.length / line.length) * times + 1);
    expect(Buffer.from(file!.bytes).toString()).toContain('GPU has fallen off the bus');
  });

  it.each(EXAMPLES.map(({ kind }) => kind))('%s: lines of 100,000 characters, and 20,000 equal lines', (kind) => {
    const parser = PARSERS.find((one) => one.kind === kind)!;
    const text = exampleOf(kind);
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const long = lines.map((line) => line + line.repeat(Math.ceil(100_000 / line.length)));
    const blank = lines.map((line) => line.replace(/[\s:=]+/g, (gap) => gap.repeat(Math.ceil(20_000 / gap.length))));
    for (const some of [long.slice(0, 20), blank.slice(0, 20), Array<string>(20_000).fill(lines[lines.length >> 1]!)]) {
      const { problems } = parser.parse(some.join('\n'));
      expect(Array.isArray(problems)).toBe(true);
      identifyText(some.slice(0, 3000).join('\n'));
    }
  });
});

describe('without bottom', () => {
  const DEEP = 200_000;

  it.each([
    ['arrays', '['.repeat(DEEP)],
    ['closed arrays', '['.repeat(DEEP) + ']'.repeat(DEEP)],
    ['objects', '{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP)],
    ['probes', `{"probes":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`],
  ])('JSON of nested %s', async (_name, text) => {
    expect(readManifest(text)).toHaveProperty('problem');
    expect(await check({ name: 'manifest.json', bytes: Buffer.from(text) })).toBeUndefined();
    expect(await check({ name: 'x.json', bytes: Buffer.from(text) })).toBeUndefined();
  });

  const XML = exampleOf('nvidia-smi-xml');

  it.each([
    ['open', XML.replace('</gpu>', '<gpu>'.repeat(DEEP))],
    ['closed', XML.replace('</gpu>', `${'<a>'.repeat(DEEP)}${'</a>'.repeat(DEEP)}</gpu>`)],
    ['half', XML.replace('</gpu>', '<'.repeat(DEEP))],
    ['attributes', XML.replace('<gpu ', `<gpu ${'a="" '.repeat(DEEP)}`)],
    ['comments', XML.replace('</gpu>', '<!--'.repeat(DEEP))],
  ])('XML of nvidia-smi -q -x with elements without end, %s', async (_name, text) => {
    expect(await check({ name: 'smi.xml', bytes: Buffer.from(text) })).toBeUndefined();
  });

  it('entities of XML are not expanded, and no file is read for them', () => {
    const doctype = `<!DOCTYPE nvidia_smi_log [<!ENTITY a "${'lol'.repeat(10)}"><!ENTITY b "${'&a;'.repeat(10)}"><!ENTITY c SYSTEM "file:///etc/passwd">]>`;
    const text = XML.replace(/<!DOCTYPE[^>]*>/, '')
      .replace(/(<\?xml[^>]*\?>)/, `$1\n${doctype}`)
      .replace(/<product_name>[^<]*/, '<product_name>Tesla &b;&c;');
    const { facts } = PARSERS.find(({ kind }) => kind === 'nvidia-smi-xml')!.parse(text);
    const json = JSON.stringify(facts ?? null);
    expect(json).not.toMatch(/lollol|root:/);
    expect(json.length).toBeLessThan(20_000);
  });
});

describe('names that objects have', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

  it.each([
    ['sysctl names', NAMES.map((name) => `hw.vmm.${name}: 1\n${name}: 1\nhw.${name}.polluted: 1`).join('\n')],
    ['loader.conf', `vmm_load="YES"\n${NAMES.map((name) => `${name}="polluted"`).join('\n')}`],
    ['CSV headers', `name, pci.bus_id, ${NAMES.join(', ')}\nTesla P4, 00000000:00:06.0, ${NAMES.join(', ')}\n`],
    ['JSON keys', `{${NAMES.map((name) => `"${name}":{"polluted":1}`).join(',')},"probes":[]}`],
    ['kenv', NAMES.map((name) => `${name}="polluted"`).join('\n')],
    ['VM configuration', `loader="uefi"\ncpu=2\nmemory=8G\n${NAMES.map((name) => `${name}="polluted"`).join('\n')}`],
    ['modules', `Module                  Size  Used by\n${NAMES.map((name) => `${name} 1 0`).join('\n')}`],
    ['functions', exampleOf('pciconf').replaceAll(/'[^']*'/g, "'__proto__'")],
  ])('%s change nothing', async (name, text) => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    expect(await check({ name: `${name}.txt`, bytes: Buffer.from(text) })).toBeUndefined();
    const report = diagnoseTexts({ 'host/x.txt': text, 'guest/__proto__/dmesg.txt': exampleOf('linux-dmesg') });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(report.facts.guests.map((guest) => guest.name)).toContain('__proto__');
  });
});

describe('a bundle that changes while it is read', () => {
  const bundle = (): string => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'host'));
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, 'host', name), name.repeat(3 * 2 ** 20));
    return folder;
  };
  /** Does something when `host/b` is opened. */
  const whenOpened = (change: (path: string) => void): void => {
    race.onOpen = (path) => {
      if (path.endsWith('/b')) change(path);
    };
  };
  const read = async (folder: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await openInputs([folder])).map(({ path, bytes, problem = 'whole' }) => [
        path,
        bytes.length > 0 ? problem : `none: ${problem}`,
      ]),
    );
  const OTHERS = { 'host/a': 'whole', 'host/c': 'whole' };

  it('a file that is gone', async () => {
    const folder = bundle();
    whenOpened((path) => rmSync(path));
    expect(await read(folder)).toEqual({ ...OTHERS, 'host/b': 'none: no such file or folder' });
  });

  it('a file that became a link to somewhere else', async () => {
    const folder = bundle();
    whenOpened((path) => {
      rmSync(path);
      symlinkSync('/etc/passwd', path);
    });
    const { 'host/b': b, ...others } = await read(folder);
    expect(others).toEqual(OTHERS);
    expect(b).toMatch(/^none: is a symbolic link/);
  });

  it('a file that became a folder', async () => {
    const folder = bundle();
    whenOpened((path) => {
      rmSync(path);
      mkdirSync(path);
    });
    expect(await read(folder)).toEqual({ ...OTHERS, 'host/b': 'none: is no regular file' });
  });

  it('a file that another one took the place of is whole', async () => {
    const folder = bundle();
    whenOpened((path) => {
      writeFileSync(`${path}.new`, 'new');
      renameSync(`${path}.new`, path);
    });
    expect(await read(folder)).toEqual({ ...OTHERS, 'host/b': 'whole' });
  });

  it.each([
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['shrinks', (path: string) => truncateSync(path, 10)],
  ])('a file that %s while it is read is said to have changed', async (_name, change) => {
    const folder = bundle();
    let isFirst = true;
    race.onRead = (path) => {
      if (path.endsWith('/b') && isFirst) change(path);
      isFirst &&= !path.endsWith('/b');
    };
    expect(await read(folder)).toEqual({ ...OTHERS, 'host/b': 'changed while it was read' });
  });
});

it('a folder of more entries than are read says so, and gives the first', async () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 30; i += 1) writeFileSync(join(folder, `f${i}`), 'text');
  const files = await openInputs([folder], { limits: { ...DEFAULT_LIMITS, maxEntries: 20 } });
  expect(files.length).toBe(21);
  expect(files.at(-1)).toMatchObject({
    path: folder,
    problem: 'holds more than the 20 entries that are read; the rest was left out (--max-entries)',
  });
});

it('paths without end are shown with their beginning', async () => {
  const bytes = Buffer.concat([member(pax(['path', 'x/'.repeat(100_000)])), member({ name: 'f', body: 'text' }), END]);
  const file = join(temporaryFolder(), 'x.tar');
  writeFileSync(file, Buffer.concat([member({ name: 'a', body: '1' }), bytes]));
  for (const { path } of await openInputs([file])) expect(path.length).toBeLessThanOrEqual(1024);
});
