import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { RULES } from '../src/rules/index.ts';
import { diagnoseTexts } from './support/diagnose.ts';
import { ROOT } from './support/files.ts';

/**
 * Every message and every root cause that gpudiag is meant to know, each with an example in the real format. `code` is
 * the finding that the example must give, `-` that it must give none; docs/not-covered.md says why.
 */
interface Entry {
  id: string;
  /** path of the example in the input */
  file: string;
  example: string;
  code: string;
  reason: string;
}

const { data: entries } = Papa.parse<Entry>(readFileSync(join(ROOT, 'test/fixtures/catalogue.csv'), 'utf8'), {
  header: true,
  skipEmptyLines: true,
});
const codes = new Set(RULES.map(({ code }) => code));
const covered = entries.filter(({ code }) => code !== '-');
const uncovered = entries.filter(({ code }) => code === '-');

it('holds every numbered entry of the catalogue', () => {
  const ids = new Set(entries.map(({ id }) => id.replace(/(?<=\d)[a-z]$/, '')));
  const numbered = (prefix: string, count: number, digits: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix}${String(i + 1).padStart(digits, '0')}`);
  for (const id of [...numbered('M', 221, 3), ...numbered('RC-', 86, 2)]) expect(ids, id).toContain(id);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
});

it('gives a reason for what is not covered, and only for that', () => {
  for (const { id, code, reason } of entries) {
    if (code === '-') expect(reason.length, id).toBeGreaterThan(10);
    else {
      expect(codes, id).toContain(code);
      expect(reason, id).toBe('');
    }
  }
});

describe('says what an entry means', () => {
  it.each(covered.map(({ id, code, file, example }) => [id, code, file, example] as const))(
    '%s: %s',
    (_id, code, file, example) => {
      const report = diagnoseTexts({ [file]: `${example}\n` });
      const present = report.findings.filter(({ state }) => state === 'present').map((finding) => finding.code);
      expect(present).toContain(code);
    },
  );
});

describe('raises no alarm at what means nothing', () => {
  it.each(uncovered.map(({ id, file, example }) => [id, file, example] as const))('%s', (_id, file, example) => {
    const report = diagnoseTexts({ [file]: `${example}\n` });
    const serious = report.findings.filter(
      ({ state, kind, severity }) =>
        state === 'present' && (kind === 'cause' || severity === 'error' || severity === 'fatal'),
    );
    expect(serious.map(({ code }) => code)).toEqual([]);
  });
});
