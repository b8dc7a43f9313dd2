import type { Confidence } from '../model/finding.ts';
import type { Configuration, Matrix, MatrixVerdict } from '../model/matrix.ts';
import type { GpuObservation, Observation } from '../model/observation.ts';
import { isFreeBsd, isGpu } from './compare.ts';
import { consultMatrix } from './consult.ts';

/** What a matrix says about one configuration. */
export interface Answer {
  verdict: MatrixVerdict;
  confidence?: Confidence;
  /** id of the nearest report of a working card; null when there is none */
  nearestWorking: string | null;
}

/** A configuration that an entry of either matrix is about, before and after. */
export interface VerdictChange {
  configuration: Configuration;
  /** entries that were added, changed or taken away and are about it */
  ids: string[];
  before: Answer;
  after: Answer;
}

export interface MatrixChanges {
  added: Observation[];
  changed: Observation[];
  removed: Observation[];
  /** one per configuration of these entries, also where the answer stays the same */
  verdicts: VerdictChange[];
}

/** What the way from one matrix to another changes for whoever asks it. */
export function matrixChanges(before: Matrix, after: Matrix): MatrixChanges {
  const old = new Map(before.observations.map((entry) => [entry.id, entry]));
  const now = new Map(after.observations.map((entry) => [entry.id, entry]));
  const added = after.observations.filter(({ id }) => !old.has(id));
  const removed = before.observations.filter(({ id }) => !now.has(id));
  const changed = after.observations.filter((entry) => {
    const earlier = old.get(entry.id);
    return earlier !== undefined && entryText(earlier) !== entryText(entry);
  });
  const asked = new Map<string, { configuration: Configuration; ids: string[] }>();
  for (const entry of [...added, ...changed, ...removed]) {
    if (!isGpu(entry) || !isFreeBsd(entry)) continue;
    const configuration = configurationOfEntry(entry);
    const key = JSON.stringify(configuration);
    const known = asked.get(key);
    if (known === undefined) asked.set(key, { configuration, ids: [entry.id] });
    else known.ids.push(entry.id);
  }
  const verdicts = [...asked.values()].map(({ configuration, ids }) => ({
    configuration,
    ids,
    before: answerOf(before, configuration),
    after: answerOf(after, configuration),
  }));
  return { added, changed, removed, verdicts };
}

/** Keys in any order, `$schema` left out: what an entry says. */
export const entryText = (entry: Observation): string =>
  JSON.stringify({ ...entry, $schema: undefined }, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

function configurationOfEntry({ gpu, host, bhyve, guest, config }: GpuObservation): Configuration {
  const { pciId, vendorId, name, architecture, chip } = gpu;
  return {
    name,
    ...(pciId !== null && { pciId }),
    ...(vendorId !== null && { vendorId }),
    ...(architecture !== null && { architecture }),
    ...(chip && { chip }),
    ...(host.release !== null && { release: host.release }),
    ...(host.cpuVendor !== null && { cpuVendor: host.cpuVendor }),
    ...(bhyve.patch !== 'unknown' && { patch: bhyve.patch }),
    ...(bhyve.signature !== 'unknown' && { signature: bhyve.signature }),
    ...(bhyve.userland !== undefined && { userland: bhyve.userland }),
    ...(guest.os !== null && { guestOs: guest.os }),
    ...(guest.branch && { branch: guest.branch }),
    ...(guest.flavour && { flavour: guest.flavour }),
    ...(typeof config?.rom === 'boolean' && { rom: config.rom }),
  };
}

function answerOf(matrix: Matrix, configuration: Configuration): Answer {
  const { verdict, confidence, nearestWorking } = consultMatrix(matrix, configuration, 1);
  return { verdict, ...(confidence !== undefined && { confidence }), nearestWorking: nearestWorking?.id ?? null };
}
