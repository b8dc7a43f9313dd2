import { CONFIDENCES, type Confidence, type Finding } from '../model/finding.ts';
import type { Guest } from '../model/guest.ts';
import type { Host } from '../model/host.ts';
import type { LogHit } from '../model/pattern.ts';
import type { Claim, Rule, RuleInput } from '../model/rule.ts';
import { stageIndex } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { works } from './combine/guest-smi.ts';
import { NEEDS } from './needs.ts';
import type { Quoter } from './quote.ts';
import { bootsOf, type Reading } from './read.ts';

export interface EvaluationInput {
  host: Host;
  guests: readonly Guest[];
  tables: Tables;
  reading: Reading;
  quoter: Quoter;
}

/** Runs the rules. A rule whose needs are missing gives one finding that says what would decide. */
export function evaluate(rules: readonly Rule[], input: EvaluationInput): Finding[] {
  return rules.flatMap((rule) => evaluateRule(rule, input));
}

function evaluateRule(rule: Rule, { host, guests, tables, reading, quoter }: EvaluationInput): Finding[] {
  const has: RuleInput['has'] = (need) => NEEDS[need].met(host, guests, reading);
  const missing = rule.needs.filter((need) => !has(need));
  const alternatives = rule.needsAny ?? [];
  if (alternatives.length > 0 && !alternatives.some(has)) missing.push(alternatives[0]!);
  if (missing.length > 0) {
    // One machine at a time: what the others would add is asked for when this is there.
    const { on } = NEEDS[missing[0]!];
    const commands = new Set(missing.filter((need) => NEEDS[need].on === on).map((need) => NEEDS[need].command));
    return [
      { ...blank(rule), state: 'not-evaluated', needs: missing, decideWith: [...commands].join('; '), decideOn: on },
    ];
  }
  const all = reading.hits.get(rule) ?? [];
  const current = all.filter((hit) => isLastBoot(hit, reading) && !isRetried(hit, rule, guests));
  const claims = rule.check({
    host,
    guests,
    tables,
    has,
    hits: (pattern) => current.filter((hit) => hit.pattern === pattern),
    hitsOfAllBoots: (pattern) => all.filter((hit) => hit.pattern === pattern),
  });
  return claims.map((claim) => toFinding(rule, claim, quoter, reading));
}

/** Whether a hit stands in the last boot of its log. */
function isLastBoot({ boot, artifact, line }: LogHit, reading: Reading): boolean {
  const boots = bootsOf(reading.holder({ artifact, line })?.facts).length;
  return boot === Math.max(boots - 1, 0);
}

/** What an earlier attempt of the same boot said about a step that a later attempt has passed. */
function isRetried({ artifact, line, guest: name }: LogHit, { stage }: Rule, guests: readonly Guest[]): boolean {
  const guest = guests.find(
    (one) => one.driver.retried?.artifact === artifact && (name === undefined || one.name === name),
  );
  const retried = guest?.driver.retried;
  if (guest === undefined || retried === undefined || line >= retried.line) return false;
  if (stage === 'load' || stage === 'probe') return true;
  return stage === 'init' && works(guest);
}

const blank = (rule: Rule): Finding => ({
  code: rule.code,
  state: 'absent',
  severity: rule.severity,
  stage: rule.stage,
  kind: rule.kind,
  title: rule.title,
  evidence: [],
  count: 0,
  fix: [],
  references: [],
  needs: [],
});

function toFinding(rule: Rule, claim: Claim, quoter: Quoter, { mixed, holder }: Reading): Finding {
  const state = claim.state ?? 'present';
  const shown = claim.evidence ?? [];
  const against = claim.against ?? [];
  const finding: Finding = {
    ...blank(rule),
    state,
    severity: claim.severity ?? rule.severity,
    kind: claim.kind ?? rule.kind,
    title: claim.title ?? rule.title,
    evidence: [...quoter.evidence(shown, 'for'), ...quoter.evidence(against, 'against')],
    count: claim.count ?? shown.length + against.length,
  };
  if (claim.detail !== undefined) finding.detail = claim.detail;
  if (claim.subject !== undefined) finding.subject = claim.subject;
  if (state === 'present') {
    const doubtful =
      rule.knowledge === 'inferred' || (shown.length > 0 && shown.every((ref) => mixed.has(holder(ref)!)));
    finding.confidence = cap(claim.confidence ?? 'likely', doubtful);
    finding.fix = [...(claim.fix ?? rule.fix)];
    finding.references = [...rule.references];
    if (claim.decideWith !== undefined) {
      finding.decideWith = claim.decideWith;
      finding.decideOn = claim.decideOn ?? (stageIndex(rule.stage) >= stageIndex('enumerate') ? 'guest' : 'host');
    }
  }
  return finding;
}

/** Inferred knowledge, and lines that need not belong together, prove nothing. */
const cap = (confidence: Confidence, doubtful: boolean): Confidence =>
  doubtful && CONFIDENCES.indexOf(confidence) > CONFIDENCES.indexOf('likely') ? 'likely' : confidence;
