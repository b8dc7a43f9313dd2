import type { Column, Configuration, MatrixColumns, MatrixField, Traits } from '../model/matrix.ts';
import type { Tables } from '../model/tables.ts';
import { contribution, rounded } from './compare.ts';
import { FIELDS } from './fields.ts';

/**
 * Distance of every row from a configuration. A field's part of it follows from the value alone, and values repeat: each
 * different one is compared once, and the rows only add numbers up, in the order in which `compare` adds them.
 */
export function measureAll({ length, traits }: MatrixColumns, yours: Configuration, tables: Tables): Float64Array {
  const distances = new Float64Array(length);
  for (const entry of FIELDS) {
    if (entry.yours(yours) === undefined) continue;
    const { values, codes } = traits[entry.field] as Column<Traits[MatrixField]>;
    const parts = Float64Array.from(values, (theirs) => contribution(entry, yours, theirs, tables));
    for (let row = 0; row < length; row++) distances[row]! += parts[codes[row]!]!;
  }
  return distances.map(rounded);
}

/**
 * The rows with the smallest distance, nearest first; among equals in the order of the rows. `accept` says which rows
 * are asked about. Equal to sorting all of them, without doing so.
 */
export function nearestRows(distances: Float64Array, limit: number, accept: (row: number) => boolean): number[] {
  const best: number[] = [];
  for (let row = 0; row < distances.length; row++) {
    const distance = distances[row]!;
    // a later row with the same distance comes after
    if (best.length === limit && !(distance < distances[best[limit - 1]!]!)) continue;
    if (limit === 0 || !accept(row)) continue;
    let at = best.length === limit ? limit - 1 : best.length;
    while (at > 0 && distances[best[at - 1]!]! > distance) {
      best[at] = best[at - 1]!;
      at--;
    }
    best[at] = row;
  }
  return best;
}
