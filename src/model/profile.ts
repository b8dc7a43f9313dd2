/** How much `collect` asks: what takes seconds, all, or what can be known before a VM was ever started. */
export const PROFILES = ['quick', 'full', 'pre-boot'] as const;
export type Profile = (typeof PROFILES)[number];
