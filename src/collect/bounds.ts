import type { Profile } from '../model/profile.ts';

/** Bounds for a whole run, so that it ends whatever the machine does. */
export const TOTAL_MS: Readonly<Record<Profile, number>> = { quick: 60_000, full: 300_000, 'pre-boot': 60_000 };
export const TOTAL_BYTES = 128 * 2 ** 20;
