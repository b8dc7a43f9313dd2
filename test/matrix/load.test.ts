import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadMatrix } from '../../src/matrix/load.ts';
import { fromSnapshot, toSnapshot } from '../../src/matrix/snapshot.ts';
import type { MatrixSnapshot } from '../../src/model/matrix.ts';
import { ROOT } from '../support/files.ts';
import { MATRIX, observation } from './support.ts';

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

describe('snapshot', () => {
  it('comes back as it was, through JSON', () => {
    const revived = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(MATRIX))) as MatrixSnapshot);
    expect(revived.tables).toEqual(MATRIX.tables);
    expect(revived.observations).toEqual(MATRIX.observations.map(({ $schema: _, ...entry }) => entry));
  });

  it('of another version is refused', () => {
    const snapshot = { ...toSnapshot(MATRIX), schemaVersion: 2 } as unknown as MatrixSnapshot;
    expect(() => fromSnapshot(snapshot)).toThrow('version 2');
  });
});
