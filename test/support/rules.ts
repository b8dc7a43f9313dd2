import type { Rule } from '../../src/model/rule.ts';

/** A rule built by hand, for the core of the diagnosis. Fills in what a test does not care about. */
export const buildRule = (code: string, parts: Partial<Rule> = {}): Rule => ({
  code,
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: `Title of ${code}`,
  why: `Why ${code} happens`,
  fix: [{ text: `Fix ${code}` }],
  references: ['a document'],
  knowledge: 'seen',
  needs: [],
  check: () => [],
  examples: { fires: [], silent: [] },
  ...parts,
});
