/** What is mutated: the examples of all parsers and rules, the shipped examples, and the traps. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RULES } from '../../src/rules/index.ts';
import { globSync, ROOT } from '../support/files.ts';
import { EXAMPLES } from '../support/identify.ts';

export interface Seed {
  /** path inside a bundle */
  path: string;
  bytes: Buffer;
}

/** Larger files tell nothing that smaller ones do not, and take their time. */
const MAX_BYTES = 64 * 1024;

export function loadSeeds(): Seed[] {
  const seeds = new Map<string, Seed>();
  const add = (path: string, text: string | Buffer): void => {
    const bytes = Buffer.from(text as string);
    if (bytes.length > 0 && bytes.length <= MAX_BYTES) seeds.set(bytes.toString('latin1'), { path, bytes });
  };
  for (const { kind, text } of EXAMPLES) add(`${kind}.txt`, text);
  for (const { examples } of RULES) {
    for (const { files } of [...examples.fires, ...examples.silent]) {
      for (const [path, text] of Object.entries(files)) add(path, text);
    }
  }
  for (const folder of ['examples', 'test/traps']) {
    for (const file of globSync(folder, '')) {
      if (/\.[a-z-]+$/.test(file)) add(basename(file), readFileSync(join(ROOT, file)));
    }
  }
  return [...seeds.values()];
}
