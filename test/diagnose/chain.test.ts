import { describe, expect, it } from 'vitest';
import { linkCauses } from '../../src/diagnose/chain.ts';
import { CONFIDENCES, type Finding, SEVERITIES } from '../../src/model/finding.ts';
import { STAGES } from '../../src/model/stage.ts';
import fc from '../support/property.ts';
import { finding } from '../support/report.ts';
import { buildRule } from '../support/rules.ts';

const rules = (explains: Record<string, string[]>) =>
  ['a', 'b', 'c', 'd'].map((code) => buildRule(code, { explains: explains[code] ?? [] }));
const cause = (code: string, parts: Partial<Finding> = {}): Finding =>
  finding(code, { confidence: 'confirmed', ...parts });
const roles = (findings: readonly Finding[]) =>
  findings.map(({ code, role, explainedBy }) => [code, role, explainedBy]);

describe('consequences', () => {
  it('fold under what explains them, over several steps', () => {
    const findings = [cause('a'), cause('b'), finding('c', { kind: 'symptom', confidence: 'confirmed' })];
    const causes = linkCauses(findings, rules({ a: ['b'], b: ['c'] }));
    expect(causes).toMatchObject([{ code: 'a', confidence: 'confirmed', explains: ['b', 'c'] }]);
    expect(roles(findings)).toEqual([
      ['a', 'root', undefined],
      ['b', 'consequence', 'a'],
      ['c', 'consequence', 'b'],
    ]);
  });

  it('stay by themselves when what would explain them is not there', () => {
    const findings = [
      cause('b'),
      { ...cause('a'), state: 'absent' as const },
      { ...cause('d'), state: 'not-evaluated' as const },
    ];
    expect(linkCauses(findings, rules({ a: ['b'], d: ['b'] })).map(({ code }) => code)).toEqual(['b']);
    expect(findings[1]!.role).toBeUndefined();
  });

  it('are judged anew, whatever was said of them among others', () => {
    const [explaining, explained] = [cause('a'), cause('b')];
    const own = rules({ a: ['b'] });
    linkCauses([explaining, explained], own);
    expect(explained.explainedBy).toBe('a');
    expect(linkCauses([explained], own).map(({ code }) => code)).toEqual(['b']);
    expect(roles([explained])).toEqual([['b', 'root', undefined]]);
  });

  it('symptoms and notices without an explanation are no causes', () => {
    const findings = [finding('a', { kind: 'symptom' }), finding('b', { kind: 'notice' })];
    expect(linkCauses(findings, rules({}))).toEqual([]);
    expect(roles(findings)).toEqual([
      ['a', 'independent', undefined],
      ['b', 'independent', undefined],
    ]);
  });

  it('go to the most certain of several explanations', () => {
    const findings = [
      cause('a', { confidence: 'possible' }),
      cause('b', { confidence: 'likely' }),
      finding('c', { kind: 'symptom' }),
    ];
    linkCauses(findings, rules({ a: ['c'], b: ['c'] }));
    expect(findings[2]!.explainedBy).toBe('b');
  });

  it('of one code on two cards are one cause', () => {
    const findings = [
      cause('a', { subject: { guestBdf: '0000:00:06.0' } }),
      cause('a', { subject: { guestBdf: '0000:00:07.0' } }),
    ];
    expect(linkCauses(findings, rules({}))).toMatchObject([{ code: 'a', subject: { guestBdf: '0000:00:06.0' } }]);
  });
});

describe('a cause', () => {
  it('does not give way to a symptom', () => {
    const findings = [cause('a', { kind: 'symptom' }), cause('b')];
    expect(linkCauses(findings, rules({ a: ['b'] })).map(({ code }) => code)).toEqual(['b']);
  });

  it.each([
    ['confirmed', 'confirmed', ['a']],
    ['likely', 'possible', ['a']],
    ['possible', 'possible', ['a']],
    ['possible', 'likely', ['b', 'a']],
    ['possible', 'confirmed', ['b', 'a']],
    ['likely', 'confirmed', ['b', 'a']],
  ] as const)('explained by a %s one, itself %s, leaves %j', (explaining, explained, expected) => {
    const findings = [cause('a', { confidence: explaining }), cause('b', { confidence: explained })];
    expect(linkCauses(findings, rules({ a: ['b'] })).map(({ code }) => code)).toEqual(expected);
  });

  it('that is seen gives way to a likely one of an earlier stage, not to a possible one', () => {
    const chain = (confidence: 'likely' | 'possible') => [
      cause('a', { confidence, stage: 'enumerate' }),
      cause('b', { confidence: 'confirmed', stage: 'init' }),
    ];
    expect(linkCauses(chain('likely'), rules({ a: ['b'] })).map(({ code }) => code)).toEqual(['a']);
    expect(linkCauses(chain('possible'), rules({ a: ['b'] })).map(({ code }) => code)).toEqual(['b', 'a']);
  });
});

describe('the order', () => {
  it('is certainty, then severity, then the way of the card', () => {
    const findings = [
      cause('d', { confidence: 'likely', severity: 'fatal', stage: 'host' }),
      cause('c', { severity: 'error', stage: 'init' }),
      cause('b', { severity: 'error', stage: 'boot' }),
      cause('a', { severity: 'fatal', stage: 'run' }),
    ];
    expect(linkCauses(findings, rules({})).map(({ code }) => code)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('puts what was only inferred behind its equals', () => {
    const own = [buildRule('a', { knowledge: 'inferred' }), buildRule('b')];
    const findings = [
      cause('a', { confidence: 'possible', severity: 'fatal' }),
      cause('b', { confidence: 'possible' }),
    ];
    expect(linkCauses(findings, own).map(({ code }) => code)).toEqual(['b', 'a']);
  });
});

describe('circles', () => {
  it('of two end at the stronger', () => {
    const findings = [cause('a', { stage: 'run' }), cause('b', { stage: 'boot' })];
    expect(linkCauses(findings, rules({ a: ['b'], b: ['a'] }))).toMatchObject([{ code: 'b', explains: ['a'] }]);
  });

  it('of three leave a cause', () => {
    const findings = [cause('a', { severity: 'fatal' }), cause('b'), cause('c')];
    const causes = linkCauses(findings, rules({ a: ['b'], b: ['c'], c: ['a'] }));
    expect(causes).toMatchObject([{ code: 'a', explains: ['b', 'c'] }]);
  });

  it('of any rules leave something to blame, and every cause is one or below one', () => {
    const codes = ['a', 'b', 'c', 'd', 'e'];
    const some = fc.subarray(codes);
    const one = fc.record({
      code: fc.constantFrom(...codes),
      confidence: fc.constantFrom(...CONFIDENCES),
      severity: fc.constantFrom(...SEVERITIES),
      stage: fc.constantFrom(...STAGES),
      kind: fc.constantFrom('cause' as const, 'symptom' as const, 'notice' as const),
    });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 8 }),
        fc.array(some, { minLength: 5, maxLength: 5 }),
        (parts, explains) => {
          const own = codes.map((code, i) =>
            buildRule(code, { explains: explains[i]!.filter((other) => other !== code) }),
          );
          const findings = parts.map(({ code, ...rest }) => finding(code, rest));
          const causes = linkCauses(findings, own);
          if (findings.some(({ kind }) => kind === 'cause')) expect(causes.length).toBeGreaterThan(0);
          for (const { role, explainedBy } of findings) expect(role === 'consequence').toBe(explainedBy !== undefined);
          const led = new Set(causes.flatMap(({ code, explains: below }) => [code, ...below]));
          for (const { code, kind } of findings) if (kind === 'cause') expect(led).toContain(code);
          for (const { code, explains: below } of causes) expect(below).not.toContain(code);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
