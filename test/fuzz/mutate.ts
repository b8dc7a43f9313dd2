/** Changes texts and archives in the ways that damage, chance and ill will do. Everything follows from the seed. */
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import type { Seed } from './corpus.ts';

export type Random = (below: number) => number;

export interface Case {
  /** name of the input */
  name: string;
  bytes: Buffer;
}

/** Bits of a 32-bit state that are all as random as each other (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % below;
  };
}

/** What terminals, pages, spreadsheets, objects and numbers trip over. */
const SPICE = [
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://x.invalid\u001b\\',
  '\u001bP1$r\u001b\\',
  '\u009b2J',
  '\u0007',
  '\b\b\b',
  '\r',
  '\u0000',
  '\u007f',
  '\u0085',
  '\u202e',
  '\u2066x\u2069',
  '\u200f',
  '\u2028',
  '\ufeff',
  '\ud83d\ude00',
  '\u0301\u0301\u0301',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '&lt;&#0;',
  ']]>',
  '<!DOCTYPE x [<!ENTITY a "&a;&a;">]>',
  '](javascript:alert(1))',
  '```',
  '| --- |',
  '[/code]',
  '@everyone',
  '=HYPERLINK("http://x.invalid")',
  '+1+cmd|',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '{"__proto__":{"polluted":1}}',
  '%s%n%00',
  '../../../etc/passwd',
  '\\x00',
  '$(reboot)',
  "';--",
];

const NUMBERS = [
  '0',
  '-1',
  '-0',
  '1e309',
  'NaN',
  '0x',
  '0xffffffffffffffff',
  '0x1ffffffffffffffffffffffff',
  '18446744073709551616',
  '9007199254740993',
  '4294967296',
  '99999999999999999999999999999999',
  '65536',
  '1000000',
  '00000000',
  '١٢٣',
];

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

type Mutation = (bytes: Buffer, random: Random, seeds: readonly Seed[]) => Buffer;

const lines = (change: (all: string[], random: Random, seeds: readonly Seed[]) => void): Mutation => {
  return (bytes, random, seeds) => {
    const all = bytes.toString('latin1').split('\n');
    change(all, random, seeds);
    return Buffer.from(all.join('\n'), 'latin1');
  };
};

const splice = (bytes: Buffer, at: number, remove: number, insert: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

/** Longest run that a mutation makes. */
const LONG = 20_000;

const MUTATIONS: readonly Mutation[] = [
  // bits
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let i = random(8) + 1; i > 0 && copy.length > 0; i -= 1) copy[random(copy.length)]! ^= 1 << random(8);
    return copy;
  },
  // truncation, at either end
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random(bytes.length + 1)),
  // inserted sequences
  (bytes, random) => splice(bytes, random(bytes.length + 1), random(4), Buffer.from(pick(random, SPICE))),
  (bytes, random) => {
    const text = bytes.toString('latin1');
    const spice = Buffer.from(pick(random, SPICE)).toString('latin1');
    const words = text.split(/(\s+)/);
    words[random(words.length)] = spice;
    return Buffer.from(words.join(''), 'latin1');
  },
  // numbers
  (bytes, random) => {
    const text = bytes.toString('latin1');
    const found = [...text.matchAll(/0x[0-9a-f]+|\d+/gi)];
    if (found.length === 0) return bytes;
    const { index, 0: old } = pick(random, found);
    return splice(bytes, index, old.length, Buffer.from(pick(random, NUMBERS)));
  },
  // duplicated, deleted, swapped, moved lines
  lines((all, random) => all.splice(random(all.length), 0, ...all.slice(random(all.length)).slice(0, random(20) + 1))),
  lines((all, random) => all.splice(random(all.length), random(6) + 1)),
  lines((all, random) => {
    const [a, b] = [random(all.length), random(all.length)];
    [all[a], all[b]] = [all[b]!, all[a]!];
  }),
  lines((all, random) => {
    const at = random(all.length);
    for (let i = random(60); i > 0; i -= 1) all.splice(at, 0, all[at]!);
  }),
  // a line without end, of one character or of itself
  lines((all, random) => {
    const at = random(all.length);
    const part = random(2) === 0 ? pick(random, [' ', '(', '[', '0', 'a', '\t', '<', '"', '\\', '=']) : all[at]! || 'x';
    all[at] += part.repeat(Math.ceil(random(LONG) / part.length));
  }),
  // indentation, blank lines, line ends
  lines((all, random) => {
    const margin = pick(random, [' ', '\t', '> ', '# ', '| ', '  * ']);
    for (let i = 0; i < all.length; i += 1) all[i] = margin + all[i]!;
  }),
  lines((all, random) => {
    const end = pick(random, ['\r', ' ', '\\', ';', ',']);
    for (let i = 0; i < all.length; i += 1) all[i] += end;
  }),
  // parts of another text
  (bytes, random, seeds) => {
    const other = pick(random, seeds).bytes;
    const from = random(other.length);
    return splice(bytes, random(bytes.length + 1), random(100), other.subarray(from, from + random(2000)));
  },
  lines((all, random, seeds) => {
    const other = pick(random, seeds).bytes.toString('latin1').split('\n');
    all.splice(random(all.length), 0, ...other);
  }),
  // nesting
  (bytes, random) => {
    const [open, close] = pick(random, [
      ['[', ']'],
      ['{"a":', '}'],
      ['<a>', '</a>'],
      ['(', ')'],
      ['"', '"'],
    ] as const);
    const times = random(5000);
    return splice(
      bytes,
      random(bytes.length + 1),
      0,
      Buffer.from(open.repeat(times) + (random(2) === 0 ? close.repeat(times) : '')),
    );
  },
  // encodings
  (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
];

function mutate(bytes: Buffer, random: Random, seeds: readonly Seed[]): Buffer {
  let changed = bytes;
  for (let i = random(4) + 1; i > 0; i -= 1) changed = pick(random, MUTATIONS)(changed, random, seeds);
  return changed;
}

/** The case that follows from a seed: mostly one text, sometimes a bundle of several, sometimes a damaged archive. */
export async function createCase(seed: number, seeds: readonly Seed[]): Promise<Case> {
  const random = createRandom(seed);
  const first = pick(random, seeds);
  const text = mutate(first.bytes, random, seeds);
  if (random(4) > 0) return { name: random(3) === 0 ? 'x' : first.path.split('/').at(-1)!, bytes: text };
  const files = [{ path: first.path, bytes: text }];
  for (let i = random(5); i > 0; i -= 1) {
    const { path, bytes } = pick(random, seeds);
    files.push({ path, bytes: random(2) === 0 ? bytes : mutate(bytes, random, seeds) });
  }
  const entries = files.map(({ path, bytes }) => ({
    header: { name: path, size: bytes.length, type: 'file' as const, mtime: new Date(0) },
    body: new Uint8Array(bytes),
  }));
  const tar = Buffer.from(await packTar(entries));
  const harm = random(3);
  const bits = MUTATIONS[0]!;
  const archive = harm === 0 ? bits(tar, random, seeds) : tar;
  const packed = random(2) === 0 ? archive : gzipSync(archive);
  return {
    name: 'bundle.tar.gz',
    bytes: harm === 1 ? pick(random, MUTATIONS.slice(0, 3))(packed, random, seeds) : packed,
  };
}
