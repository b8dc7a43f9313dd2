import * as v from 'valibot';
import { CONFIDENCES } from './finding.ts';
import { ToolSchema } from './report.ts';
import { OUTCOMES, STAGES } from './stage.ts';

/** What `gpudiag fleet --json` prints. Changes within a version only add. */
export const FLEET_SCHEMA_VERSION = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const outcome = v.picklist(OUTCOMES);
const outcomes = v.array(v.object({ outcome, count }));
const values = v.array(v.object({ value: v.string(), count }));
/** of a GPU the name, or its id where nothing names it */
const gpu = { gpu: v.string(), pciId: v.optional(v.string()) };

/** One side of a step: a result, when its bundle was collected, and what it says. */
const Side = v.object({
  input: v.string(),
  date: v.string(),
  outcome,
  failedAt: v.optional(v.picklist(STAGES)),
  causes: v.array(v.string()),
});

const StepSchema = v.object({
  machine: v.string(),
  ...gpu,
  before: Side,
  after: Side,
  changed: v.array(v.object({ field: v.string(), from: v.nullable(v.string()), to: v.nullable(v.string()) })),
});

export const FleetSchema = v.object({
  schemaVersion: v.literal(FLEET_SCHEMA_VERSION),
  tool: ToolSchema,
  totals: v.object({
    lines: count,
    /** lines that are no results */
    unreadable: count,
    /** lines whose input has another line that counts: the later one, and a report before an error */
    replaced: count,
    inputs: count,
    /** inputs without a report */
    errors: count,
    /** cards with a result: an input with two cards is two cases */
    cases: count,
    machines: count,
    /** of the first and the last case, ISO 8601 */
    from: v.optional(v.string()),
    to: v.optional(v.string()),
  }),
  errors: v.array(v.object({ message: v.string(), exit: v.number(), count, example: v.string() })),
  outcomes,
  gpus: v.array(
    v.object({
      ...gpu,
      cases: count,
      machines: count,
      outcomes,
      causes: v.array(v.object({ code: v.string(), count, confirmed: count })),
    }),
  ),
  causes: v.array(
    v.object({
      code: v.string(),
      title: v.string(),
      count,
      confirmed: count,
      machines: count,
      gpus: v.array(v.string()),
    }),
  ),
  /** the same GPU works on some machines and not on others: what tells these machines apart, the best first */
  differences: v.array(
    v.object({
      ...gpu,
      working: count,
      failing: count,
      fields: v.array(
        v.object({
          field: v.string(),
          working: values,
          failing: values,
          /** no value is seen on both sides */
          separates: v.boolean(),
        }),
      ),
    }),
  ),
  /** machines that differ from nearly all others with the same GPU */
  outliers: v.array(
    v.object({
      input: v.string(),
      machine: v.string(),
      ...gpu,
      outcome,
      failedAt: v.optional(v.picklist(STAGES)),
      causes: v.array(v.object({ code: v.string(), confidence: v.picklist(CONFIDENCES) })),
      usual: v.object({ outcome, count, of: count }),
      differsIn: v.array(v.object({ field: v.string(), value: v.nullable(v.string()), usual: v.string() })),
    }),
  ),
  /** machines whose GPU got less far, or further, than before */
  changes: v.object({
    before: v.optional(v.string()),
    after: v.optional(v.string()),
    /** GPUs with a result on both sides */
    compared: count,
    worse: v.array(StepSchema),
    better: v.array(StepSchema),
  }),
});
export type FleetSummary = v.InferOutput<typeof FleetSchema>;
export type FleetStep = v.InferOutput<typeof StepSchema>;
