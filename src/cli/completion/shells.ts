/** Shells for which there is a completion script. */
export const SHELLS = ['bash', 'zsh', 'fish', 'tcsh', 'ksh'] as const;
export type Shell = (typeof SHELLS)[number];
