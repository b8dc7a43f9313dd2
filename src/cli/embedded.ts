import { join } from 'node:path';
import { loadSnapshot } from '../matrix/load-snapshot.ts';
import type { Matrix } from '../model/matrix.ts';
import { newerMatrix } from './cached-matrix.ts';

let loaded: Matrix | undefined;

/**
 * The matrix that came with the program (dist/matrix.ndjson beside the bundle), or a newer one that `matrix update`
 * fetched; opened once.
 */
export function embeddedMatrix(): Matrix {
  loaded ??= newerMatrix() ?? loadSnapshot(join(__dirname, 'matrix.ndjson'));
  return loaded;
}
