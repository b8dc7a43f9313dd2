import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadMatrix } from '../../src/matrix/load.ts';
import { loadSnapshot } from '../../src/matrix/load-snapshot.ts';
import { fromSnapshot, type SnapshotSource, toSnapshot } from '../../src/matrix/snapshot.ts';
import { ROOT } from '../support/files.ts';
import { columnsOf } from '../../src/matrix/columns.ts';
import { MATRIX, matrixOf, observation } from './support.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A matrix-data folder with the real tables and these files below observations/. */
function matrixData(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-matrix-'));
  folders.push(folder);
  cpSync(join(ROOT, 'matrix-data/tables'), join(folder, 'tables'), { recursive: true });
  mkdirSync(join(folder, 'observations'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, 'observations', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

describe('loadMatrix', () => {
  it('reads entries in the order of their paths', () => {
    const folder = matrixData({
      '10de-1bb3/b-1.json': observation('b-1'),
      '10de-1bb3/a-1.json': observation('a-1'),
      'README.md': 'not an entry',
    });
    expect(loadMatrix(folder).observations.map(({ id }) => id)).toEqual(['a-1', 'b-1']);
  });

  it('takes a matrix without entries', () => {
    expect(loadMatrix(matrixData({})).observations).toEqual([]);
  });

  it('names file and field of everything that is wrong', () => {
    const folder = matrixData({
      '10de-1bb3/no-guest.json': { ...observation('no-guest'), guest: undefined },
      '10de-1bb3/worked.json': { ...observation('worked'), outcome: 'worked' },
      '10de-1bb3/extra.json': { ...observation('extra'), colour: 'red' },
      '10de-1bb3/deep.json': observation('deep', { gpu: { pciId: '10DE:1BB3' } }),
      '10de-1bb3/broken.json': '{ "id": ',
      'elsewhere/moved.json': observation('moved'),
    });
    let message = '';
    try {
      loadMatrix(folder);
    } catch (error) {
      message = (error as Error).message;
    }
    for (const expected of [
      /10de-1bb3\/no-guest\.json: guest: /,
      /10de-1bb3\/worked\.json: outcome: .*"works"/,
      /10de-1bb3\/extra\.json: colour: /,
      /10de-1bb3\/deep\.json: gpu\.pciId: /,
      /10de-1bb3\/broken\.json: is not JSON/,
      /elsewhere\/moved\.json: id and card say that it belongs to observations\/10de-1bb3\/moved\.json/,
    ]) {
      expect(message).toMatch(expected);
    }
  });

  it('does not print an endless list', () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`10de-1bb3/x-${i}.json`, {}]));
    expect(() => loadMatrix(matrixData(files))).toThrow(/and 30 more$/);
  });

  it('lets a missing folder speak for itself', () => {
    expect(() => loadMatrix(join(tmpdir(), 'gpudiag-no-such-folder'))).toThrow(/ENOENT/);
  });
});

/** A source of a snapshot that lies in memory. */
const inMemory = (text: string): SnapshotSource => {
  const bytes = Buffer.from(text);
  return { size: bytes.length, read: (start, length) => bytes.subarray(start, start + length) };
};
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

describe('snapshot', () => {
  const text = toSnapshot(MATRIX);

  it('comes back as it was, entries in the order in which equals are named', () => {
    const revived = fromSnapshot(inMemory(text));
    expect(revived.tables).toEqual(MATRIX.tables);
    const entries = MATRIX.observations.map(({ $schema: _, ...entry }) => entry);
    expect([...revived.observations].sort(byId)).toEqual(entries.sort(byId));
    const built = columnsOf(MATRIX);
    expect({ ...revived.columns, observation: null }).toEqual({ ...built, observation: null });
    expect(revived.observations.map(({ id }) => id)).toEqual(
      Array.from({ length: built.length }, (_, row) => built.observation(row).id),
    );
  });

  it('is read from a file, whole or entry by entry', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'gpudiag-snapshot-')), 'matrix.ndjson');
    writeFileSync(path, text);
    const revived = loadSnapshot(path);
    rmSync(dirname(path), { recursive: true });
    const row = 3;
    const one = revived.columns!.observation(row);
    expect(one).toEqual(revived.observations[row]);
    expect(one.id).toBe(columnsOf(MATRIX).observation(row).id);
  });

  it('keeps text that is longer in bytes than in characters, and an empty matrix', () => {
    const odd = matrixOf(observation('x-1', { summary: 'Größe 32 GiB, 画面 schwarz 🖥' }), observation('x-2'));
    expect(fromSnapshot(inMemory(toSnapshot(odd))).observations.map(({ summary }) => summary)).toEqual([
      'Größe 32 GiB, 画面 schwarz 🖥',
      'It works.',
    ]);
    expect(fromSnapshot(inMemory(toSnapshot(matrixOf()))).observations).toEqual([]);
  });

  it.each([
    ['another version', text.replace('"schemaVersion":2', '"schemaVersion":1'), 'version 1'],
    ['the form before', JSON.stringify({ schemaVersion: 1, observations: [] }), 'not a matrix snapshot'],
    ['a cut one', text.slice(0, -10), 'expected'],
    ['one with something behind', `${text}{}`, 'expected'],
  ])('%s is refused', (_, bad, message) => {
    expect(() => fromSnapshot(inMemory(bad))).toThrow(message);
  });
});
