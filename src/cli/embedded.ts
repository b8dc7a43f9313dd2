import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Matrix, MatrixSnapshot } from '../model/matrix.ts';
import { fromSnapshot } from '../matrix/snapshot.ts';

let loaded: Matrix | undefined;

/** The matrix that came with the program (dist/matrix.json beside the bundle), read once. */
export function embeddedMatrix(): Matrix {
  loaded ??= fromSnapshot(JSON.parse(readFileSync(join(__dirname, 'matrix.json'), 'utf8')) as MatrixSnapshot);
  return loaded;
}
