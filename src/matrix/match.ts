import type { CardLevel, Configuration, MatrixField, MatrixMatch, MatrixVerdict } from '../model/matrix.ts';
import type { Confidence } from '../model/finding.ts';
import { type Grade, GRADES } from '../model/observation.ts';
import type { Outcome, Stage } from '../model/stage.ts';
import { chipFamily, vendorName } from './card.ts';
import type { Comparison } from './compare.ts';

const FIELD_WORDS: Record<MatrixField, string> = {
  gpu: 'card',
  guest: 'guest system',
  userland: 'user-space program',
  patch: 'patch state',
  release: 'FreeBSD release',
  rom: 'use of rom=',
  signature: 'hypervisor signature',
  branch: 'driver branch',
  flavour: 'kind of driver',
};

/** Nearest first; among equals the better proven, then the later. */
export function byDistance(a: Comparison, b: Comparison): number {
  const [x, y] = [a.observation, b.observation];
  return (
    a.distance - b.distance ||
    GRADES.indexOf(y.grade) - GRADES.indexOf(x.grade) ||
    (y.source.date ?? '').localeCompare(x.source.date ?? '') ||
    x.id.localeCompare(y.id)
  );
}

export function toMatch(comparison: Comparison, configuration: Configuration): MatrixMatch {
  const { observation, distance, card, differences, notRecorded } = comparison;
  return {
    id: observation.id,
    outcome: observation.outcome,
    grade: observation.grade,
    distance,
    card,
    differsIn: differences.map(({ field, yours, theirs }) => ({ field, yours, theirs })),
    notRecorded,
    why: whyNear(comparison, configuration),
    ...(observation.host.os === 'FreeBSD' ? {} : { os: observation.host.os }),
  };
}

/** `same architecture (Pascal), same guest system; differs in card, patch state` */
export function whyNear({ card, same, differences }: Comparison, configuration: Configuration): string {
  const alike = [
    cardWords(card, configuration),
    ...same.filter((field) => field !== 'gpu' && field !== 'userland').map((field) => `same ${FIELD_WORDS[field]}`),
  ].filter((words) => words !== undefined);
  // "same model" already says all there is to say about the card
  const different = differences
    .filter(({ field }) => field !== 'gpu' || card !== 'same-model')
    .map(({ field }) => FIELD_WORDS[field]);
  return [
    alike.length > 0 ? alike.join(', ') : 'nothing known in common',
    ...(different.length > 0 ? [`differs in ${different.join(', ')}`] : []),
  ].join('; ');
}

function cardWords(level: CardLevel, { chip, architecture, vendorId }: Configuration): string | undefined {
  const words: Record<CardLevel, string | undefined> = {
    'same-card': 'same card',
    'same-model': 'same model',
    'same-chip': `same chip (${chipFamily(chip ?? '')})`,
    'same-architecture': `same architecture (${architecture})`,
    'same-vendor': `same vendor (${vendorName(vendorId ?? '')})`,
    'other-vendor': 'card of another vendor',
    unknown: undefined,
  };
  return words[level];
}

export interface Judgement {
  verdict: MatrixVerdict;
  confidence?: Confidence;
  because: string;
}

type Kind = 'good' | 'faulty' | 'bad';
const KIND_OF_OUTCOME: Partial<Record<Outcome, Kind>> = {
  works: 'good',
  'works-with-faults': 'faulty',
  'host-not-ready': 'bad',
  'vm-wont-start': 'bad',
  'guest-wont-boot': 'bad',
  'device-missing': 'bad',
  'driver-wont-load': 'bad',
  'driver-init-fails': 'bad',
};

/** A failure at one of these stages is a mistake in the set-up; it says nothing about the card. */
const SET_UP: readonly (Stage | null)[] = ['firmware', 'host', 'ppt', 'config'];

/** Fields differing by this much or more make a report say nothing about your configuration. */
const COMPARABLE_BELOW = 0.5;

/**
 * What reports about this very card (or model) say, taken together: only those that differ from the configuration in no
 * known field by half or more, that have a clear outcome, did not fail over the set-up, and are more than hearsay. Works
 * with faults alone is `conflict`: neither good nor bad.
 */
export function judge(comparisons: readonly Comparison[]): Judgement {
  const comparable = comparisons.filter(isComparable);
  const of = (kind: Kind): Comparison[] =>
    comparable.filter(({ observation }) => KIND_OF_OUTCOME[observation.outcome] === kind);
  const [good, faulty, bad] = [of('good'), of('faulty'), of('bad')];
  if (comparable.length === 0) {
    return { verdict: 'unknown', because: 'no report of this card in a comparable configuration' };
  }
  const counted = [
    good.length > 0 ? `${good.length} working` : '',
    faulty.length > 0 ? `${faulty.length} working with faults` : '',
    bad.length > 0 ? `${bad.length} failing` : '',
  ].filter((part) => part !== '');
  return {
    verdict:
      bad.length > 0
        ? good.length + faulty.length > 0
          ? 'conflict'
          : 'known-bad'
        : good.length > 0
          ? 'known-good'
          : 'conflict',
    confidence: confidenceOf(comparable),
    because: `reports of this card in a comparable configuration: ${counted.join(', ')} (${comparable
      .map(({ observation }) => observation.id)
      .join(', ')})`,
  };
}

function isComparable({ observation, card, differences }: Comparison): boolean {
  return (
    (card === 'same-card' || card === 'same-model') &&
    observation.outcome in KIND_OF_OUTCOME &&
    !SET_UP.includes(observation.failedStage) &&
    observation.grade !== 'second-hand' &&
    differences.every(({ by }) => by < COMPARABLE_BELOW)
  );
}

/** Two who do not know of each other, one of them with output to show: confirmed. Output, or several: likely. */
function confidenceOf(comparisons: readonly Comparison[]): Confidence {
  const grades = new Set<Grade>(comparisons.map(({ observation }) => observation.grade));
  const sources = new Set(comparisons.map(({ observation: { reporter, source, id } }) => reporter ?? source.url ?? id));
  if (grades.has('evidenced')) return sources.size > 1 ? 'confirmed' : 'likely';
  return sources.size > 1 ? 'likely' : 'possible';
}
