import { ENGINE_BYTES, type Engine } from './engine.ts';
import { createPlainEngine } from './engine-plain.ts';
import { createWasmEngine } from './engine-wasm.ts';
import { chooseWindows, chooseWindowsQuickly, type Window, WINDOW_BYTES } from './windows.ts';

/** A string of the list and the offset in the piece at which it stands. */
export type OnLiteral = (literal: number, at: number) => void;

/** Finds any of many strings in pieces of bytes. */
export interface LiteralSearch {
  /** Room for a piece: fill it from its beginning, then search. */
  readonly memory: Uint8Array;
  /** Tells every place between `from` and `end` at which a string stands, whole; in order of their windows' places. */
  search(from: number, end: number, onLiteral: OnLiteral): void;
  /** line feeds between `from` and `end` */
  countLines(from: number, end: number): number;
}

export { ENGINE_BYTES as PIECE_BYTES };

/** Makes an engine for some strings, with the windows it is to look for. Undefined where it cannot run. */
export type EngineOf = (literals: readonly Uint8Array[]) => { windows: Window[]; engine: Engine } | undefined;

/** Searches fast, and takes some milliseconds to make. Not to be had without WebAssembly with SIMD (--jitless). */
export const fastEngine: EngineOf = (literals) => {
  const windows = chooseWindows(literals);
  const engine = createWasmEngine(windows, literals);
  return engine && { windows, engine };
};

/** Made at once, for texts of a few megabytes, and the stand-in for the fast one. */
export const plainEngine = (literals: readonly Uint8Array[]): { windows: Window[]; engine: Engine } => {
  const windows = chooseWindowsQuickly(literals);
  return { windows, engine: createPlainEngine(windows) };
};

/** @param literals strings of at least four bytes in UTF-8 */
export function createLiteralSearch(literals: readonly string[], engineOf: EngineOf): LiteralSearch {
  const encoded = literals.map((literal) => Buffer.from(literal, 'utf8'));
  const { windows, engine } = engineOf(encoded) ?? plainEngine(encoded);
  const { memory } = engine;
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const byKey = new Map(windows.map((window) => [window.key, window.of]));

  const standsAt = (bytes: Uint8Array, at: number): boolean => {
    for (let i = 0; i < bytes.length; i += 1) if (memory[at + i] !== bytes[i]) return false;
    return true;
  };

  return {
    memory,
    search(from, end, onLiteral) {
      if (end - from < WINDOW_BYTES) return;
      for (const place of engine.search(from, end)) {
        for (const { literal, offset } of byKey.get(view.getUint32(place, true)) ?? []) {
          const bytes = encoded[literal]!;
          const at = place - offset;
          if (at >= from && at + bytes.length <= end && standsAt(bytes, at)) onLiteral(literal, at);
        }
      }
    },
    countLines: (from, end) => engine.countLines(from, end),
  };
}
