import type { Outcome } from '../../model/stage.ts';

/** Outcomes that are no failure, with the class of the colour they are shown in. */
const TONES: Partial<Record<Outcome, string>> = {
  works: 'good',
  'works-with-faults': 'warn',
  untested: '',
  unknown: '',
};

export const toneOf = (outcome: Outcome): string => TONES[outcome] ?? 'bad';
