/** How much of a line is kept: enough for a name of the greatest length, all of it escaped, and what follows it. */
const HEAD = 64 * 1024;
const LINE_FEED = 0x0a;

/** The beginning of a line of a file that may be far longer. */
export interface LineHead {
  text: string;
  /** where the line ends, as the number of bytes up to and with its line break */
  end: number;
}

/** The beginnings of all lines that end in a line break; the rest of a file that was cut off is not one. */
export async function* lineHeads(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LineHead, void, undefined> {
  let kept: Uint8Array[] = [];
  let length = 0;
  let at = 0;
  const keep = (part: Uint8Array): void => {
    if (length >= HEAD) return;
    // A copy: the chunk it lies in is large and must not stay.
    kept.push(Uint8Array.prototype.slice.call(part, 0, HEAD - length));
    length += part.length;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      keep(chunk.subarray(from, end));
      yield { text: Buffer.concat(kept).toString('utf8'), end: at + end + 1 };
      kept = [];
      length = 0;
      from = end + 1;
    }
    keep(chunk.subarray(from));
    at += chunk.length;
  }
}
