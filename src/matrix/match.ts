import type { CardLevel, Configuration, MatrixField, MatrixMatch } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import { chipFamily, vendorName } from './card.ts';
import type { Comparison } from './compare.ts';

/** An observation laid beside a configuration. */
export interface Compared extends Comparison {
  observation: GpuObservation;
}

export const FIELD_WORDS: Record<MatrixField, string> = {
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

export function toMatch(comparison: Compared, configuration: Configuration): MatrixMatch {
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
