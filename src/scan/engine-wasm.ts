import { ENGINE_BYTES, type Engine } from './engine.ts';
import { masksOf } from './groups.ts';
import { SEARCH_WASM } from './search-wasm.ts';
import { type Window, WINDOW_BYTES } from './windows.ts';

// Layout of the memory; the kernel's source knows the first two.
const MASKS = 0;
const FILTER = 256;
const OUT = 16 * 1024;
const BYTES = 128 * 1024;
const PAGE = 64 * 1024;
/** Room for places; a piece with more is searched in several goes. A place more than asked for is written per lane. */
const MOST = (BYTES - OUT) / 4 - 32;
/** What the kernel reads behind the end. */
const BEHIND = 32;

interface Kernel {
  search(from: number, end: number, out: number, most: number): number;
  countLines(from: number, end: number): number;
}

/** WebAssembly is no part of the language, so it is asked for by name: a Node started with --jitless has none. */
interface WebAssemblyApi {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

/** Undefined where WebAssembly with SIMD is not to be had. */
export function createWasmEngine(windows: readonly Window[], literals: readonly Uint8Array[]): Engine | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return undefined;
  const memory = new api.Memory({ initial: Math.ceil((BYTES + ENGINE_BYTES + BEHIND) / PAGE) });
  let kernel: Kernel;
  try {
    const module = new api.Module(Buffer.from(SEARCH_WASM, 'base64'));
    kernel = new api.Instance(module, { env: { memory } }).exports as Kernel;
  } catch {
    return undefined;
  }
  const all = new Uint8Array(memory.buffer);
  all.set(masksOf(windows, literals), MASKS);
  for (const { key } of windows) {
    const hash = Math.imul(key, 0x9e3779b1) >>> 16;
    all[FILTER + (hash >> 3)]! |= 1 << (hash & 7);
  }
  const bytes = all.subarray(BYTES, BYTES + ENGINE_BYTES);
  const out = new Uint32Array(memory.buffer, OUT, MOST + 32);
  return {
    memory: bytes,
    search(from, end) {
      const last = end - WINDOW_BYTES + 1;
      if (last <= from) return out.subarray(0, 0);
      const goes: Uint32Array[] = [];
      for (let at = from; ;) {
        const count = kernel.search(BYTES + at, BYTES + last, OUT, MOST);
        for (let i = 0; i <= count; i += 1) out[i]! -= BYTES;
        at = out[count]!;
        if (at >= last && goes.length === 0) return out.subarray(0, count);
        goes.push(out.slice(0, count));
        if (at >= last) return joined(goes);
      }
    },
    countLines: (from, end) => kernel.countLines(BYTES + from, BYTES + end),
  };
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
