import type { CardLevel, Configuration, FieldDifference, MatrixField, Traits } from '../model/matrix.ts';
import type { GpuObservation, Observation } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { cardDistance } from './card.ts';
import { type Field, FIELDS } from './fields.ts';

/** Part of a field's weight that counts when you know your value and the report does not tell its own. */
const NOT_RECORDED = 0.3;
/** Smaller differences are ways of writing: `14.3` and `14.3-RELEASE`. */
const WRITTEN_OTHERWISE = 0.02;

/** The traits of an observation laid beside a configuration. */
export interface Comparison {
  traits: Traits;
  /** weighted sum of the differences, two decimals */
  distance: number;
  card: CardLevel;
  differences: (FieldDifference & { by: number })[];
  same: MatrixField[];
  notRecorded: MatrixField[];
}

/** Compares field by field. What you do not know does not count; what the report does not tell counts little. */
export function compare(configuration: Configuration, traits: Traits, tables: Tables): Comparison {
  const result: Comparison = {
    traits,
    distance: 0,
    card: cardDistance(configuration, traits.gpu).level,
    differences: [],
    same: [],
    notRecorded: [],
  };
  for (const entry of FIELDS) {
    const { field } = entry;
    const yours = entry.yours(configuration);
    if (yours === undefined) continue;
    const theirs = entry.theirs(traits[field]);
    result.distance += contribution(entry, configuration, traits[field], tables);
    if (theirs === undefined) {
      result.notRecorded.push(field);
      continue;
    }
    const by = entry.distance(configuration, traits[field], tables);
    if (by > WRITTEN_OTHERWISE) result.differences.push({ field, yours, theirs, by });
    else result.same.push(field);
  }
  result.distance = rounded(result.distance);
  return result;
}

/** What one field adds to the distance, when you know your value. */
export function contribution(
  entry: Field,
  configuration: Configuration,
  theirs: Traits[MatrixField],
  tables: Tables,
): number {
  return (
    entry.weight * (entry.theirs(theirs) === undefined ? NOT_RECORDED : entry.distance(configuration, theirs, tables))
  );
}

/** Two decimals: a hair's difference in sums of fractions is none. */
export const rounded = (distance: number): number => Math.round(distance * 100) / 100;

/** Reports that still stand: neither withdrawn nor replaced by a later one that stands itself. */
export function standing<T extends Observation>(observations: readonly T[]): T[] {
  const kept = observations.filter(({ withdrawn }) => withdrawn === undefined);
  const replaced = new Set(kept.flatMap(({ supersedes = [] }) => supersedes));
  return kept.filter(({ id }) => !replaced.has(id));
}

export const isGpu = (observation: Observation): observation is GpuObservation => observation.subject === 'gpu';
export const isFreeBsd = ({ host }: Observation): boolean => host.os === 'FreeBSD';
