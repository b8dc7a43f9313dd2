import type { ComparedFinding, Comparison } from '../model/comparison.ts';
import type { Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';

/** Lines of proof that a comparison carries of each finding. */
const MAX_EVIDENCE = 3;

/** Findings that every report carries, whatever is in it. */
const ALWAYS = new Set(['gpu-binding', 'gpu-bars', 'driver-state']);

/** Which findings went, came, changed and stayed. */
export function compareFindings(a: Report, b: Report): Comparison['findings'] {
  const before = presentIn(a);
  const after = underSameKeys(presentIn(b), before);
  const result: Comparison['findings'] = { gone: [], appeared: [], changed: [], same: [], notLookedAt: [] };
  for (const [key, finding] of before) {
    const now = after.get(key);
    if (now !== undefined) {
      const what = differences(finding, now);
      if (what.length > 0) result.changed.push({ finding: told(now), what });
      else result.same.push(told(now));
    } else if (wasLookedFor(finding, a, b)) result.gone.push(told(finding));
    else result.notLookedAt.push(told(finding));
  }
  for (const [key, finding] of after) if (!before.has(key)) result.appeared.push(told(finding));
  return result;
}

/** One a code and device. Guest addresses move with the VM configuration, so the host's address stands for the device. */
function presentIn({ findings }: Report): Map<string, Finding> {
  const present = new Map<string, Finding>();
  for (const finding of findings) {
    if (finding.state !== 'present' || ALWAYS.has(finding.code)) continue;
    const key = JSON.stringify([finding.code, finding.subject?.hostBdf]);
    if (!present.has(key)) present.set(key, finding);
  }
  return present;
}

/** A finding may name its device in one report and not in the other: the only one of its code on both sides is the same. */
function underSameKeys(
  after: ReadonlyMap<string, Finding>,
  before: ReadonlyMap<string, Finding>,
): Map<string, Finding> {
  const only = new Map<string, string | undefined>();
  for (const [key, { code }] of before) only.set(code, only.has(code) ? undefined : key);
  const count = new Map<string, number>();
  for (const { code } of after.values()) count.set(code, (count.get(code) ?? 0) + 1);
  return new Map(
    [...after].map(([key, finding]) => [(count.get(finding.code) === 1 && only.get(finding.code)) || key, finding]),
  );
}

/**
 * Whether the silence of `b` means anything: its rule did not lack its facts, and `b` holds the kinds of text that showed
 * the finding in `a`. A dmesg in which a line no longer stands proves something, a missing dmesg nothing.
 */
function wasLookedFor({ code, evidence }: Finding, a: Report, b: Report): boolean {
  const said = b.findings.filter((finding) => finding.code === code);
  if (said.some(({ state }) => state === 'absent')) return true;
  if (said.some(({ state }) => state === 'not-evaluated')) return false;
  const there = kindsOf(b.inputs);
  const shown = new Set(evidence.map(({ artifact }) => artifact));
  return [...kindsOf(a.inputs.filter(({ artifact }) => shown.has(artifact)))].every((kind) => there.has(kind));
}

/** What nvidia-smi prints is of another kind once it works. */
const kindsOf = (inputs: Report['inputs']): ReadonlySet<string> =>
  new Set(inputs.flatMap(({ kind }) => (kind === null ? [] : kind.replace(/^nvidia-smi-.*/, 'nvidia-smi'))));

function differences(before: Finding, now: Finding): string[] {
  const what: string[] = [];
  if (before.title !== now.title) what.push(`was: ${before.title}`);
  if (before.confidence !== now.confidence)
    what.push(`${before.confidence ?? 'no confidence'} became ${now.confidence ?? 'no confidence'}`);
  if (before.severity !== now.severity) what.push(`${before.severity} became ${now.severity}`);
  if (before.explainedBy !== now.explainedBy)
    what.push(`explained by ${before.explainedBy ?? 'nothing'}, now by ${now.explainedBy ?? 'nothing'}`);
  return what;
}

function told({
  code,
  title,
  severity,
  stage,
  kind,
  confidence,
  subject,
  explainedBy,
  evidence,
}: Finding): ComparedFinding {
  const about = subject?.hostBdf ?? subject?.guestBdf ?? subject?.vm ?? subject?.guest;
  return {
    code,
    title,
    severity,
    stage,
    kind,
    ...(confidence !== undefined && { confidence }),
    ...(about !== undefined && { subject: about }),
    ...(explainedBy !== undefined && { explainedBy }),
    evidence: evidence.filter(({ role }) => role === 'for').slice(0, MAX_EVIDENCE),
  };
}
