import { COSTS, type Cause, type Finding, type NextStep } from '../model/finding.ts';
import type { Rule } from '../model/rule.ts';
import { type Stage, stageIndex } from '../model/stage.ts';

/** More steps than this are no help. */
const MAX_STEPS = 8;
/** Commands for missing facts among them. */
const MAX_MISSING = 2;

/**
 * The shortest list of commands or experiments that would decide, cheapest first: the experiments of what is still open,
 * the commands that open findings name, and what would supply the facts that checks near the point of failure, or checks
 * that could explain it, are missing. Empty when a cause is confirmed. What was found does not ask again for commands in
 * `supplied`: their output is in the evidence and did not decide.
 */
export function planNextSteps(
  findings: readonly Finding[],
  causes: readonly Cause[],
  rules: readonly Rule[],
  failedAt: Stage | undefined,
  reached: Stage | undefined,
  supplied: ReadonlySet<string>,
): NextStep[] {
  if (causes[0]?.confidence === 'confirmed') return [];
  const ruleOf = new Map(rules.map((rule) => [rule.code, rule]));
  const certain = new Set(causes.filter(({ confidence }) => confidence !== 'possible').map(({ code }) => code));
  const open = findings.filter(
    ({ state, explainedBy }) => state === 'present' && (explainedBy === undefined || !certain.has(explainedBy)),
  );
  const steps: NextStep[] = [];
  for (const finding of open) {
    const rule = ruleOf.get(finding.code);
    if (rule !== undefined && (finding.kind !== 'notice' || bears(rule, open, failedAt)))
      steps.push(...(rule.experiments ?? []).filter(({ command, cost }) => cost !== 'look' || !supplied.has(command)));
    if (finding.decideWith !== undefined && !supplied.has(finding.decideWith))
      steps.push(look(finding.decideWith, finding.decideOn, [finding.code]));
  }
  steps.push(...missingFacts(findings, open, failedAt, reached, ruleOf));
  return merge(steps)
    .sort((a, b) => COSTS.indexOf(a.cost) - COSTS.indexOf(b.cost) || b.decides.length - a.decides.length)
    .slice(0, MAX_STEPS);
}

/** A notice is worth an experiment only where it could have to do with what fails. */
function bears(rule: Rule, open: readonly Finding[], failedAt: Stage | undefined): boolean {
  if (failedAt === undefined || stageIndex(rule.stage) > stageIndex(failedAt)) return false;
  return (
    rule.explains === undefined || open.some(({ code, kind }) => kind !== 'notice' && rule.explains!.includes(code))
  );
}

/** Commands for causes that could not be evaluated: those that would explain what is open, and those at its stage. */
function missingFacts(
  findings: readonly Finding[],
  open: readonly Finding[],
  failedAt: Stage | undefined,
  reached: Stage | undefined,
  ruleOf: ReadonlyMap<string, Rule>,
): NextStep[] {
  const low = reached === undefined ? 0 : stageIndex(reached);
  const high = failedAt === undefined ? low + 3 : stageIndex(failedAt);
  const unexplained = new Set(
    open.filter(({ severity }) => severity === 'error' || severity === 'fatal').map(({ code }) => code),
  );
  const byCommand = new Map<string, { command: string; on: NextStep['on']; codes: string[]; explains: number }>();
  for (const { state, decideWith, decideOn, kind, code, stage } of findings) {
    if (state !== 'not-evaluated' || decideWith === undefined || kind !== 'cause') continue;
    const explains = (ruleOf.get(code)?.explains ?? []).some((explained) => unexplained.has(explained));
    if (!explains && (stageIndex(stage) < low || stageIndex(stage) > high)) continue;
    const key = `${decideOn} ${decideWith}`;
    const entry = byCommand.get(key) ?? { command: decideWith, on: decideOn, codes: [], explains: 0 };
    entry.codes.push(code);
    entry.explains += Number(explains);
    byCommand.set(key, entry);
  }
  return [...byCommand.values()]
    .sort((a, b) => b.explains - a.explains || b.codes.length - a.codes.length)
    .slice(0, MAX_MISSING)
    .map(({ command, on, codes }) => look(command, on, codes));
}

const look = (command: string, on: NextStep['on'], decides: string[]): NextStep => ({
  command,
  ...(on !== undefined && { on }),
  cost: 'look',
  decides,
});

/** One step per command; what each decides is joined. */
function merge(steps: readonly NextStep[]): NextStep[] {
  const merged = new Map<string, NextStep>();
  for (const step of steps) {
    const key = `${step.on} ${step.command}`;
    const same = merged.get(key);
    if (same === undefined) merged.set(key, { ...step, decides: [...step.decides] });
    else {
      same.decides = [...new Set([...same.decides, ...step.decides])];
      same.why ??= step.why;
      same.outcomes ??= step.outcomes;
      for (const key of ['why', 'outcomes'] as const) if (same[key] === undefined) delete same[key];
    }
  }
  return [...merged.values()];
}
