import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderSarif, uriOf } from '../../src/report/sarif.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { ROOT } from '../support/files.ts';
import fc from '../support/property.ts';
import { buildReport, evidence, finding, input } from '../support/report.ts';
import * as cases from './cases.ts';

/** The published schema. It is draft-04, of which it uses nothing that later drafts read otherwise, but for `id`. */
const published = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/schemas/sarif-2.1.0.json'), 'utf8')) as Record<
  string,
  unknown
>;
delete published.$schema;
delete published.id;
// One of its patterns is no regular expression in Unicode mode.
const ajv = new Ajv({
  unicodeRegExp: false,
  strict: false,
  allErrors: true,
  formats: { uri: isUri, 'uri-reference': isReference, 'date-time': true },
});
const validate = ajv.compile(published);

/** RFC 3986, the characters of a reference: nothing that would have to be encoded. */
function isReference(text: string): boolean {
  return /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/.test(text);
}
function isUri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && isReference(text);
}

interface Result {
  ruleId: string;
  ruleIndex: number;
  kind: string;
  level: string;
  message: { text: string };
  locations?: {
    physicalLocation?: { artifactLocation: { uri: string; index?: number }; region?: { startLine: number } };
  }[];
  relatedLocations?: { message: { text: string } }[];
  partialFingerprints: Record<string, string>;
}
interface Run {
  tool: { driver: { rules: { id: string; helpUri?: string }[] } };
  automationDetails?: { id: string };
  artifacts: { location: { uri: string } }[];
  invocations: { toolExecutionNotifications: { message: { text: string } }[] }[];
  results: Result[];
}

function sarifOf(reports: readonly { name?: string; report: Report }[], verbose = false): Run[] {
  const log = JSON.parse(renderSarif(reports, { verbose, rules: RULES })) as { runs: Run[] };
  const ok = validate(log);
  expect(ok, ajv.errorsText(validate.errors)).toBe(true);
  return log.runs;
}

const only = (report: Report, verbose = false): Run => sarifOf([{ report }], verbose)[0]!;

describe('the published schema', () => {
  it.each(Object.entries(cases))('holds for %s, short and verbose', (_name, report) => {
    only(report);
    only(report, true);
  });

  it('holds for the firing examples of many rules', () => {
    const rules = RULES.filter((_, i) => i % 4 === 0);
    const reports = rules.map((rule) => ({ name: rule.code, report: diagnoseTexts(rule.examples.fires[0]!.files) }));
    const runs = sarifOf(reports, true);
    expect(runs).toHaveLength(rules.length);
    runs.forEach(({ results }, i) =>
      expect(
        results.map(({ ruleId }) => ruleId),
        rules[i]!.code,
      ).toContain(rules[i]!.code),
    );
  });

  it('would notice a result without a message', () => {
    const log = JSON.parse(renderSarif([{ report: cases.noIrq }], { verbose: false, rules: RULES })) as { runs: Run[] };
    delete (log.runs[0]!.results[0] as Partial<Result>).message;
    expect(validate(log)).toBe(false);
  });
});

describe('results', () => {
  const run = only(cases.noIrq);
  const result = run.results.find(({ ruleId }) => ruleId === 'nvidia-intpin-missing')!;

  it('point at the line that proves it', () => {
    expect(result.locations![0]!.physicalLocation).toMatchObject({
      artifactLocation: { uri: 'guest/trainer/dmesg.txt' },
      region: { startLine: 815 },
    });
  });

  it('name their rule, with help', () => {
    expect(run.tool.driver.rules[result.ruleIndex]).toMatchObject({
      id: 'nvidia-intpin-missing',
      helpUri: 'https://reviews.freebsd.org/D51892',
    });
  });

  it('have an entry for every file, and point to it', () => {
    const { artifactLocation } = only(cases.noIrq).results.flatMap(({ locations }) => locations ?? [])[0]!
      .physicalLocation!;
    expect(run.artifacts[artifactLocation.index!]!.location.uri).toBe(artifactLocation.uri);
  });

  it('are failures only where something is wrong, and of level none otherwise', () => {
    const report = buildReport({
      findings: [
        finding('bad', { severity: 'fatal' }),
        finding('worth-knowing', { severity: 'info', kind: 'notice' }),
        finding('excluded', { state: 'absent', evidence: [evidence('a', 1, 'x', 'against')] }),
        finding('not-looked-at', { state: 'not-evaluated' }),
      ],
    });
    expect(only(report, true).results.map(({ kind, level }) => [kind, level])).toEqual([
      ['fail', 'error'],
      ['informational', 'none'],
      ['pass', 'none'],
      ['open', 'none'],
    ]);
    expect(only(report).results.map(({ ruleId }) => ruleId)).toEqual(['bad', 'worth-knowing']);
  });

  it('say which lines speak against them', () => {
    const report = buildReport({
      findings: [finding('one', { evidence: [evidence('a', 1, 'no', 'against'), evidence('a', 2, 'yes')] })],
    });
    const [told] = only(report).results;
    expect(told!.locations![0]!.physicalLocation!.region!.startLine).toBe(2);
    expect(told!.relatedLocations![0]!.message.text).toBe('speaks against it');
  });

  it('keep their fingerprints when lines move, and never share one', () => {
    const at = (line: number): Report =>
      buildReport({ findings: [finding('one', { evidence: [evidence('a', line, `[${line}.0] x`)] }), finding('one')] });
    const prints = (report: Report): string[] =>
      only(report).results.map(({ partialFingerprints }) => partialFingerprints['gpudiag/v1']!);
    expect(prints(at(3))).toEqual(prints(at(900)));
    expect(new Set(prints(at(3))).size).toBe(2);
    const twice = buildReport({ findings: [finding('one'), finding('one')] });
    expect(new Set(prints(twice)).size).toBe(2);
  });
});

describe('several inputs', () => {
  it('are one run each, told apart by name', () => {
    const runs = sarifOf([
      { name: 'labs/a b.tar.gz', report: cases.noIrq },
      { name: '../c', report: cases.healthy },
    ]);
    expect(runs.map(({ automationDetails }) => automationDetails?.id)).toEqual([
      'gpudiag/labs/a%20b.tar.gz/',
      'gpudiag/_/c/',
    ]);
  });

  it('report what could not be read as notifications', () => {
    const report = buildReport({
      inputs: [input('x.bin', { status: 'unreadable', problems: [{ message: 'not text', line: 3 }] })],
    });
    expect(only(report).invocations[0]!.toolExecutionNotifications.map(({ message }) => message.text)).toEqual([
      'not text',
    ]);
  });
});

describe('addresses of files', () => {
  it.each([
    ['host/pciconf.txt', 'host/pciconf.txt'],
    ['/etc/passwd', 'etc/passwd'],
    ['//evil.example/x', 'evil.example/x'],
    ['../../up', '_/_/up'],
    ['a/./b//c', 'a/b/c'],
    ['javascript:alert(1)', 'javascript%3Aalert%281%29'],
    ['C:\\temp\\x', 'C%3A/temp/x'],
    ['a b#c?d%e', 'a%20b%23c%3Fd%25e'],
    ['línea\nzwei', 'l%C3%ADnea%0Azwei'],
    ['\ud800', '%EF%BF%BD'],
    ['', '_'],
    ['-', '-'],
  ])('%j becomes %s', (path, uri) => expect(uriOf(path)).toBe(uri));

  it('stay below the folder they are read in, whatever they are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (path) => {
        const uri = uriOf(path);
        expect(isReference(uri)).toBe(true);
        expect(new URL(uri, 'file:///base/folder/').href.startsWith('file:///base/folder/')).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
