import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RawFile } from '../../src/bundle/open.ts';
import { createIdentifier } from '../../src/bundle/provenance.ts';
import { FOR_PEOPLE } from '../../src/collect/probes.ts';

const raw = (path: string, text: string): RawFile => ({ path, bytes: Buffer.from(text), sha256: hash(text) });
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const VMSTAT =
  'interrupt                          total       rate\nirq1: atkbd0                           2          0\n';

const manifest = (probes: readonly { id: string; artifact: string }[]): string =>
  JSON.stringify({
    schemaVersion: 1,
    tool: { name: 'gpudiag', version: 'test' },
    createdAt: '2026-03-03T12:00:00.000Z',
    redacted: true,
    probes: probes.map((probe) => ({ ...probe, side: 'host', status: 'ok', bytes: 1, sha256: hash('x') })),
  });

const keptFrom = (files: readonly RawFile[]): Record<string, string | undefined> =>
  Object.fromEntries(
    files
      .map(createIdentifier(files, FOR_PEOPLE))
      .flatMap((file) => (file === undefined ? [] : [[file.path, file.keptFrom]])),
  );

it('says of a text that no parser reads which probe it came from, in whatever folder the bundle lies', () => {
  const list = manifest([
    { id: 'vmstat', artifact: 'host/vmstat-i.txt' },
    { id: 'uname', artifact: 'host/uname.txt' },
  ]);
  const files = (folder: string): RawFile[] => [
    raw(`${folder}manifest.json`, list),
    raw(`${folder}host/vmstat-i.txt`, VMSTAT),
    raw(`${folder}host/uname.txt`, 'nothing that uname prints\n'),
    raw(`${folder}host/other.txt`, VMSTAT),
  ];
  expect(keptFrom([...files(''), ...files('b.tar.gz/')])).toEqual({
    'host/vmstat-i.txt': 'vmstat',
    'host/uname.txt': undefined,
    'host/other.txt': undefined,
    'b.tar.gz/host/vmstat-i.txt': 'vmstat',
    'b.tar.gz/host/uname.txt': undefined,
    'b.tar.gz/host/other.txt': undefined,
  });
});

it.each([
  ['without a manifest', []],
  ['with one that cannot be read', [raw('manifest.json', '{"probes": [')]],
  ['with one that knows another probe', [raw('manifest.json', manifest([{ id: 'x', artifact: 'host/vmstat-i.txt' }]))]],
  ['with one of another folder', [raw('a/manifest.json', manifest([{ id: 'vmstat', artifact: 'host/vmstat-i.txt' }]))]],
] as const)('says nothing %s', (_, more) => {
  expect(keptFrom([...more, raw('host/vmstat-i.txt', VMSTAT)])['host/vmstat-i.txt']).toBeUndefined();
});

it('reads what a probe took character by character, and straightens the quotation marks of anything else', () => {
  const curly = 'vmm_load=\u201cYES\u201d\npptdevs=\u201c10/0/0\u201d\n';
  const files = [
    raw('manifest.json', manifest([{ id: 'loader-conf', artifact: 'host/loader.conf' }])),
    raw('host/loader.conf', curly),
    raw('pasted.txt', `See my file:\n\n${curly}`),
  ];
  const [, collected, pasted] = files.map(createIdentifier(files, FOR_PEOPLE));
  expect(collected).toMatchObject({ problems: [], artifacts: [{ text: curly }] });
  expect(pasted!.artifacts.find(({ kind }) => kind === 'loader-conf')!.text).toContain('pptdevs="10/0/0"');
  expect(pasted!.problems).toEqual([
    { message: expect.stringMatching(/typographic quotation marks/) as string, line: 3 },
  ]);
});
