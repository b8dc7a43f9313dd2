import type { Matrix, MatrixSnapshot } from '../model/matrix.ts';

/** The matrix as one JSON value, without `$schema` and other things that only editors need. */
export function toSnapshot({ observations, tables }: Matrix): MatrixSnapshot {
  return {
    schemaVersion: 1,
    observations: observations.map(({ $schema: _, ...observation }) => observation),
    tables: {
      ...tables,
      gpus: [...tables.gpus.values()],
      xids: [...tables.xids.values()],
      observedBars: [...tables.observedBars.values()],
      findingCodes: [...tables.findingCodes.values()],
    },
  };
}

/** A snapshot that toSnapshot of the same version made, back to a matrix. It was checked when it was made. */
export function fromSnapshot({ schemaVersion, observations, tables }: MatrixSnapshot): Matrix {
  if (schemaVersion !== 1) throw new Error(`matrix snapshot of version ${String(schemaVersion)}, expected 1`);
  return {
    observations,
    tables: {
      ...tables,
      gpus: new Map(tables.gpus.map((row) => [row.pciId, row])),
      xids: new Map(tables.xids.map((row) => [row.xid, row])),
      observedBars: new Map(tables.observedBars.map((row) => [row.pciId, row])),
      findingCodes: new Map(tables.findingCodes.map((row) => [row.code, row])),
    },
  };
}
