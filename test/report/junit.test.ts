import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderJunit } from '../../src/report/junit.ts';
import type { Report } from '../../src/model/report.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { ROOT } from '../support/files.ts';
import { buildReport, evidence, finding, stages } from '../support/report.ts';
import * as cases from './cases.ts';

const XSD = join(ROOT, 'test/fixtures/schemas/junit-10.xsd');
const hasXmllint = spawnSync('xmllint', ['--version']).error === undefined;
if (!hasXmllint) console.warn('skipped: JUnit against its schema, because xmllint is not installed (libxml2-utils)');

const junitOf = (report: Report, failOn: 'error' | 'warning' | 'never' = 'error'): string =>
  renderJunit([{ report }], { failOn });

/** The test cases, by name: how each ended. Reads only what this program writes. */
function endsOf(xml: string): Record<string, string> {
  const ends: Record<string, string> = {};
  for (const [, name, rest] of xml.matchAll(/<testcase [^>]*?\bname="([^"]*)"[^>]*?(\/>|>[\s\S]*?<\/testcase>)/g)) {
    ends[name!] = /<(failure|skipped)\b/.exec(rest!)?.[1] ?? 'passed';
  }
  return ends;
}

describe('the schema of Jenkins', () => {
  const lint = (xml: string): { status: number | null; stderr: string } =>
    spawnSync('xmllint', ['--nonet', '--noout', '--schema', XSD, '-'], { input: xml, encoding: 'utf8' });

  it.skipIf(!hasXmllint).each(Object.entries(cases))('holds for %s', (_name, report) => {
    const { status, stderr } = lint(junitOf(report));
    expect(status, stderr).toBe(0);
  });

  it.skipIf(!hasXmllint)('holds for the firing examples of many rules in one document', () => {
    const all = RULES.filter((_, i) => i % 8 === 0).map((rule) => ({
      name: rule.code,
      report: diagnoseTexts(rule.examples.fires[0]!.files),
    }));
    const { status, stderr } = lint(renderJunit(all, { failOn: 'error' }));
    expect(status, stderr).toBe(0);
  });

  it.skipIf(!hasXmllint)('would notice a suite without a name', () => {
    expect(lint(junitOf(cases.noIrq).replace(/<testsuite name="[^"]*"/, '<testsuite')).status).not.toBe(0);
  });
});

describe('what becomes of findings', () => {
  const report = buildReport({
    findings: [
      finding('the-cause', {
        severity: 'fatal',
        role: 'root',
        confidence: 'confirmed',
        evidence: [evidence('a', 4, 'x')],
      }),
      finding('what-follows', { kind: 'symptom', role: 'consequence', explainedBy: 'the-cause' }),
      finding('a-warning', { severity: 'warning' }),
      finding('excluded', { state: 'absent' }),
      finding('unseen', { state: 'not-evaluated', needs: ['guest-log'], decideWith: 'dmesg' }),
    ],
    verdict: { stages: stages({ passed: 'load', failed: 'probe', because: 'no interrupt' }) },
  });

  it('fails once for one fault, and skips what follows or was not looked at', () => {
    expect(endsOf(junitOf(report))).toMatchObject({
      'the-cause': 'failure',
      'what-follows': 'skipped',
      'a-warning': 'passed',
      excluded: 'passed',
      unseen: 'skipped',
      load: 'passed',
      probe: 'failure',
      init: 'skipped',
    });
  });

  it('fails from the severity that was asked for', () => {
    expect(endsOf(junitOf(report, 'warning'))['a-warning']).toBe('failure');
    expect(endsOf(junitOf(report, 'never'))['the-cause']).not.toBe('failure');
  });

  it('fails for a consequence whose root is not severe enough itself', () => {
    const mild = buildReport({
      findings: [
        finding('mild', { severity: 'warning', role: 'root' }),
        finding('grave', { kind: 'symptom', role: 'consequence', explainedBy: 'mild' }),
      ],
    });
    expect(endsOf(junitOf(mild))).toMatchObject({ mild: 'passed', grave: 'failure' });
  });

  it('says where and what would decide', () => {
    expect(junitOf(report)).toContain('a:4: x');
    expect(junitOf(report)).toContain('missing: guest-log. Would decide: dmesg');
  });

  it('counts what it holds', () => {
    const xml = junitOf(report);
    const ends = Object.values(endsOf(xml));
    const [, tests, failures] = /<testsuites name="gpudiag" tests="(\d+)" failures="(\d+)" errors="0">/.exec(xml)!;
    expect(Number(tests)).toBe(ends.length);
    expect(Number(failures)).toBe(ends.filter((end) => end === 'failure').length);
  });

  it('never has two tests of one name in a suite', () => {
    const twice = buildReport({ findings: [finding('one'), finding('one'), finding('one')] });
    expect(Object.keys(endsOf(junitOf(twice)))).toEqual(expect.arrayContaining(['one', 'one #2', 'one #3']));
  });
});

describe('several cases', () => {
  it('have suites of their own name', () => {
    const xml = renderJunit(
      [
        { name: 'a.tar.gz', report: cases.noIrq },
        { name: 'b <&">', report: cases.healthy },
      ],
      { failOn: 'error' },
    );
    expect(xml).toContain('<testsuite name="gpudiag.a.tar.gz.stages"');
    expect(xml).toContain('<testsuite name="gpudiag.b &lt;&amp;&quot;&gt;.stages"');
  });
});

describe('text of the evidence', () => {
  it('never holds what XML 1.0 cannot, nor ends what it stands in', () => {
    const nasty = 'a\u0000\u0001\u000b\ufffe\uffff\ud800 ]]> </failure><x a="b\'c"> & é漢\u{1f600}';
    const xml = junitOf(
      buildReport({ findings: [finding('one', { title: nasty, evidence: [evidence(nasty, 1, nasty)] })] }),
    );
    expect(xml).not.toMatch(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
    expect(xml).not.toContain(']]>');
    expect(xml.match(/<\/failure>/g)).toHaveLength(1);
    expect(xml).toContain('é漢\u{1f600}');
  });
});
