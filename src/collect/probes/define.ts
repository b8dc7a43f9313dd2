import type { Profile } from '../../model/profile.ts';
import type { Keep, Probe } from '../probe.ts';

const KIB = 1024;

/** Bounds by what is asked: a few lines, a listing, a log. */
export const SHORT: Keep = { headBytes: 32 * KIB, tailBytes: 32 * KIB, wantedBytes: 0 };
export const LISTING: Keep = { headBytes: 1024 * KIB, tailBytes: 1024 * KIB, wantedBytes: 0 };
export const LOG: Keep = { headBytes: 512 * KIB, tailBytes: 1024 * KIB, wantedBytes: 512 * KIB };

export const ALL: readonly Profile[] = ['quick', 'full', 'pre-boot'];
/** What only a VM that was started can have left behind. */
export const AFTER_START: readonly Profile[] = ['quick', 'full'];
export const FULL: readonly Profile[] = ['full'];

type Defaults = 'privilege' | 'timeLimitMs' | 'keep' | 'profiles' | 'privacy' | 'sizeEstimate';
/** A probe without what its list says for all. */
export type Draft = Omit<Probe, 'side' | 'os' | Defaults> & Partial<Pick<Probe, Defaults>>;

/** Completes the probes of one list. Without a word they are for anybody, short, harmless and part of every profile. */
export const defineProbes = (of: Pick<Probe, 'side' | 'os'>, drafts: readonly Draft[]): readonly Probe[] =>
  drafts.map((draft) => ({
    privilege: 'user',
    timeLimitMs: 5000,
    keep: SHORT,
    profiles: ALL,
    privacy: 'technical',
    sizeEstimate: 2048,
    ...of,
    ...draft,
  }));
