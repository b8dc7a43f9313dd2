import { basename } from 'node:path';
import { globSync } from '../support/files.ts';
import { describe, expect, it } from 'vitest';
import type { Parser } from '../../src/model/parser.ts';
import { headerExample } from '../support/examples.ts';
import fc from '../support/property.ts';

const files = [...globSync('parsers/host', '.ts'), ...globSync('parsers/guest', '.ts')];

/** Text that looks like what parsers meet: real fragments, control characters, long runs, odd unicode. */
const awkwardText = (sample: string) => {
  const words = sample.split(/(\s+)/).filter((word) => word.length > 0);
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...(words.length > 0 ? words : ['x'])) },
    fc.constantFrom(
      '\n',
      '\t',
      '=',
      ':',
      '"',
      "'",
      '/',
      '#',
      '\\',
      '\u0000',
      '\u001b[31m',
      '__proto__',
      '-',
      '0x',
      '{',
      '}',
      '<',
      '>',
      ',',
    ),
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  return fc.array(piece, { maxLength: 120 }).map((pieces) => pieces.join(''));
};

describe.each(files)('%s', (file) => {
  const load = async (): Promise<Parser> =>
    ((await import(/* @vite-ignore */ new URL(`../../${file}`, import.meta.url).href)) as { default: Parser }).default;

  it('is named after its kind', async () => {
    expect((await load()).kind).toBe(basename(file, '.ts'));
  });

  it('says what it is and where it comes from', async () => {
    const { title, source } = await load();
    expect(title).toMatch(/\S/);
    expect(source).toMatch(/\S/);
  });

  it('gives what its header example shows', async () => {
    const parser = await load();
    const { text, expected } = headerExample(file);
    expect(Object.keys(expected as object).length, 'the json block is empty').toBeGreaterThan(0);
    const { facts } = parser.parse(text);
    expect(JSON.parse(JSON.stringify(facts))).toMatchObject(expected as object);
  });

  it('knows its own example, by marker or by recognise', async () => {
    const parser = await load();
    const { text } = headerExample(file);
    const marked = text.split('\n').some((line) => parser.markers.some((marker) => marker.test(line)));
    expect(marked || parser.recognise?.(text) === true).toBe(true);
  });

  it('has markers without state', async () => {
    for (const marker of (await load()).markers) expect(marker.flags).not.toMatch(/[gy]/);
  });

  it('finds nothing in an empty text', async () => {
    expect((await load()).parse('').facts).toBeUndefined();
  });

  it('never throws, stays serialisable and keeps lines in range', async () => {
    const parser = await load();
    const { text: sample } = headerExample(file);
    fc.assert(
      fc.property(awkwardText(sample), (text) => {
        const { facts, problems } = parser.parse(text);
        const count = text.split('\n').length;
        for (const problem of problems) expect(problem.line ?? 1).toBeLessThanOrEqual(count);
        JSON.stringify(facts, (key, value: unknown) => {
          if (key === 'line') {
            expect(Number.isInteger(value)).toBe(true);
            expect(value).toBeGreaterThanOrEqual(1);
            expect(value).toBeLessThanOrEqual(count);
          }
          return value;
        });
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });
});
