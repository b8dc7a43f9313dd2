import { COSTS, type Cause, type Finding, type NextStep } from '../model/finding.ts';
import type { Rule } from '../model/rule.ts';
import { type Stage, stageIndex } from '../model/stage.ts';

/** More steps than this are no help. */
const MAX_STEPS = 7;

/**
 * The shortest list of commands or experiments that would decide, cheapest first: the experiments of the causes that
 * are still open, the commands that open findings name, then what would supply missing facts near the point of failure.
 * Empty when a cause is confirmed and nothing else is open.
 */
export function planNextSteps(
  findings: readonly Finding[],
  causes: readonly Cause[],
  rules: readonly Rule[],
  failedAt: Stage | undefined,
  reached: Stage | undefined,
): NextStep[] {
  const ruleOf = new Map(rules.map((rule) => [rule.code, rule]));
  const steps: NextStep[] = [];
  if (causes[0]?.confidence === 'confirmed') return [];
  for (const cause of causes) steps.push(...(ruleOf.get(cause.code)?.experiments ?? []));
  for (const finding of findings) {
    if (finding.state !== 'present' || finding.decideWith === undefined || finding.role === 'consequence') continue;
    steps.push(look(finding.decideWith, [finding.code], ruleOf.get(finding.code)));
  }
  steps.push(...missingFacts(findings, failedAt, reached, ruleOf));
  return merge(steps)
    .sort((a, b) => COSTS.indexOf(a.cost) - COSTS.indexOf(b.cost) || b.decides.length - a.decides.length)
    .slice(0, MAX_STEPS);
}

/** Commands for rules that could not be evaluated, around the point of failure only. */
function missingFacts(
  findings: readonly Finding[],
  failedAt: Stage | undefined,
  reached: Stage | undefined,
  ruleOf: ReadonlyMap<string, Rule>,
): NextStep[] {
  const low = reached === undefined ? 0 : stageIndex(reached);
  const high = failedAt === undefined ? low + 3 : stageIndex(failedAt);
  const byCommand = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.state !== 'not-evaluated' || finding.decideWith === undefined || finding.kind !== 'cause') continue;
    const stage = stageIndex(finding.stage);
    if (stage < low || stage > high) continue;
    byCommand.set(finding.decideWith, [...(byCommand.get(finding.decideWith) ?? []), finding]);
  }
  return [...byCommand]
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, 2)
    .map(([command, open]) => look(command, open.map(({ code }) => code), ruleOf.get(open[0]!.code)));
}

function look(command: string, decides: string[], rule: Rule | undefined): NextStep {
  const guest = rule !== undefined && stageIndex(rule.stage) >= stageIndex('enumerate');
  return { command, on: guest ? 'guest' : 'host', cost: 'look', decides };
}

/** One step per command; what each decides is joined. */
function merge(steps: readonly NextStep[]): NextStep[] {
  const merged = new Map<string, NextStep>();
  for (const step of steps) {
    const same = merged.get(step.command);
    if (same === undefined) merged.set(step.command, { ...step, decides: [...step.decides] });
    else {
      same.decides = [...new Set([...same.decides, ...step.decides])];
      same.why ??= step.why;
      same.outcomes ??= step.outcomes;
      for (const key of ['why', 'outcomes'] as const) if (same[key] === undefined) delete same[key];
    }
  }
  return [...merged.values()];
}
