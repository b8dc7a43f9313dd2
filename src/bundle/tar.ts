import { LIMITS } from './limits.ts';
import type { Pieces } from './pieces.ts';

/** One member of an archive as it comes by. */
export interface TarEntry {
  /** path as written, without leading `./` and `/` */
  path: string;
  /** bytes that the archive claims it has */
  size: number;
  /** why it has no content that could be read; it is a link, a device ... */
  problem?: string;
  /** a folder: has no content, and nobody misses it */
  isFolder: boolean;
  /** the content, to be read before the next entry is asked for; what is left of it is skipped */
  body: Pieces;
  /** bytes that the archive ends before; known when the content was read */
  missing: () => number;
}

/** Bytes of a header, and what contents are padded to. */
export const BLOCK = 512;

/** ustar, PAX and GNU archives carry the magic at offset 257; a v7 archive is not recognised. */
export const isTar = (bytes: Uint8Array): boolean =>
  bytes.length >= BLOCK && Buffer.from(bytes.buffer, bytes.byteOffset + 257, 5).toString('latin1') === 'ustar';

/** An archive that ends before its end, or is not what it says. The message is said without its path. */
export class BrokenTar extends Error {}

const TRUNCATED = 'is a truncated tar archive; what comes before the cut was read';
const DAMAGED = 'is a damaged tar archive; what comes before the damage was read';
/** Headers in a row that only describe the next one: a long name, a long link, PAX records, once for each program. */
const MAX_DESCRIPTIONS = 8;

/** What members without readable content are, by the flag of their header: POSIX pax(1), GNU tar's src/tar.h. */
const NO_CONTENT: Readonly<Record<string, string>> = {
  '1': 'is a hard link and was not followed',
  '2': 'is a symbolic link and was not followed',
  '3': 'is a device, not a file',
  '4': 'is a device, not a file',
  '6': 'is a named pipe, not a file',
  S: 'is a sparse file, of which an archive holds only parts; it was left out',
};
/** Files: POSIX, contiguous, and what archives from before POSIX have. */
const FILE_FLAGS = new Set(['0', '\0', '7']);

/**
 * The members of an archive one after another, in memory that does not depend on its length. Sizes and paths of PAX records
 * and GNU long names count, as they do for tar(1); records for all members (`g`) do not. Nothing after the end mark is read.
 * @throws BrokenTar where it cannot be read on
 */
export async function* readTar(archive: Pieces): AsyncGenerator<TarEntry, undefined> {
  const source = createReader(archive);
  let described: Description = {};
  let descriptions = 0;
  for (;;) {
    const block = await source.take(BLOCK);
    if (block.length < BLOCK) throw new BrokenTar(TRUNCATED);
    if (block.every((byte) => byte === 0)) return;
    const header = readHeader(block);
    const padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
    if (isDescription(header.flag)) {
      descriptions += 1;
      if (descriptions > MAX_DESCRIPTIONS) throw new BrokenTar(DAMAGED);
      if (header.size > LIMITS.tarHeaderBytes) {
        described.problem = `has a name or records of ${header.size} bytes in its header and was left out`;
        await source.skip(header.size + padding);
      } else {
        describe(described, header.flag, await source.take(header.size));
        await source.skip(padding);
      }
      continue;
    }
    const size = described.size ?? header.size;
    if (header.flag === 'S') await skipSparseMap(source, block);
    const body = source.piecesOf(size);
    yield { ...memberOf(header, described), size, body, missing: body.missing };
    await source.skip(body.left());
    await source.skip((BLOCK - (size % BLOCK)) % BLOCK);
    described = {};
    descriptions = 0;
  }
}

interface Header {
  path: string;
  size: number;
  flag: string;
}

/** What headers before a member say of it. */
interface Description {
  path?: string;
  size?: number;
  isSparse?: boolean;
  problem?: string;
}

const isDescription = (flag: string): boolean => flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K';

function memberOf({ path, flag }: Header, described: Description): Pick<TarEntry, 'path' | 'isFolder' | 'problem'> {
  const written = described.path ?? path;
  const isFolder = flag === '5' || (FILE_FLAGS.has(flag) && written.endsWith('/'));
  const what = described.isSparse === true ? NO_CONTENT.S : NO_CONTENT[flag];
  const unknown = isFolder || FILE_FLAGS.has(flag) ? undefined : 'is of a type that is not read';
  const problem = described.problem ?? what ?? unknown;
  return { path: written.replace(/^(?:\.?\/)+/, ''), isFolder, ...(problem !== undefined && { problem }) };
}

/** @throws BrokenTar when it is none */
function readHeader(block: Buffer): Header {
  if (!hasItsChecksum(block)) throw new BrokenTar(DAMAGED);
  const flag = String.fromCharCode(block[156]!);
  const name = textIn(block, 0, 100);
  // GNU's own format has other things where POSIX has the first part of a path.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textIn(block, 345, 155) : '';
  // A hard link has the content of what it leads to: its size is that one's.
  const size = flag === '1' ? 0 : numberIn(block.subarray(124, 136));
  return { path: prefix === '' ? name : `${prefix}/${name}`, size, flag };
}

/** Bytes of the header added up, those of the sum itself as blanks; some old programs added them as signed numbers. */
function hasItsChecksum(block: Buffer): boolean {
  let [unsigned, signed] = [0, 0];
  for (let i = 0; i < BLOCK; i += 1) {
    const byte = i >= 148 && i < 156 ? 32 : block[i]!;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const said = numberIn(block.subarray(148, 156));
  return said === unsigned || said === signed;
}

function textIn(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Octal digits; or, as GNU writes what is too large for them, binary with the highest bit set. */
function numberIn(field: Buffer): number {
  let value = Number.NaN;
  if (field[0] === 0x80) value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  else {
    const digits = field.toString('latin1').replace(/\0.*$/s, '').trim();
    if (/^[0-7]*$/.test(digits)) value = digits === '' ? 0 : parseInt(digits, 8);
  }
  if (!Number.isSafeInteger(value)) throw new BrokenTar(DAMAGED);
  return value;
}

/** Takes in what a header says of the member after it. */
function describe(described: Description, flag: string, content: Buffer): void {
  if (flag === 'L') described.path = content.toString('utf8').replace(/\0.*$/s, '');
  if (flag !== 'x') return;
  for (const [key, value] of recordsIn(content)) {
    if (key === 'path') described.path = value;
    if (key === 'size') {
      described.size = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(described.size)) throw new BrokenTar(DAMAGED);
    }
    if (key.startsWith('GNU.sparse.')) described.isSparse = true;
    // Format 1.0: the header has the name of a stand-in.
    if (key === 'GNU.sparse.name') described.path = value;
  }
}

/** PAX records: the length of the whole record in decimal, a blank, key, `=`, value, newline. */
function* recordsIn(content: Buffer): Generator<[string, string]> {
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(32, at);
    const said = blank === -1 || blank - at > 8 ? '' : content.toString('latin1', at, blank);
    const end = at + (/^\d+$/.test(said) ? Number(said) : 0);
    const equals = content.indexOf(61, blank);
    if (end <= blank + 1 || end > content.length || equals === -1 || equals >= end) throw new BrokenTar(DAMAGED);
    yield [content.toString('utf8', blank + 1, equals), content.toString('utf8', equals + 1, end - 1)];
    at = end;
  }
}

/** GNU's old form: more of the map follows the header, in blocks that each say whether another one comes. */
async function skipSparseMap(source: Reader, header: Buffer): Promise<void> {
  let goesOn = header[482] !== 0;
  while (goesOn) {
    const block = await source.take(BLOCK);
    if (block.length < BLOCK) throw new BrokenTar(TRUNCATED);
    goesOn = block[504] !== 0;
  }
}

type Reader = ReturnType<typeof createReader>;

/** Takes a stream apart by counts of bytes. */
function createReader(pieces: Pieces) {
  const iterator = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array();

  /** Some of the next bytes, at most `length`; none at the end. */
  const some = async (length: number): Promise<Uint8Array> => {
    while (piece.length === 0) {
      const next = (await iterator.next()) as IteratorResult<Uint8Array, undefined>;
      if (next.done === true) return piece;
      piece = next.value;
    }
    const part = piece.subarray(0, length);
    piece = piece.subarray(part.length);
    return part;
  };

  return {
    /** as many bytes, or fewer at the end */
    async take(length: number): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      let missing = length;
      while (missing > 0) {
        const part = await some(missing);
        if (part.length === 0) break;
        parts.push(part);
        missing -= part.length;
      }
      return parts.length === 1
        ? Buffer.from(parts[0]!.buffer, parts[0]!.byteOffset, parts[0]!.length)
        : Buffer.concat(parts);
    },
    async skip(length: number): Promise<void> {
      for (let missing = length; missing > 0;) {
        const part = await some(missing);
        if (part.length === 0) return;
        missing -= part.length;
      }
    },
    /** as many bytes in pieces, or fewer at the end */
    piecesOf(length: number): Pieces & { left: () => number; missing: () => number } {
      let left = length;
      let hasEnded = false;
      return {
        left: () => left,
        missing: () => (hasEnded ? left : 0),
        async *[Symbol.asyncIterator]() {
          while (left > 0) {
            const part = await some(left);
            hasEnded = part.length === 0;
            if (hasEnded) return;
            left -= part.length;
            yield part;
          }
        },
      };
    },
  };
}
