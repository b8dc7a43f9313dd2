import * as v from 'valibot';
import { CONFIDENCES, COSTS, SEVERITIES } from './finding.ts';
import { CARD_LEVELS, MATRIX_FIELDS } from './matrix.ts';
import { GRADES } from './observation.ts';
import { OUTCOMES, STAGES } from './stage.ts';

/**
 * The report of `gpudiag analyze --json`. Changes within a schemaVersion only add. `schemas/report.schema.json` is
 * generated from here.
 */
export const SCHEMA_VERSION = 1;

const line = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const optionalText = v.optional(v.string());
const where = v.optional(v.picklist(['host', 'guest', 'firmware', 'hardware']));

export const EvidenceSchema = v.object({
  artifact: v.string(),
  line,
  quote: v.string(),
  role: v.picklist(['for', 'against']),
});

const SubjectSchema = v.object({
  hostBdf: optionalText,
  guestBdf: optionalText,
  pciId: optionalText,
  vm: optionalText,
  guest: optionalText,
});

export const FixStepSchema = v.object({
  text: v.string(),
  command: optionalText,
  file: v.optional(v.object({ path: v.string(), lines: v.array(v.string()) })),
  on: where,
  reboot: v.optional(v.picklist(['host', 'guest', 'vm-restart'])),
  risk: optionalText,
  verify: optionalText,
});

const FindingSchema = v.object({
  code: v.string(),
  state: v.picklist(['present', 'absent', 'not-evaluated']),
  severity: v.picklist(SEVERITIES),
  stage: v.picklist(STAGES),
  kind: v.picklist(['cause', 'symptom', 'notice']),
  confidence: v.optional(v.picklist(CONFIDENCES)),
  subject: v.optional(SubjectSchema),
  title: v.string(),
  detail: optionalText,
  evidence: v.array(EvidenceSchema),
  count,
  role: v.optional(v.picklist(['root', 'consequence', 'independent'])),
  explainedBy: optionalText,
  fix: v.array(FixStepSchema),
  references: v.array(v.string()),
  needs: v.array(v.string()),
  decideWith: optionalText,
  decideOn: v.optional(v.picklist(['host', 'guest'])),
});

const VerdictSchema = v.object({
  outcome: v.picklist(OUTCOMES),
  summary: v.string(),
  stages: v.array(
    v.object({
      id: v.picklist(STAGES),
      status: v.picklist(['passed', 'failed', 'unknown']),
      because: optionalText,
      evidence: v.array(EvidenceSchema),
    }),
  ),
  causes: v.array(
    v.object({
      code: v.string(),
      confidence: v.picklist(CONFIDENCES),
      title: v.string(),
      explains: v.array(v.string()),
      subject: v.optional(SubjectSchema),
    }),
  ),
  ruledOut: v.array(v.object({ code: v.string(), title: v.string(), because: v.array(EvidenceSchema) })),
  nextSteps: v.array(
    v.object({
      command: v.string(),
      on: where,
      why: optionalText,
      cost: v.picklist(COSTS),
      risk: optionalText,
      decides: v.array(v.string()),
      outcomes: v.optional(v.array(v.object({ if: v.string(), then: v.string() }))),
    }),
  ),
});

/** What became of one card, where the evidence shows several. */
const CardVerdictSchema = v.object({
  ...SubjectSchema.entries,
  name: optionalText,
  outcome: v.picklist(OUTCOMES),
  summary: v.string(),
  /** last stage passed */
  reached: v.optional(v.picklist(STAGES)),
  failedAt: v.optional(v.picklist(STAGES)),
  causes: v.array(v.object({ code: v.string(), confidence: v.picklist(CONFIDENCES) })),
});

const address = v.optional(v.nullable(v.string()));

const fits = v.picklist(['fits', 'dropped', 'refused', 'rejected', 'unreachable', 'unknown']);
/** seen on this host, in reports of the same card, or by the rule of its family */
const SIZE_SOURCES = ['host', 'observed', 'family'] as const;

/**
 * The address windows of one VM and what bhyve places in them: computed from sizes, memory and release, not seen.
 * Sizes in bytes, addresses `0x...`.
 */
export const WindowMapSchema = v.object({
  /** where the VM is described; absent for one that is only planned */
  artifact: optionalText,
  line: v.optional(line),
  vm: optionalText,
  memoryBytes: v.number(),
  /** whose rules of bhyve the map follows: `12.x`, `13.0`, `13.1+`, `main-2025` */
  vintage: v.string(),
  /** that this release follows them was concluded, not read */
  inferred: v.boolean(),
  windows: v.array(
    v.object({
      /** bhyve's below 4 GiB, bhyve's above guest memory, the one of stock UEFI firmware for all 64-bit BARs of bus 0 */
      name: v.picklist(['mem32', 'mem64', 'uefi64']),
      base: v.string(),
      sizeBytes: v.number(),
      /** what the BARs of bus 0 ask the firmware for */
      neededBytes: v.optional(v.number()),
    }),
  ),
  bars: v.array(
    v.object({
      artifact: v.string(),
      line,
      hostBdf: v.string(),
      /** bhyve's bus:slot:function */
      guestSlot: v.string(),
      index: count,
      kind: v.picklist(['io', 'mem32', 'mem64']),
      sizeBytes: v.number(),
      sizeFrom: v.picklist(SIZE_SOURCES),
      /** where bhyve places it, before firmware or guest move it; null: nowhere */
      window: v.nullable(v.picklist(['io', 'mem32', 'mem64'])),
      address: v.nullable(v.string()),
      fits,
      reason: v.string(),
      /** rests on a step or a size that was concluded and not seen */
      inferred: v.boolean(),
    }),
  ),
});

/** The three tables every report shows, and the head line of the first screen. Sizes in bytes. */
const OverviewSchema = v.object({
  card: v.optional(
    v.object({
      name: optionalText,
      pciId: optionalText,
      hostBdf: optionalText,
      guestBdf: optionalText,
      architecture: optionalText,
    }),
  ),
  host: v.optional(
    v.object({
      release: optionalText,
      cpu: optionalText,
      board: optionalText,
      /** what the strings in vmm.ko and bhyve on its disk tell of their build */
      hypervisor: optionalText,
    }),
  ),
  guest: v.optional(v.object({ os: optionalText, kernel: optionalText, driver: optionalText })),
  /** functions of graphics cards and what each is bound to */
  binding: v.array(
    v.object({
      artifact: v.string(),
      line,
      hostBdf: v.string(),
      pciId: optionalText,
      name: optionalText,
      role: v.picklist(['display', 'sibling']),
      /** null: no driver */
      driver: v.nullable(v.string()),
      /** named in pptdevs; null when no loader.conf or kenv was read */
      inPptdevs: v.nullable(v.boolean()),
      vm: optionalText,
      /** bhyve's bus:slot:function */
      guestSlot: optionalText,
      guestBdf: optionalText,
    }),
  ),
  /** BARs on both sides */
  bars: v.array(
    v.object({
      artifact: v.string(),
      line,
      hostBdf: optionalText,
      guestBdf: optionalText,
      pciId: optionalText,
      index: count,
      kind: v.picklist(['mem', 'io']),
      bits: v.optional(v.picklist([32, 64])),
      prefetchable: v.optional(v.boolean()),
      sizeBytes: v.optional(v.number()),
      /** `0x...`; null: shown without an address; absent: this side was not seen */
      hostBase: address,
      guestBase: address,
      /** whether it finds room in the VM's address windows; absent when that was not computed */
      fits: v.optional(fits),
      fitReason: optionalText,
      /** seen on this machine, or what other reports of the card, or of its family, show */
      sizeFrom: v.picklist(['host', 'guest', 'observed', 'family']),
    }),
  ),
  /** the driver of each guest */
  driver: v.array(
    v.object({
      artifact: v.string(),
      line,
      guest: v.string(),
      guestBdf: optionalText,
      module: v.nullable(v.string()),
      version: optionalText,
      flavour: v.optional(v.picklist(['open', 'proprietary'])),
      reached: optionalText,
      failure: optionalText,
    }),
  ),
  /** one for each VM that is given a device and whose memory size is known */
  windows: v.optional(v.array(WindowMapSchema)),
});

const field = v.picklist(MATRIX_FIELDS);
const card = v.picklist(CARD_LEVELS);

const MatchSchema = v.object({
  id: v.string(),
  outcome: v.picklist(OUTCOMES),
  grade: v.picklist(GRADES),
  distance: v.number(),
  card,
  differsIn: v.array(v.object({ field, yours: v.string(), theirs: v.string() })),
  notRecorded: v.array(field),
  why: v.string(),
  os: optionalText,
});

const NearestWorkingSchema = v.object({
  id: v.string(),
  grade: v.picklist(GRADES),
  distance: v.number(),
  card,
  change: v.array(v.object({ field, from: v.string(), to: v.string(), cost: v.picklist(COSTS), note: v.string() })),
  notRecorded: v.array(field),
  why: v.string(),
});

export const MatrixSchema = v.object({
  verdict: v.picklist(['known-good', 'known-bad', 'conflict', 'unknown']),
  confidence: v.optional(v.picklist(CONFIDENCES)),
  because: v.string(),
  matches: v.array(MatchSchema),
  nearestWorking: v.nullable(NearestWorkingSchema),
  alternatives: v.array(NearestWorkingSchema),
  caveats: v.array(v.string()),
  platform: v.array(
    v.object({
      id: v.string(),
      outcome: v.picklist(OUTCOMES),
      summary: v.string(),
      workaround: v.nullable(v.string()),
    }),
  ),
  elsewhere: v.array(MatchSchema),
  /** what was tried with this very card and did not make it work, the furthest first */
  tried: v.optional(
    v.array(
      v.object({
        steps: v.array(v.object({ field, value: v.string() })),
        outcome: v.picklist(OUTCOMES),
        failedStage: v.nullable(v.picklist(STAGES)),
        ids: v.array(v.string()),
      }),
    ),
  ),
});

export const ToolSchema = v.object({ name: v.literal('gpudiag'), version: v.string() });

export const InputSchema = v.object({
  artifact: v.string(),
  side: v.picklist(['host', 'guest', 'unknown']),
  guest: optionalText,
  kind: v.nullable(v.string()),
  firstLine: line,
  bytes: count,
  lines: count,
  sha256: v.string(),
  status: v.picklist(['parsed', 'partly', 'unreadable', 'unrecognised']),
  /** id of the probe it came from, where that is kept for people and no parser reads it */
  keptFrom: optionalText,
  problems: v.array(v.object({ message: v.string(), line: v.optional(line) })),
});

export const ReportSchema = v.object({
  schemaVersion: v.literal(SCHEMA_VERSION),
  tool: ToolSchema,
  inputs: v.array(InputSchema),
  facts: v.object({
    host: v.record(v.string(), v.array(v.unknown())),
    guests: v.array(v.object({ name: v.string(), facts: v.record(v.string(), v.array(v.unknown())) })),
  }),
  overview: OverviewSchema,
  findings: v.array(FindingSchema),
  verdict: VerdictSchema,
  /** one entry per card when there are several; empty otherwise */
  cards: v.array(CardVerdictSchema),
  matrix: MatrixSchema,
});
export type Report = v.InferOutput<typeof ReportSchema>;
export type ReportInput = Report['inputs'][number];
export type CardVerdict = Report['cards'][number];
export type Overview = Report['overview'];
export type BindingRow = Overview['binding'][number];
export type BarRow = Overview['bars'][number];
export type DriverRow = Overview['driver'][number];
export type WindowMap = v.InferOutput<typeof WindowMapSchema>;
