import type { Confidence, FindingKind, FixStep, NextStep, Severity, Subject } from './finding.ts';
import type { Guest } from './guest.ts';
import type { Host } from './host.ts';
import type { LogHit, LogPattern } from './pattern.ts';
import type { Ref } from './source.ts';
import type { Stage } from './stage.ts';
import type { Tables } from './tables.ts';

/**
 * Facts a rule cannot do without. Each knows whether it is there and which command supplies it, so that a rule whose
 * needs are missing is reported as not evaluated together with the command that would decide.
 */
export type Need =
  | 'host-pci'
  | 'host-bars'
  | 'host-pci-capabilities'
  | 'host-release'
  | 'host-cpu'
  | 'host-iommu'
  | 'host-log'
  | 'host-modules'
  | 'loader-conf'
  | 'vm-config'
  | 'bhyve-log'
  | 'guest-log'
  | 'guest-pci'
  | 'guest-driver'
  | 'nvidia-smi';

/** What a rule reads: facts and the hits of its own patterns, never raw text. */
export interface RuleInput {
  host: Host;
  guests: readonly Guest[];
  tables: Tables;
  has: (need: Need) => boolean;
  /** hits of one of this rule's patterns in the last boot of each log, in order of appearance */
  hits: (pattern: string) => readonly LogHit[];
  /** the same with older boots */
  hitsOfAllBoots: (pattern: string) => readonly LogHit[];
}

/** What a check says. Everything left out is taken from the rule. */
export interface Claim {
  state?: 'present' | 'absent';
  confidence?: Confidence;
  severity?: Severity;
  kind?: FindingKind;
  subject?: Subject;
  title?: string;
  detail?: string;
  /** lines that show it */
  evidence?: readonly Ref[];
  /** lines that speak against it; for `absent`, the lines that rule it out */
  against?: readonly Ref[];
  /** how often it was seen, when that is more than the evidence shows */
  count?: number;
  fix?: readonly FixStep[];
  decideWith?: string;
  /** left out: where the rule's stage takes place */
  decideOn?: 'host' | 'guest';
}

/** A small input and what the rule must make of it. Paths are those of a bundle, contents are hand-written. */
export interface RuleExample {
  name: string;
  files: Readonly<Record<string, string>>;
  /** for an example that fires: what must come out besides `present` */
  expect?: { confidence?: Confidence; severity?: Severity; kind?: FindingKind; subject?: Subject };
}

/** One thing that can be known. One file under `src/rules/<stage>/`, named after its code. */
export interface Rule {
  /** public for ever: never renamed, never reused */
  code: string;
  stage: Stage;
  kind: FindingKind;
  severity: Severity;
  /** a statement, without a full stop: "Guest memory is not wired" */
  title: string;
  /** why it happens and what it does, two or three sentences */
  why: string;
  fix: readonly FixStep[];
  /** URLs or document names */
  references: readonly string[];
  /**
   * Where the knowledge comes from. `inferred` (also hypotheses) never gives more than a `likely` finding, whatever
   * the check says.
   */
  knowledge: 'source' | 'seen' | 'inferred';
  /** facts without which nothing can be said */
  needs: readonly Need[];
  /** facts of which at least one must be there; the first is the one to ask for */
  needsAny?: readonly Need[];
  patterns?: Readonly<Record<string, LogPattern>>;
  /** codes whose presence this one accounts for: they become its consequences */
  explains?: readonly string[];
  /** experiments that confirm or exclude it while it is only possible */
  experiments?: readonly NextStep[];
  check(input: RuleInput): readonly Claim[];
  examples: { fires: readonly RuleExample[]; silent: readonly RuleExample[] };
}

/** Keeps a rule's literal types and checks its shape. */
export const defineRule = (rule: Rule): Rule => rule;
