import { isUtf8 } from 'node:buffer';
import { withoutEntities } from './typography.ts';

/** What became of a file's bytes: text, or the reason why there is none. */
export type Decoded = { text: string; encoding: string } | { unreadable: string };

const MAGIC: { bytes: number[]; what: string }[] = [
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG picture' },
  { bytes: [0xff, 0xd8, 0xff], what: 'a JPEG picture' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a zip archive' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'a program (ELF)' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'an xz archive' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'a zstd archive' },
  { bytes: [0x42, 0x5a, 0x68], what: 'a bzip2 archive' },
  { bytes: [0x4c, 0x66, 0x4c, 0x65], what: 'a Windows event log (evtx)' },
];

/** How much of a file is looked at to tell text from binary. */
const SAMPLE = 64 * 1024;

/** What no text has more than a few of: control characters (tab, line ends, form feed, escape apart) and undecodable bytes. */
const ODD = /[\u0001-\u0006\u000e-\u001a\u001c-\u001f\u007f-\u009f\ufffd]/g;

/**
 * Turns bytes into text with one `\n` per line: UTF-8 and UTF-16 with or without BOM, else Latin-1; CRLF and old Mac
 * line ends; colours and cursor movements of terminals; the overstrikes of script(1); the hard spaces and entities of web
 * pages; the zero bytes that a crash leaves in a log. Line numbers stay those that an editor shows.
 */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length === 0) return { unreadable: 'is empty' };
  const magic = MAGIC.find(({ bytes: start }) => start.every((value, i) => bytes[i] === value));
  if (magic) return { unreadable: `is ${magic.what}, not text` };
  const { text: raw, encoding } = toText(bytes);
  const text = raw.includes('\u0000') ? raw.replaceAll('\u0000', '') : raw;
  if (text.trim() === '') return { unreadable: 'holds nothing but blanks' };
  const sample = text.slice(0, SAMPLE);
  const odd = sample.match(ODD)?.length ?? 0;
  if (odd > 2 && odd > sample.length / 10) return { unreadable: 'is binary data, not text' };
  return { text: cleanTerminal(text), encoding };
}

function toText(bytes: Uint8Array): { text: string; encoding: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return { text: utf16le(buffer.subarray(2)), encoding: 'utf-16le' };
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return { text: utf16be(buffer.subarray(2)), encoding: 'utf-16be' };
  const shape = utf16Shape(buffer);
  if (shape === 'le') return { text: utf16le(buffer), encoding: 'utf-16le' };
  if (shape === 'be') return { text: utf16be(buffer), encoding: 'utf-16be' };
  const body = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? buffer.subarray(3) : buffer;
  if (isUtf8(body)) return { text: body.toString('utf8'), encoding: 'utf-8' };
  // A log that was cut inside a character, or holds a stray byte, is UTF-8 all the same when the rest is.
  const lenient = body.toString('utf8');
  const broken = lenient.match(/\ufffd/g)?.length ?? 0;
  const whole = lenient.match(/[\u0080-\ufffc]/g)?.length ?? 0;
  return whole > broken ? { text: lenient, encoding: 'utf-8' } : { text: body.toString('latin1'), encoding: 'latin1' };
}

const utf16le = (buffer: Buffer): string => buffer.toString('utf16le');

function utf16be(buffer: Buffer): string {
  const even = Buffer.from(buffer.subarray(0, buffer.length & ~1));
  return even.swap16().toString('utf16le');
}

/** UTF-16 without a BOM: ASCII text has a zero in every other byte. */
function utf16Shape(buffer: Buffer): 'le' | 'be' | undefined {
  const n = Math.min(buffer.length, 4096) & ~1;
  if (n < 8) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < n; i += 2) {
    if (buffer[i] === 0) even += 1;
    if (buffer[i + 1] === 0) odd += 1;
  }
  const half = n / 2;
  if (odd > half * 0.8 && even < half * 0.1) return 'le';
  if (even > half * 0.8 && odd < half * 0.1) return 'be';
  return undefined;
}

// CSI (colours, cursor; also as one C1 character), OSC, DCS and the like (titles, links; ended by BEL or ST), character
// sets, other two-byte escapes. What is left of broken or nested ones loses its escape character.
const ESCAPES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b\n]{0,4096}(?:\u0007|\u001b\\)|\u001b[ -/]{1,2}[0-~]|\u001b[0-Z\\-~]/g;

function cleanTerminal(text: string): string {
  let clean = text;
  if (clean.includes('\u001b') || clean.includes('\u009b'))
    clean = clean.replace(ESCAPES, '').replace(/[\u001b\u009b]/g, '');
  if (clean.includes('\u0008')) clean = overstrike(clean);
  if (clean.includes('\r')) {
    clean = clean.replace(/\r+\n/g, '\n');
    // A lone CR is an old Mac line end in a file without LF, otherwise a progress line drawn over.
    if (clean.includes('\r')) clean = clean.replace(/\r/g, clean.includes('\n') ? ' ' : '\n');
  }
  clean = withoutEntities(clean);
  if (HARD_SPACE.test(clean)) clean = clean.replace(/[\u00a0\u2007\u202f]/g, ' ').replace(/[\u200b\u2060\ufeff]/g, '');
  return clean;
}

const HARD_SPACE = /[\u00a0\u2007\u200b\u202f\u2060\ufeff]/;

/** Applies backspaces as a terminal does, within a line. */
function overstrike(text: string): string {
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.includes('\u0008')) {
      out.push(line);
      continue;
    }
    const kept: string[] = [];
    for (const char of line) {
      if (char === '\u0008') kept.pop();
      else kept.push(char);
    }
    out.push(kept.join(''));
  }
  return out.join('\n');
}
