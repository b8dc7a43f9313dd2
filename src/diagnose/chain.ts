import { CONFIDENCES, SEVERITIES, type Cause, type Finding } from '../model/finding.ts';
import type { Rule } from '../model/rule.ts';
import { stageIndex } from '../model/stage.ts';

/**
 * Folds consequences under what explains them and ranks what is left. A finding is a consequence when the rule of
 * another present finding says it explains that code. What is certain may be the consequence of what is only likely, when
 * that lies earlier on the card's way: a BAR without an address is seen, why there was no room for it is concluded.
 * Sets `role` and `explainedBy` in place.
 */
export function linkCauses(findings: readonly Finding[], rules: readonly Rule[]): Cause[] {
  const explains = new Map(rules.map((rule) => [rule.code, new Set(rule.explains ?? [])]));
  const present = findings.filter((finding) => finding.state === 'present');
  const explainerOf = new Map<Finding, Finding>();
  for (const finding of present) {
    const explainer = present
      .filter((other) => other.code !== finding.code && explains.get(other.code)?.has(finding.code) === true)
      .filter((other) => explains.get(finding.code)?.has(other.code) !== true || stronger(other, finding))
      .filter((other) => finding.kind !== 'cause' || (other.kind === 'cause' && outweighs(other, finding)))
      .sort(byRank)[0];
    if (explainer !== undefined) explainerOf.set(finding, explainer);
  }
  breakCircles(present, explainerOf);
  for (const finding of present) {
    const explainer = explainerOf.get(finding);
    if (explainer === undefined) {
      finding.role = finding.kind === 'cause' ? 'root' : 'independent';
      delete finding.explainedBy;
    } else {
      finding.role = 'consequence';
      finding.explainedBy = explainer.code;
    }
  }
  // Among equals, what was read or seen comes before what was only inferred.
  const inferred = new Set(rules.filter(({ knowledge }) => knowledge === 'inferred').map(({ code }) => code));
  const guess = (finding: Finding): number => (certainty(finding) === 0 && inferred.has(finding.code) ? 1 : 0);
  const roots = present
    .filter((finding) => finding.role === 'root')
    .sort((a, b) => guess(a) - guess(b) || byRank(a, b));
  const causes: Cause[] = [];
  for (const root of roots) {
    const same = causes.find((cause) => cause.code === root.code);
    if (same !== undefined) continue;
    const cause: Cause = {
      code: root.code,
      confidence: root.confidence ?? 'possible',
      title: root.title,
      explains: [
        ...new Set(
          present
            .filter((finding) => finding.code !== root.code && rootOf(finding, explainerOf).code === root.code)
            .map(({ code }) => code),
        ),
      ],
    };
    if (root.subject !== undefined) cause.subject = root.subject;
    causes.push(cause);
  }
  return causes;
}

/** Rules that explain one another, over several steps, would leave nothing to blame: the strongest of a circle stands. */
function breakCircles(present: readonly Finding[], explainerOf: Map<Finding, Finding>): void {
  for (const start of present) {
    const way: Finding[] = [];
    let finding: Finding | undefined = start;
    while (finding !== undefined && !way.includes(finding)) {
      way.push(finding);
      finding = explainerOf.get(finding);
    }
    if (finding !== undefined) explainerOf.delete(way.slice(way.indexOf(finding)).sort(byRank)[0]!);
  }
}

const certainty = (finding: Finding): number => CONFIDENCES.indexOf(finding.confidence ?? 'possible');

/** A cause gives way to one at least as certain, and to a likely one of an earlier stage. */
const outweighs = (cause: Finding, consequence: Finding): boolean =>
  certainty(cause) >= certainty(consequence) ||
  (certainty(cause) >= CONFIDENCES.indexOf('likely') && stageIndex(cause.stage) < stageIndex(consequence.stage));

const stronger = (a: Finding, b: Finding): boolean => byRank(a, b) < 0;

/** The most certain first, then the most severe, then the one earliest on the GPU's way into the guest. */
function byRank(a: Finding, b: Finding): number {
  return (
    certainty(b) - certainty(a) ||
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    stageIndex(a.stage) - stageIndex(b.stage) ||
    (a.code < b.code ? -1 : Number(a.code > b.code))
  );
}

/** Follows explanations to the end; there are no circles any more. */
function rootOf(finding: Finding, explainerOf: ReadonlyMap<Finding, Finding>): Finding {
  let root = finding;
  for (let next = explainerOf.get(root); next !== undefined; next = explainerOf.get(root)) root = next;
  return root;
}
