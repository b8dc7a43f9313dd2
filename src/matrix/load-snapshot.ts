import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Matrix } from '../model/matrix.ts';
import { fromSnapshot, type SnapshotSource } from './snapshot.ts';

/**
 * Opens the snapshot of a matrix. The file stays open while the program runs, because observations are read from it when
 * they are asked for; a newer one that takes its name meanwhile is another file. Throws what opening throws, or an Error
 * that says why it is no snapshot.
 */
export function loadSnapshot(path: string): Matrix {
  const file = openSync(path, 'r');
  try {
    return fromSnapshot(sourceOf(file));
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function sourceOf(file: number): SnapshotSource {
  const { size } = fstatSync(file);
  return {
    size,
    read(start, length) {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - start)));
      let filled = 0;
      while (filled < bytes.length) {
        const count = readSync(file, bytes, filled, bytes.length - filled, start + filled);
        if (count === 0) throw new Error('the matrix snapshot became shorter while it was read');
        filled += count;
      }
      return bytes;
    },
  };
}
