import { LIMITS } from './limits.ts';

export interface TarEntry {
  /** path as written, without leading `./` and `/`, and without the one top folder that all files share */
  path: string;
  bytes: Uint8Array;
  problem?: string;
}

const BLOCK = 512;

/** ustar, PAX and GNU archives carry the magic at offset 257; a v7 archive is not recognised. */
export const isTar = (bytes: Uint8Array): boolean =>
  bytes.length >= BLOCK && String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';

/** The files of an archive, in its order; of a truncated or damaged one those before the cut, with the problem said. */
export async function readTar(bytes: Uint8Array): Promise<{ entries: TarEntry[]; problem?: string }> {
  const { createTarDecoder } = await import('modern-tar');
  const entries: TarEntry[] = [];
  let problem = hasEnd(bytes) ? undefined : 'is a truncated tar archive; what comes before the cut was read';
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const decoded = source.pipeThrough(createTarDecoder()) as unknown as AsyncIterable<{
    header: { name: string; type?: string; size: number };
    body: ReadableStream<Uint8Array>;
  }>;
  try {
    for await (const { header, body } of decoded) {
      const { name, type, size } = header;
      if (entries.length >= LIMITS.entries) {
        problem = `holds more than ${LIMITS.entries} files; the rest was left out`;
        break;
      }
      const path = name.replace(/^(?:\.?\/)+/, '');
      if ((type !== undefined && type !== 'file') || path === '') await body.cancel();
      else if (size > LIMITS.fileBytes) {
        await body.cancel();
        entries.push({ path, bytes: new Uint8Array(), problem: `has ${size} bytes, more than is read from one file` });
      } else {
        const content = await collect(body);
        const cut = content.length < size ? `is cut off: ${content.length} of ${size} bytes are there` : undefined;
        entries.push({ path, bytes: content, ...(cut !== undefined && { problem: cut }) });
      }
    }
  } catch {
    problem = 'is a damaged tar archive; what comes before the damage was read';
  }
  return { entries: withoutCommonTop(entries), ...(problem !== undefined && { problem }) };
}

async function collect(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Two blocks of zeros end an archive. */
const hasEnd = (bytes: Uint8Array): boolean =>
  bytes.length >= 2 * BLOCK && bytes.subarray(bytes.length - 2 * BLOCK).every((byte) => byte === 0);

/** Archives usually hold one top folder; evidence cites paths inside it. */
function withoutCommonTop(entries: TarEntry[]): TarEntry[] {
  const top = entries[0]?.path.split('/')[0];
  if (top === undefined || top === 'host' || top === 'guest') return entries;
  if (!entries.every(({ path }) => path.startsWith(`${top}/`))) return entries;
  return entries.map((entry) => ({ ...entry, path: entry.path.slice(top.length + 1) }));
}
