import * as v from 'valibot';
import { OUTCOMES, STAGES } from './stage.ts';

/**
 * How an observation came to us, weakest first: `second-hand`, relayed or never tried by the one who says it;
 * `reported`, first-hand in words; `evidenced`, first-hand and with the lines of output that show the outcome.
 * Confidence in a verdict is computed from it, never written.
 */
export const GRADES = ['second-hand', 'reported', 'evidenced'] as const;
export type Grade = (typeof GRADES)[number];

/** What the CPUID leaves tell the guest about its hypervisor. `unknown`: the source does not say. */
const SIGNATURES = ['native', 'kvm', 'hidden', 'unknown'] as const;
export type Signature = (typeof SIGNATURES)[number];

const FLAVOURS = ['proprietary', 'open', 'nouveau', 'other'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** What drives vmm from user space. A report made with QEMU says little about bhyve, so it is kept apart. */
const USERLANDS = ['bhyve', 'qemu'] as const;
export type Userland = (typeof USERLANDS)[number];

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));
const nullableText = v.nullable(text);
const observationId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{2,63}$/));
const pciId = v.pipe(v.string(), v.regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const commitId = v.pipe(v.string(), v.regex(/^[0-9a-f]{7,40}$/));
const whole = (from: number, to: number) => v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to));

/** One region as the report lists it. `null` of a flag means the report does not say. */
const bar = v.strictObject({
  /** number of its first register, 0 to 5 (`BAR1`) */
  index: whole(0, 5),
  /** size in bytes */
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  bits64: v.nullable(v.boolean()),
  prefetchable: v.nullable(v.boolean()),
});

/** What the setup of the machine was said to be. Left out: not said. */
const firmwareSettings = v.strictObject({
  /** VT-d or AMD-Vi */
  iommu: v.optional(v.boolean()),
  above4g: v.optional(v.boolean()),
  resizableBar: v.optional(v.boolean()),
  /** boot in the manner of a BIOS */
  csm: v.optional(v.boolean()),
  /** how the slot is split: `x8x4x4` */
  bifurcation: v.optional(text),
  other: v.optional(text),
});

const device = {
  /** vendor and device id, lower case; null when the source does not give it */
  pciId: v.nullable(pciId),
  /** vendor alone, when that is all there is; null when not even the vendor is known */
  vendorId: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{4}$/))),
  name: text,
  subsystemId: v.optional(v.nullable(pciId)),
  bars: v.optional(v.array(bar)),
};

const common = {
  $schema: v.optional(text),
  id: observationId,
  host: v.strictObject({
    /** `14.3-RELEASE-p2`, or what the source says (`14.x`); null when it says nothing */
    release: nullableText,
    /** `FreeBSD`, `illumos` ...: only FreeBSD is compared */
    os: text,
    cpuVendor: v.nullable(v.picklist(['intel', 'amd', 'arm'])),
    hardware: nullableText,
    firmware: v.optional(nullableText),
    /** `__FreeBSD_version`: 1403000 */
    osreldate: v.optional(whole(1, 9_999_999)),
    /** source revision of the host's system, as `uname -v` shows it */
    revision: v.optional(text),
    cpu: v.optional(text),
    board: v.optional(text),
    firmwareSettings: v.optional(firmwareSettings),
  }),
  bhyve: v.strictObject({
    /** `stock`, an id of tables/patches.csv, `other` (patched, in no listed way) or `unknown` (not said) */
    patch: text,
    detail: nullableText,
    signature: v.picklist(SIGNATURES),
    /** left out: bhyve */
    userland: v.optional(v.picklist(USERLANDS)),
    /** review of the patch: `D51892` */
    review: v.optional(v.pipe(v.string(), v.regex(/^D\d{3,6}$/))),
    /** commit that bhyve or vmm was built from */
    commit: v.optional(commitId),
    /** of the loaded vmm.ko and of the bhyve that ran */
    vmmSha256: v.optional(sha256),
    bhyveSha256: v.optional(sha256),
  }),
  guest: v.strictObject({
    os: nullableText,
    driver: nullableText,
    /** of the guest: `6.8.0-63` */
    kernel: v.optional(text),
    /** full version of the driver: `570.172.08` */
    driverVersion: v.optional(text),
    /** major driver branch: `580` */
    branch: v.optional(nullableText),
    flavour: v.optional(v.nullable(v.picklist(FLAVOURS))),
  }),
  config: v.optional(
    v.strictObject({
      memoryBytes: v.optional(v.number()),
      cpus: v.optional(whole(1, 1024)),
      loader: v.optional(text),
      /** whether a VBIOS was given with rom= */
      rom: v.optional(v.nullable(v.boolean())),
      functions: v.optional(v.number()),
      /** of the passed functions on the host: `1/0/0` */
      hostSlots: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d{1,3}\/\d{1,2}\/\d$/)))),
      /** of the passed functions in the guest, bus 0, in the same order: `6:0` */
      guestSlots: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d{1,2}:\d$/)))),
      notes: v.optional(text),
    }),
  ),
  outcome: v.picklist(OUTCOMES),
  /** first stage that failed; null when none did or the source does not say */
  failedStage: v.nullable(v.picklist(STAGES)),
  /** finding codes that the report shows */
  symptoms: v.array(text),
  /** what was seen, in our own words */
  summary: text,
  workaround: nullableText,
  source: v.strictObject({
    kind: v.picklist(['bundle', 'log', 'thread', 'article', 'code', 'vendor', 'notice', 'second-hand']),
    url: nullableText,
    /** how to find it, when it has no address of its own */
    title: v.optional(text),
    /** as exact as known: `2025`, `2025-09` or `2025-09-22` */
    date: v.nullable(v.pipe(v.string(), v.regex(/^\d{4}(-\d{2}(-\d{2})?)?$/))),
    /** id of the row in the project's fact lists, for observations entered from them */
    fact: v.optional(text),
  }),
  grade: v.picklist(GRADES),
  reporter: v.optional(nullableText),
  confirms: v.optional(v.array(observationId)),
  contradicts: v.optional(v.array(observationId)),
  supersedes: v.optional(v.array(observationId)),
  withdrawn: v.optional(text),
  notes: v.optional(text),
};

/**
 * One report of one configuration and its outcome: one file of `matrix-data/observations/<folder>/<id>.json`, never
 * edited after it is merged (a later one supersedes it). `null` means the source does not say. Subject `gpu`: a
 * graphics card was passed through. Subject `platform`: the report is about host, firmware or manager and says
 * something to every card (another device, or none, was passed through).
 */
export const ObservationSchema = v.variant('subject', [
  v.strictObject({
    subject: v.literal('gpu'),
    ...common,
    gpu: v.strictObject({
      ...device,
      /** word of tables/gpus.csv: `Pascal`, `RDNA 2` */
      architecture: nullableText,
      chip: v.optional(nullableText),
    }),
  }),
  v.strictObject({ subject: v.literal('platform'), ...common, device: v.nullable(v.strictObject(device)) }),
]);
export type Observation = v.InferOutput<typeof ObservationSchema>;
export type GpuObservation = Extract<Observation, { subject: 'gpu' }>;
export type PlatformObservation = Extract<Observation, { subject: 'platform' }>;
