import type { CardLevel, Configuration, FieldDifference, MatrixField } from '../model/matrix.ts';
import type { GpuObservation, Observation } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { cardDistance } from './card.ts';
import { FIELDS } from './fields.ts';

/** Part of a field's weight that counts when you know your value and the report does not tell its own. */
const NOT_RECORDED = 0.3;

/** An observation laid beside a configuration. */
export interface Comparison {
  observation: GpuObservation;
  /** weighted sum of the differences, two decimals */
  distance: number;
  card: CardLevel;
  differences: (FieldDifference & { by: number })[];
  same: MatrixField[];
  notRecorded: MatrixField[];
}

/** Compares field by field. What you do not know does not count; what the report does not tell counts little. */
export function compare(configuration: Configuration, observation: GpuObservation, tables: Tables): Comparison {
  const result: Comparison = {
    observation,
    distance: 0,
    card: cardDistance(configuration, observation.gpu).level,
    differences: [],
    same: [],
    notRecorded: [],
  };
  for (const { field, weight, yours: readYours, theirs: readTheirs, distance } of FIELDS) {
    const yours = readYours(configuration);
    if (yours === undefined) continue;
    const theirs = readTheirs(observation);
    if (theirs === undefined) {
      result.notRecorded.push(field);
      result.distance += weight * NOT_RECORDED;
      continue;
    }
    const by = distance(configuration, observation, tables);
    result.distance += weight * by;
    if (by > 0) result.differences.push({ field, yours, theirs, by });
    else result.same.push(field);
  }
  result.distance = Math.round(result.distance * 100) / 100;
  return result;
}

/** Reports that still stand: neither withdrawn nor replaced by a later one that stands itself. */
export function standing<T extends Observation>(observations: readonly T[]): T[] {
  const kept = observations.filter(({ withdrawn }) => withdrawn === undefined);
  const replaced = new Set(kept.flatMap(({ supersedes = [] }) => supersedes));
  return kept.filter(({ id }) => !replaced.has(id));
}

export const isGpu = (observation: Observation): observation is GpuObservation => observation.subject === 'gpu';
export const isFreeBsd = ({ host }: Observation): boolean => host.os === 'FreeBSD';
