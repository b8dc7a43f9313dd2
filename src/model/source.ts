/** Where a value was read: an artifact (its path in the input) and a line, counted from 1. */
export interface Ref {
  artifact: string;
  line: number;
}

/** A value with the place it was read from. */
export interface Sourced<T> extends Ref {
  value: T;
}

/**
 * What every record of a parser carries: the line it was read from, counted from 1 in the text the parser was given.
 * When an artifact is a section of a larger file, the pipeline adds the section's offset and the artifact's path
 * (see `src/diagnose/locate.ts`), which turns a Located into a Ref.
 */
export interface Located {
  line: number;
}

export const at = (ref: Ref): Ref => ({ artifact: ref.artifact, line: ref.line });

export const sourced = <T>(value: T, ref: Ref): Sourced<T> => ({ value, ...at(ref) });
