/**
 * A fixed number of mutated inputs through the whole program, and every input that was ever found to do harm. More of them:
 * `npm run fuzz -- --minutes 10`.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { globSync, ROOT } from '../support/files.ts';
import { check } from './check.ts';
import { loadSeeds, type Seed } from './corpus.ts';
import { createCase, createRandom } from './mutate.ts';

const CASES = 180;
const BATCHES = 6;

let seeds: Seed[];
beforeAll(() => {
  seeds = loadSeeds();
});

describe('mutated inputs', () => {
  it.each(Array.from({ length: BATCHES }, (_, i) => i))('batch %i does no harm', async (batch) => {
    for (let seed = batch; seed < CASES; seed += BATCHES) {
      const found = await check(await createCase(seed, seeds));
      expect(found, `npm run fuzz -- --seed ${seed} --cases 1`).toBeUndefined();
    }
  });

  it('follow from their seed', async () => {
    const [first, again, other] = [await createCase(7, seeds), await createCase(7, seeds), await createCase(8, seeds)];
    expect(first.bytes.equals(again.bytes)).toBe(true);
    expect(first.bytes.equals(other.bytes)).toBe(false);
    const random = createRandom(1);
    const values = Array.from({ length: 1000 }, () => random(10));
    expect(new Set(values).size).toBe(10);
  });

  it('are of every kind: texts, archives, packed archives', async () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 60; seed += 1) {
      const { name, bytes } = await createCase(seed, seeds);
      kinds.add(name === 'bundle.tar.gz' ? (bytes[0] === 0x1f ? 'packed' : 'archive') : 'text');
    }
    expect([...kinds].sort()).toEqual(['archive', 'packed', 'text']);
  });
});

describe('what once did harm', () => {
  const files = globSync('test/fixtures/fuzz', '');
  it.each(files)('%s', async (file) => {
    const bytes = readFileSync(join(ROOT, file));
    expect(await check({ name: basename(file).replace(/^[0-9a-f]+-/, ''), bytes })).toBeUndefined();
  });

  it('is kept', () => expect(files.length).toBeGreaterThan(0));
});

describe('the check', () => {
  it('finds what it looks for', async () => {
    const text = Buffer.from('vmm_load="YES"\npptdevs="1/0/0"\n');
    expect(await check({ name: 'loader.conf', bytes: text })).toBeUndefined();
    const broken = {
      name: 'loader.conf',
      get bytes(): Buffer {
        throw new Error('boom');
      },
    };
    expect(await check(broken)).toMatchObject({ what: expect.stringMatching(/^throws/) as string, detail: 'boom' });
  });
});
