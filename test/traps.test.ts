import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../src/rules/index.ts';
import { diagnoseFull } from './support/diagnose.ts';
import { ROOT } from './support/files.ts';

/**
 * Near misses, written by hand in the real formats, each in the form of a real case: right words without a fault, two faults
 * at once, a fault of an older boot, one symptom with several causes, healthy noise, error texts in prose. Scored by the rules
 * by which real cases are scored; `score-corpus.mjs --corpus test/traps` does the same.
 */
interface Case {
  slug: string;
  title: string;
  trap: string;
  expected: {
    cause: string;
    alsoAcceptable: string[];
    summary: string;
    mustFind: { what: string; value: string | number }[];
    mustNotReport: string[];
  };
  files: string[];
}

const FOLDER = join(ROOT, 'test/traps');
const cases = (['host', 'guest'] as const).flatMap((side) =>
  readdirSync(join(FOLDER, side))
    .sort()
    .map((slug) => ({ folder: join(FOLDER, side, slug), name: `${side}/${slug}` })),
);
const read = (folder: string): Case => JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as Case;

const codes = new Set(RULES.map(({ code }) => code));

it('is a set of at least 60, of every sort', () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  const sorts = new Map<string, number>();
  for (const { folder } of cases) {
    const { trap } = read(folder);
    sorts.set(trap, (sorts.get(trap) ?? 0) + 1);
  }
  expect(sorts.size).toBeGreaterThanOrEqual(7);
  for (const [trap, count] of sorts) expect(count, trap).toBeGreaterThanOrEqual(5);
});

describe.each(cases.map(({ name, folder }) => [name, folder] as const))('%s', (name, folder) => {
  const { slug, expected, files } = read(folder);
  const present = readdirSync(folder).filter((file) => file !== 'case.json');
  const { report } = diagnoseFull(
    Object.fromEntries(present.map((file) => [file, readFileSync(join(folder, file), 'utf8')])),
  );
  const causes = report.verdict.causes.map(({ code }) => code);
  const serious = report.findings
    .filter(({ state, severity }) => state === 'present' && (severity === 'error' || severity === 'fatal'))
    .map(({ code }) => code);

  it('is what it says', () => {
    expect(name.split('/')[1]).toBe(slug);
    expect(present.sort()).toEqual([...files].sort());
    for (const code of [expected.cause, ...expected.alsoAcceptable, ...expected.mustNotReport]) {
      if (code !== 'healthy' && code !== 'unknown') expect(codes, code).toContain(code);
    }
    // A trap must be near: something in it is understood.
    expect(report.inputs.some(({ kind }) => kind !== null)).toBe(true);
  });

  it(`comes out as ${expected.cause}`, () => {
    if (expected.cause === 'healthy') {
      expect(causes).toEqual([]);
      expect(serious).toEqual([]);
    } else if (expected.cause === 'unknown') {
      expect(report.verdict.causes.filter(({ confidence }) => confidence === 'confirmed')).toEqual([]);
    } else {
      expect([expected.cause, ...expected.alsoAcceptable]).toContain(causes[0]);
    }
  });

  it('raises no other alarm', () => {
    for (const code of expected.mustNotReport) {
      expect(causes).not.toContain(code);
      expect(serious).not.toContain(code);
    }
  });
});
