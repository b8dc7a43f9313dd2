import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/rules/index.ts';
import { NEEDS } from '../../src/diagnose/needs.ts';
import { STAGES } from '../../src/model/stage.ts';
import { diagnoseTexts, MATRIX } from '../support/diagnose.ts';
import { globSync } from '../support/files.ts';

const codes = new Set(RULES.map(({ code }) => code));
const fileOf = new Map(globSync('src/rules', '.ts').map((file) => [file.split('/').at(-1)!.replace('.ts', ''), file]));

it('knows every rule file (npm run generate makes the list)', () => {
  const listed = new Set(RULES.map(({ stage, code }) => `src/rules/${stage}/${code}.ts`));
  const files = [...fileOf.values()].filter((file) => STAGES.some((stage) => file.startsWith(`src/rules/${stage}/`)));
  expect(files.filter((file) => !listed.has(file))).toEqual([]);
});

it('has unique codes', () => {
  expect(codes.size).toBe(RULES.length);
});

describe.each(RULES.map((rule) => [rule.code, rule] as const))('%s', (code, rule) => {
  it('lies in the folder of its stage under its code', () => {
    expect(fileOf.get(code)).toBe(`src/rules/${rule.stage}/${code}.ts`);
  });

  it('stands in the table of public codes, which people may build on', () => {
    const { stage, kind, title } = rule;
    const row = MATRIX.tables.findingCodes.get(code);
    expect(row, `add to matrix-data/tables/finding-codes.csv: ${code},${stage},${kind},"${title}"`).toBeDefined();
    expect({ stage: row!.stage, kind: row!.kind }).toEqual({ stage, kind });
  });

  it('says what, why and what to do', () => {
    expect(rule.title).toMatch(/[^.!\s]$/);
    expect(rule.title.length).toBeLessThanOrEqual(90);
    expect(rule.why.length).toBeGreaterThan(40);
    if (rule.kind === 'cause') expect(rule.fix.length).toBeGreaterThan(0);
    expect(rule.references.length).toBeGreaterThan(0);
  });

  it('explains only codes that exist, and not itself', () => {
    for (const explained of rule.explains ?? []) {
      expect(codes, `explains ${explained}`).toContain(explained);
      expect(explained).not.toBe(code);
    }
    for (const step of rule.experiments ?? [])
      for (const decided of step.decides) expect(codes, `decides ${decided}`).toContain(decided);
    for (const need of [...rule.needs, ...(rule.needsAny ?? [])]) expect(NEEDS).toHaveProperty([need]);
  });

  it('has patterns the scanner can find', () => {
    for (const { regex, literals } of Object.values(rule.patterns ?? {})) {
      expect(regex.flags).not.toMatch(/[gy]/);
      expect(literals.length).toBeGreaterThan(0);
      for (const literal of literals) expect(literal.length, literal).toBeGreaterThanOrEqual(4);
    }
  });

  it('has at least one example that fires and one near miss', () => {
    expect(rule.examples.fires.length).toBeGreaterThan(0);
    expect(rule.examples.silent.length).toBeGreaterThan(0);
  });

  it.each(rule.examples.fires.map((example) => [example.name, example] as const))('fires: %s', (_name, example) => {
    const report = diagnoseTexts(example.files);
    const present = report.findings.filter((finding) => finding.code === code && finding.state === 'present');
    expect(present.length).toBeGreaterThan(0);
    for (const [key, value] of Object.entries(example.expect ?? {})) expect(present[0]).toHaveProperty(key, value);
    if (rule.severity !== 'info') expect(present[0]!.evidence.length).toBeGreaterThan(0);
    for (const { quote } of present[0]!.evidence) expect(quote.trim()).not.toBe('');
  });

  it.each(rule.examples.silent.map((example) => [example.name, example] as const))(
    'stays silent: %s',
    (_name, example) => {
      const report = diagnoseTexts(example.files);
      expect(report.findings.filter((finding) => finding.code === code && finding.state === 'present')).toEqual([]);
      // A near miss must be near: its input is understood.
      expect(report.inputs.some(({ status }) => status === 'parsed' || status === 'partly')).toBe(true);
    },
  );
});
