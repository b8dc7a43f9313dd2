import type { Ref } from './source.ts';

/** Two lines of an input that cannot both hold for one machine at one time. */
export interface Contradiction {
  /** a statement that names both values, without a full stop */
  title: string;
  /** what the reader should make of it: which of the two is believed, or that nothing was concluded from either */
  consequence: string;
  first: Ref;
  second: Ref;
}
