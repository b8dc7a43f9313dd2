import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderJson } from '../../src/report/json.ts';
import * as cases from './cases.ts';

/** The same value with the keys of all objects in reverse order. */
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, reversed(inner)]),
        )
      : value;

describe.each(Object.entries(cases))('%s', (_, report) => {
  it('says the same as the report', () => {
    expect(JSON.parse(renderJson(report))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('holds nothing a terminal acts on', () => {
    expect(renderJson(report)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cf}\p{Cs}\u2028\u2029]/u);
  });
});

describe('key order', () => {
  // Facts are what parsers made of their texts: the schema does not name their keys.
  const report: Report = { ...cases.noIrq, facts: { host: {}, guests: [] } };

  it('is that of the schema, however the report was put together', () => {
    expect(renderJson(reversed(report) as Report)).toBe(renderJson(report));
    const keys = Object.keys(JSON.parse(renderJson(reversed(report) as Report)) as object);
    expect(keys).toEqual([
      'schemaVersion',
      'tool',
      'inputs',
      'facts',
      'overview',
      'findings',
      'verdict',
      'cards',
      'matrix',
    ]);
  });

  it('puts keys that the schema does not name last and keeps them', () => {
    const tool = { extra: 1, version: '1.2.3', name: 'gpudiag' } as Report['tool'];
    expect(renderJson({ ...report, tool })).toContain('"name": "gpudiag",\n    "version": "1.2.3",\n    "extra": 1\n');
  });

  it('treats __proto__ as a plain key', () => {
    const facts = JSON.parse('{"host": {"k": [{"__proto__": 1}]}, "guests": []}') as Report['facts'];
    expect(renderJson({ ...cases.nothing, facts })).toContain('"__proto__": 1');
  });
});
