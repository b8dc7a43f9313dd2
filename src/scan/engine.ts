/**
 * Finds the places of windows in a piece of bytes. The caller puts the bytes into `memory`, from its beginning, and asks.
 * An engine may name places at which no window stands after all; it never leaves one out.
 */
export interface Engine {
  readonly memory: Uint8Array;
  /** places of windows that begin between `from` and `end` and lie before `end`, ascending; valid until the next call */
  search(from: number, end: number): Uint32Array;
  /** line feeds between `from` and `end` */
  countLines(from: number, end: number): number;
}

/** Bytes that an engine's memory holds; what it is given at once. */
export const ENGINE_BYTES = 256 * 1024;
