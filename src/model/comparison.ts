import * as v from 'valibot';
import { CONFIDENCES, SEVERITIES } from './finding.ts';
import { EvidenceSchema, ToolSchema } from './report.ts';
import { OUTCOMES, STAGES } from './stage.ts';

/**
 * What `gpudiag compare A B --json` prints: what changed between two reports. Changes within a schemaVersion only add.
 * `schemas/comparison.schema.json` is generated from here.
 */
export const COMPARISON_SCHEMA_VERSION = 1;

/**
 * `better`: B gets further, or loses a fault and gains none; `worse`: the opposite; `different`: something changed and
 * neither can be said; `same`: nothing that was compared changed.
 */
const COMPARISON_VERDICTS = ['better', 'worse', 'different', 'same'] as const;

/** What a change is about, in the order in which changes are told. */
export const CHANGE_AREAS = ['firmware', 'host', 'build', 'tunables', 'functions', 'vm', 'bars', 'guest'] as const;

const optionalText = v.optional(v.string());
const stage = v.picklist(STAGES);

const SideSchema = v.object({
  /** as it was given */
  input: v.string(),
  /** name or PCI id of the card */
  card: optionalText,
  outcome: v.picklist(OUTCOMES),
  summary: v.string(),
  /** last stage passed */
  reached: v.optional(stage),
  failedAt: v.optional(stage),
  causes: v.array(v.object({ code: v.string(), confidence: v.picklist(CONFIDENCES), title: v.string() })),
});

/** null: this side shows it to be unset or gone. What one side does not show at all is in `onlyIn`, never a change. */
const ChangeSchema = v.object({
  area: v.picklist(CHANGE_AREAS),
  /** VM, guest or device */
  subject: optionalText,
  name: v.string(),
  from: v.nullable(v.string()),
  to: v.nullable(v.string()),
});

const FindingSchema = v.object({
  code: v.string(),
  title: v.string(),
  severity: v.picklist(SEVERITIES),
  stage,
  kind: v.picklist(['cause', 'symptom', 'notice']),
  confidence: v.optional(v.picklist(CONFIDENCES)),
  /** device, VM or guest */
  subject: optionalText,
  explainedBy: optionalText,
  evidence: v.array(EvidenceSchema),
});

export const ComparisonSchema = v.object({
  schemaVersion: v.literal(COMPARISON_SCHEMA_VERSION),
  tool: ToolSchema,
  verdict: v.picklist(COMPARISON_VERDICTS),
  /** one sentence for people */
  summary: v.string(),
  a: SideSchema,
  b: SideSchema,
  stages: v.array(
    v.object({
      id: stage,
      from: v.picklist(['passed', 'failed', 'unknown']),
      to: v.picklist(['passed', 'failed', 'unknown']),
    }),
  ),
  changes: v.array(ChangeSchema),
  /** what only one side shows, so that nothing can be said about a change */
  onlyIn: v.object({
    a: v.array(
      v.object({ area: v.picklist(CHANGE_AREAS), subject: optionalText, name: v.string(), value: v.string() }),
    ),
    b: v.array(
      v.object({ area: v.picklist(CHANGE_AREAS), subject: optionalText, name: v.string(), value: v.string() }),
    ),
  }),
  findings: v.object({
    /** present in A, and B looked and does not find it */
    gone: v.array(FindingSchema),
    appeared: v.array(FindingSchema),
    /** present in both, but as something else: what changed is in words */
    changed: v.array(v.object({ finding: FindingSchema, what: v.array(v.string()) })),
    same: v.array(FindingSchema),
    /** present in A; B shows nothing that would tell */
    notLookedAt: v.array(FindingSchema),
  }),
});

export type Comparison = v.InferOutput<typeof ComparisonSchema>;
export type ComparisonSide = Comparison['a'];
export type Change = Comparison['changes'][number];
export type ChangeArea = Change['area'];
export type Shown = Comparison['onlyIn']['a'][number];
export type ComparedFinding = Comparison['findings']['gone'][number];
