/** A stream of bytes, read piece by piece. */
export type Pieces = AsyncIterable<Uint8Array>;

/** Bytes that are in memory as a stream. */
export async function* piecesOf(...all: Uint8Array[]): AsyncGenerator<Uint8Array, undefined> {
  for (const bytes of all) yield await Promise.resolve(bytes);
}

/** The first bytes of a stream, at least `length` unless it is shorter, and the whole stream. */
export async function peek(pieces: Pieces, length: number): Promise<{ head: Uint8Array; pieces: Pieces }> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < length) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  const head = first.length === 1 ? first[0]! : Buffer.concat(first);
  const rest = { [Symbol.asyncIterator]: () => iterator };
  return { head, pieces: chain(head, rest) };
}

async function* chain(head: Uint8Array, rest: Pieces): AsyncGenerator<Uint8Array, undefined> {
  if (head.length > 0) yield head;
  yield* rest;
}
