import * as v from 'valibot';
import { EvidenceSchema, FixStepSchema, InputSchema, MatrixSchema, ToolSchema, WindowMapSchema } from './report.ts';
import type { Stage } from './stage.ts';

/**
 * The report of `gpudiag preflight --json`: whether a card, a host and a VM configuration will work, before the first
 * start. Changes within a schemaVersion only add. `schemas/preflight.schema.json` is generated from here.
 */
export const PREFLIGHT_SCHEMA_VERSION = 1;

/**
 * Gravest last. `ready`: looked at, and nothing speaks against it; `not-known`: the evidence does not tell, a command
 * would; `at-risk`: may fail; `will-fail`: fails as things are.
 */
export const PREFLIGHT_VERDICTS = ['ready', 'not-known', 'at-risk', 'will-fail'] as const;
export type PreflightVerdict = (typeof PREFLIGHT_VERDICTS)[number];

/** Stages of which something can be said ahead: those of the host from evidence, the others from models and reports. */
export const PREFLIGHT_STAGES = [
  'firmware',
  'host',
  'ppt',
  'config',
  'start',
  'boot',
  'enumerate',
  'probe',
  'init',
] as const satisfies readonly Stage[];
export type PreflightStage = (typeof PREFLIGHT_STAGES)[number];

/**
 * What takes a fault away. `lines`: the proposed lines of loader.conf and a reboot; `reboot`: a reboot alone, because
 * the lines stand there already; `vm-config`: the proposed lines of the VM; the others are work that no line does.
 */
const REMEDIES = ['lines', 'reboot', 'vm-config', 'firmware', 'update', 'patch', 'hardware'] as const;
export type Remedy = (typeof REMEDIES)[number];

const optionalText = v.optional(v.string());
const verdict = v.picklist(PREFLIGHT_VERDICTS);

const CheckSchema = v.object({
  verdict,
  /** a statement, without a full stop */
  title: v.string(),
  detail: optionalText,
  /** finding code, when a rule said it or will say it once it has happened */
  code: optionalText,
  /** concluded, not seen or read */
  inferred: v.boolean(),
  evidence: v.array(EvidenceSchema),
  solvedBy: v.optional(v.picklist(REMEDIES)),
  fix: v.array(FixStepSchema),
  /** the command that would tell, when that is not known */
  decideWith: optionalText,
  decideOn: v.optional(v.picklist(['host', 'guest'])),
});

const LineSchema = v.object({
  text: v.string(),
  /** `keep`: stands there already; `replace`: instead of `was`; `set`: the file was not read, so what stands there is not known */
  change: v.picklist(['keep', 'add', 'replace', 'set']),
  was: optionalText,
});

const FileSchema = v.object({
  path: v.string(),
  lines: v.array(LineSchema),
  /** lines to take out, as they stand there */
  remove: v.array(v.string()),
  notes: v.array(v.string()),
});

const DriverSchema = v.object({
  architecture: v.string(),
  /** first and last branch that serve the card; absent when not known or, for the last, when the newest does */
  firstBranch: optionalText,
  lastBranch: optionalText,
  flavours: v.array(v.picklist(['proprietary', 'open'])),
  /** branches that serve it and are kept up, best first */
  branches: v.array(v.string()),
  text: v.string(),
});

export const PreflightSchema = v.object({
  schemaVersion: v.literal(PREFLIGHT_SCHEMA_VERSION),
  tool: ToolSchema,
  inputs: v.array(InputSchema),
  /** the gravest verdict of any stage */
  verdict,
  /** one or two sentences for people */
  summary: v.string(),
  card: v.optional(
    v.object({
      name: optionalText,
      pciId: optionalText,
      architecture: optionalText,
      hostBdf: v.string(),
      /** why this one, when several cards are there */
      because: optionalText,
      functions: v.array(
        v.object({
          artifact: v.string(),
          line: v.number(),
          hostBdf: v.string(),
          pciId: optionalText,
          name: optionalText,
          role: v.picklist(['display', 'sibling']),
          /** null: none */
          driver: v.nullable(v.string()),
          /** slot:function in the guest; absent when vm-bhyve chooses it */
          guestSlot: optionalText,
        }),
      ),
    }),
  ),
  host: v.optional(v.object({ release: optionalText, cpu: optionalText })),
  vm: v.object({
    name: optionalText,
    /** whether the evidence describes it */
    known: v.boolean(),
    memoryBytes: v.number(),
    memoryFrom: v.picklist(['option', 'vm', 'assumed']),
    loader: v.string(),
    loaderFrom: v.picklist(['option', 'vm', 'assumed']),
  }),
  stages: v.array(v.object({ id: v.picklist(PREFLIGHT_STAGES), verdict, checks: v.array(CheckSchema) })),
  /** steps that were seen to panic, freeze or cripple a host, and that this host is about to take */
  warnings: v.array(v.object({ before: v.string(), text: v.string(), evidence: v.array(EvidenceSchema) })),
  /** absent when no card is known */
  proposal: v.optional(
    v.object({
      loaderConf: FileSchema,
      /** what pptdevs names and the proposed lines do not keep */
      leftOut: v.array(v.object({ device: v.string(), because: v.string(), evidence: v.array(EvidenceSchema) })),
      vmBhyve: FileSchema,
      /** the same for bhyve(8) without a manager */
      bhyve: v.array(v.string()),
      /** a VBIOS file: not needed by all, so not among the lines */
      rom: v.object({ vmBhyve: v.string(), bhyve: v.string(), text: v.string() }),
    }),
  ),
  /** what the driver in the guest will find of interrupts; absent for cards of other makers */
  interrupts: v.optional(
    v.object({
      offers: v.picklist(['msi-x', 'msi', 'not-known']),
      /** seen on this host, in reports of the same card, or by the rule of its family */
      from: v.optional(v.picklist(['host', 'observed', 'family'])),
      text: v.string(),
    }),
  ),
  driver: v.optional(DriverSchema),
  windows: v.optional(WindowMapSchema),
  matrix: MatrixSchema,
});
export type Preflight = v.InferOutput<typeof PreflightSchema>;
export type PreflightCheck = Preflight['stages'][number]['checks'][number];
export type PreflightWarning = Preflight['warnings'][number];
export type PreflightProposal = NonNullable<Preflight['proposal']>;
export type ProposedLine = v.InferOutput<typeof LineSchema>;
export type DriverOutlook = v.InferOutput<typeof DriverSchema>;
export type InterruptOutlook = NonNullable<Preflight['interrupts']>;

/** How far reports of the same card got, for one stage. */
export interface StageExperience {
  stage: Stage;
  /** ids of reports that stopped at this stage */
  stopped: string[];
  /** ids of reports that got past it */
  passed: string[];
}

/** The gravest of verdicts; of none, `not-known`. */
export const gravest = (verdicts: readonly PreflightVerdict[]): PreflightVerdict =>
  PREFLIGHT_VERDICTS[Math.max(...verdicts.map((one) => PREFLIGHT_VERDICTS.indexOf(one)))] ?? 'not-known';
