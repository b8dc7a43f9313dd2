import { describe, expect, it } from 'vitest';
import { planNextSteps } from '../../src/diagnose/next-steps.ts';
import type { Confidence, Finding } from '../../src/model/finding.ts';
import { RULES } from '../../src/rules/index.ts';

const LOOK = 'pciconf -lvbBceV';

const overflow: Finding = {
  code: 'bar-window-overflow',
  stage: 'config',
  kind: 'cause',
  severity: 'error',
  state: 'present',
  confidence: 'possible',
  title: 'BARs do not fit',
  evidence: [],
  count: 1,
  fix: [],
  references: [],
  needs: [],
  decideWith: LOOK,
  decideOn: 'host',
};

const plan = (supplied: string[], confidence: Confidence = 'possible') =>
  planNextSteps(
    [overflow],
    [{ code: overflow.code, title: overflow.title, confidence, explains: [] }],
    RULES,
    'boot',
    'start',
    new Set(supplied),
  );

describe('next steps', () => {
  it('begin with the cheapest, and join what one command decides', () => {
    const steps = plan([]);
    expect(steps.map(({ command }) => command)[0]).toBe(LOOK);
    expect(steps.filter(({ command }) => command === LOOK)).toHaveLength(1);
    expect(steps.map(({ cost }) => cost)).toEqual(['look', 'vm-restart']);
  });

  it('do not ask for output that the evidence holds', () => {
    expect(plan([LOOK]).map(({ cost }) => cost)).toEqual(['vm-restart']);
  });

  it('are none when the cause is confirmed', () => {
    expect(plan([], 'confirmed')).toEqual([]);
  });
});
