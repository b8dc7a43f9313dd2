import type { Ref } from './source.ts';
import type { Outcome, Stage } from './stage.ts';

export const SEVERITIES = ['info', 'warning', 'error', 'fatal'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `cause`: can be the root of a failure; `symptom`: shows a failure but names no cause; `notice`: worth knowing. */
export type FindingKind = 'cause' | 'symptom' | 'notice';

/** `confirmed`: the lines prove it and exclude the rivals. Knowledge marked inferred is at most `likely`. */
export const CONFIDENCES = ['possible', 'likely', 'confirmed'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** The device or machine a finding is about. */
export interface Subject {
  /** bhyve's decimal bus/slot/function on the host */
  hostBdf?: string;
  /** dddd:bb:ss.f in the guest */
  guestBdf?: string;
  /** vendor:device, lower-case hex */
  pciId?: string;
  vm?: string;
  guest?: string;
}

export interface Evidence extends Ref {
  /** the line as it stands in the artifact, control characters removed, at most 300 characters */
  quote: string;
  role: 'for' | 'against';
}

/** What to do, step by step. Nothing is run by gpudiag itself. */
export interface FixStep {
  /** one sentence */
  text: string;
  command?: string;
  /** lines for a file, as they should stand in it */
  file?: { path: string; lines: string[] };
  /** where it acts */
  on?: 'host' | 'guest' | 'firmware' | 'hardware';
  reboot?: 'host' | 'guest' | 'vm-restart';
  /** what can go wrong, when something can */
  risk?: string;
  /** how to see that it worked */
  verify?: string;
}

export type FindingState = 'present' | 'absent' | 'not-evaluated';

export interface Finding {
  code: string;
  state: FindingState;
  severity: Severity;
  stage: Stage;
  kind: FindingKind;
  confidence?: Confidence;
  subject?: Subject;
  title: string;
  /** why this follows from the evidence, one or two sentences; case-specific */
  detail?: string;
  evidence: Evidence[];
  /** how many lines or records said it (the evidence shows at most a few) */
  count: number;
  role?: 'root' | 'consequence' | 'independent';
  explainedBy?: string;
  fix: FixStep[];
  references: string[];
  /** facts that were missing (state not-evaluated) */
  needs: string[];
  /** the command whose output would decide */
  decideWith?: string;
  /** where to run it */
  decideOn?: 'host' | 'guest';
}

export interface StageStatus {
  id: Stage;
  status: 'passed' | 'failed' | 'unknown';
  /** in words, e.g. "the module's load banner was printed" */
  because?: string;
  evidence: Evidence[];
}

export interface NextStep {
  /** what to run or change */
  command: string;
  on?: 'host' | 'guest' | 'firmware' | 'hardware';
  /** why, in one sentence */
  why?: string;
  /** cheapest first: looking costs nothing, then the guest, the VM, the host, a rebuild */
  cost: Cost;
  risk?: string;
  /** finding codes this decides between */
  decides: string[];
  /** what each result would mean */
  outcomes?: { if: string; then: string }[];
}

export const COSTS = ['look', 'guest-change', 'vm-restart', 'host-reboot', 'rebuild', 'hardware'] as const;
export type Cost = (typeof COSTS)[number];

export interface Cause {
  code: string;
  confidence: Confidence;
  title: string;
  /** codes of the consequences folded under it */
  explains: string[];
  subject?: Subject;
}

export interface Verdict {
  outcome: Outcome;
  /** one sentence for people */
  summary: string;
  stages: StageStatus[];
  causes: Cause[];
  ruledOut: { code: string; title: string; because: Evidence[] }[];
  nextSteps: NextStep[];
}
