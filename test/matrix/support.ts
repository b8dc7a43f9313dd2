import { join } from 'node:path';
import { loadMatrix } from '../../src/matrix/load.ts';
import type { Matrix } from '../../src/model/matrix.ts';
import type { GpuObservation, PlatformObservation } from '../../src/model/observation.ts';
import { ROOT } from '../support/files.ts';

/** The data of the repository, read once per test file. */
export const MATRIX: Matrix = loadMatrix(join(ROOT, 'matrix-data'));

type Changes<T> = { [K in keyof T]?: T[K] extends object | undefined ? Partial<T[K]> : T[K] };

/** A valid entry: a Tesla P4 that works on 14.4 with everything as released; `changes` go into its parts. */
export function observation(id: string, changes: Changes<GpuObservation> = {}): GpuObservation {
  const { gpu, host, bhyve, guest, config, source, ...rest } = changes;
  return {
    id,
    subject: 'gpu',
    gpu: { pciId: '10de:1bb3', vendorId: '10de', name: 'Tesla P4', architecture: 'Pascal', chip: 'GP104', ...gpu },
    host: { release: '14.4-RELEASE', os: 'FreeBSD', cpuVendor: 'intel', hardware: null, ...host },
    bhyve: { patch: 'stock', detail: null, signature: 'native', ...bhyve },
    guest: { os: 'Debian 13', driver: 'nvidia 580.65.06', branch: '580', flavour: 'proprietary', ...guest },
    config: { rom: false, ...config },
    outcome: 'works',
    failedStage: null,
    symptoms: [],
    summary: 'It works.',
    workaround: null,
    source: { kind: 'log', url: 'https://example.org/log', date: '2026-01-02', ...source },
    grade: 'evidenced',
    ...rest,
  } as GpuObservation;
}

/** A valid entry about a host. */
export function platformObservation(id: string, changes: Changes<PlatformObservation> = {}): PlatformObservation {
  const common: Partial<GpuObservation> = observation(id);
  delete common.gpu;
  const { host, ...rest } = changes;
  return {
    ...common,
    subject: 'platform',
    device: null,
    ...rest,
    host: { ...common.host, ...host },
  } as PlatformObservation;
}

/** A matrix of these entries with the real tables. */
export const matrixOf = (...observations: (GpuObservation | PlatformObservation)[]): Matrix => ({
  observations,
  tables: MATRIX.tables,
});
