import type { Cost, Confidence } from './finding.ts';
import type {
  Flavour,
  Grade,
  GpuObservation,
  Observation,
  PlatformObservation,
  Signature,
  Userland,
} from './observation.ts';
import type { Outcome, Stage } from './stage.ts';
import type { GpuRow, PatchRow, Tables } from './tables.ts';

/** The compatibility matrix: what was seen, and the tables that explain it. */
export interface Matrix {
  /** of a matrix that came from a snapshot: all are decoded when this is first read */
  observations: readonly Observation[];
  tables: Tables;
  /** what matching reads, where it was worked out ahead */
  columns?: MatrixColumns;
}

/**
 * What matching reads of an observation, field by field; null where the report does not tell. Each is plain JSON.
 * The patch comes with the release, because a release may have it in base.
 */
export interface Traits {
  gpu: Pick<GpuObservation['gpu'], 'pciId' | 'vendorId' | 'name' | 'architecture'> & { chip: string | null };
  guest: string | null;
  userland: Userland;
  patch: { id: string; release: string | null } | null;
  release: string | null;
  rom: boolean | null;
  signature: Signature | null;
  branch: string | null;
  flavour: Flavour | null;
}

/**
 * What a row is to matching: a report of a graphics card on FreeBSD or on another system, a report about a FreeBSD
 * host, or one that is not compared (replaced, withdrawn, about another host).
 */
export type RowRole = 'gpu' | 'elsewhere' | 'platform' | 'none';

/** A column with every different value once: `values[codes[row]]`. */
export interface Column<Value> {
  values: readonly Value[];
  codes: Uint32Array;
}

/**
 * The observations as columns. Rows stand in the order in which equals are named: best proven first, then latest, then
 * by id.
 */
export interface MatrixColumns {
  length: number;
  role: Column<RowRole>;
  outcome: Column<Outcome>;
  grade: Column<Grade>;
  cpuVendor: Column<Configuration['cpuVendor'] | null>;
  traits: { [Field in MatrixField]: Column<Traits[Field]> };
  /** the whole observation of a row */
  observation: (row: number) => Observation;
}

/** Something wrong in matrix-data. */
export interface MatrixProblem {
  /** path below matrix-data */
  file: string;
  /** where in it: `gpu.pciId`, `row 12, chip`; empty for the file as a whole */
  field: string;
  message: string;
  /** what to do about it */
  fix?: string;
}

/** A set-up to look up. Left out: not known, and then it does not count. */
export interface Configuration {
  /** `10de:1bb3` */
  pciId?: string;
  /** vendor and the rest follow from pciId where tables/gpus.csv knows the card */
  vendorId?: string;
  name?: string;
  architecture?: string;
  chip?: string;
  release?: string;
  cpuVendor?: 'intel' | 'amd' | 'arm';
  /** `stock`, a patch id or `other` */
  patch?: string;
  signature?: Signature;
  /** left out: bhyve */
  userland?: Userland;
  /** `Ubuntu 24.04`, or just `Linux` */
  guestOs?: string;
  /** major driver branch: `580` */
  branch?: string;
  flavour?: Flavour;
  /** a VBIOS is given with rom= */
  rom?: boolean;
}

export const MATRIX_FIELDS = [
  'gpu',
  'guest',
  'userland',
  'patch',
  'release',
  'rom',
  'signature',
  'branch',
  'flavour',
] as const;
export type MatrixField = (typeof MATRIX_FIELDS)[number];

/** How close the card of an observation is to yours. `same-model`: same name, its device id is not known. */
export const CARD_LEVELS = [
  'same-card',
  'same-model',
  'same-chip',
  'same-architecture',
  'same-vendor',
  'other-vendor',
  'unknown',
] as const;
export type CardLevel = (typeof CARD_LEVELS)[number];

export interface FieldDifference {
  field: MatrixField;
  yours: string;
  theirs: string;
}

/** An observation beside a configuration. */
export interface MatrixMatch {
  id: string;
  outcome: Outcome;
  grade: Grade;
  /** weighted sum of the differences; 0 when nothing known differs */
  distance: number;
  card: CardLevel;
  /** what is known on both sides and differs */
  differsIn: FieldDifference[];
  /** fields you know and the report does not tell */
  notRecorded: MatrixField[];
  /** `same card, same guest system; differs in patch` */
  why: string;
  /** set when the report is not about FreeBSD; never counted as one */
  os?: string;
}

/** One step from your configuration to one that was seen to work. */
export interface Change {
  field: MatrixField;
  from: string;
  to: string;
  cost: Cost;
  /** what it means in practice */
  note: string;
}

export interface NearestWorking {
  id: string;
  grade: Grade;
  distance: number;
  card: CardLevel;
  /** cheapest first */
  change: Change[];
  notRecorded: MatrixField[];
  why: string;
}

export type MatrixVerdict = 'known-good' | 'known-bad' | 'conflict' | 'unknown';

/** What the matrix says about a configuration. */
export interface MatrixAnswer {
  verdict: MatrixVerdict;
  /** from grade and number of independent reports; undefined for `unknown` */
  confidence?: Confidence;
  because: string;
  /** nearest first */
  matches: MatrixMatch[];
  /** null when no report of a working card is known, or your card is not */
  nearestWorking: NearestWorking | null;
  /** nearest ones with your card vendor or your guest system where the nearest of all has another */
  alternatives: NearestWorking[];
  /** what the nearest working report does not show */
  caveats: string[];
  /** reports about the same FreeBSD release that concern every card */
  platform: { id: string; outcome: Outcome; summary: string; workaround: string | null }[];
  /** reports from other systems than FreeBSD, for information only */
  elsewhere: MatrixMatch[];
  /** what was tried with this very card and did not make it work, the furthest first */
  tried: TriedSteps[];
}

/** What reports of your card had where you have something else, and that did not make it work. */
export interface TriedSteps {
  steps: { field: MatrixField; value: string }[];
  /** the furthest that any of these reports came */
  outcome: Outcome;
  failedStage: Stage | null;
  ids: string[];
}

/** What `matrix list` selects by. */
export interface MatrixFilter {
  /** part of a name, a chip, `10de:1bb3` or a vendor id `10de` */
  gpu?: string;
  architecture?: string;
  outcomes?: readonly Outcome[];
  /** `15`, `15.0` or a whole release name */
  release?: string;
  /** `linux`, `windows`, `freebsd`, or part of a guest's name */
  guest?: string;
  /** also entries about host or manager alone, and superseded or withdrawn ones */
  all?: boolean;
}

export type MatrixSort = 'gpu' | 'outcome' | 'release' | 'date' | 'id';

/** One line of `matrix list`. null: the source does not say. */
export interface MatrixListRow {
  id: string;
  subject: Observation['subject'];
  gpu: string;
  pciId: string | null;
  architecture: string | null;
  os: string;
  release: string | null;
  patch: string;
  /** as the report names it */
  guest: string | null;
  /** `Linux`, `Windows`, `FreeBSD`: none, one or several */
  guestSystems: string[];
  outcome: Outcome;
  failedStage: Stage | null;
  grade: Grade;
  date: string | null;
  /** a later report takes its place, or it was withdrawn */
  retired: boolean;
}

export interface MatrixList {
  /** entries in the matrix, before the filter */
  total: number;
  rows: MatrixListRow[];
}

/** One observation with what the rest of the matrix says about it. */
export interface ObservationDetail {
  observation: GpuObservation | PlatformObservation;
  /** row of the card, when the table has it */
  card?: GpuRow;
  /** meanings of the symptoms that have one */
  symptoms: { code: string; meaning?: string }[];
  patch?: PatchRow;
  confirmedBy: string[];
  contradictedBy: string[];
  supersededBy: string[];
}

/** How well a verdict is proven, weakest first. `confirmed`: with output, and first-hand by an independent second host. */
export const EVIDENCE_RUNGS = ['second-hand', 'reported', 'evidenced', 'confirmed'] as const;
export type EvidenceRung = (typeof EVIDENCE_RUNGS)[number];

/** What the reports of a cell say, taken together. `unknown`: none has a clear outcome. */
export const CELL_VERDICTS = ['works', 'works-with-faults', 'fails', 'conflict', 'unknown'] as const;
export type CellVerdict = (typeof CELL_VERDICTS)[number];

/** What cells are about: one model, or all cards of an architecture. */
export const CELL_SCOPES = ['card', 'family'] as const;
export type CellScope = (typeof CELL_SCOPES)[number];

/** How old the release of a report is, on a given day. */
export interface ReleaseAge {
  /** set when its support had ended by then */
  endedOn?: string;
  /** releases that came after it; undefined when the report does not name a minor version */
  newer?: number;
}

/** What tells contradicting reports apart. */
export interface CellDifference {
  /** `driver`, `machine` ... */
  field: string;
  working: string[];
  failing: string[];
}

/** All reports of one card or family, with one release, patch and guest system, and what follows from them. */
export interface MatrixCell {
  /** name of the card, or the architecture */
  gpu: string;
  pciId: string | null;
  vendorId: string | null;
  architecture: string | null;
  /** `15.0 before p1`, `14.3`, `14.x`; null when not told */
  release: string | null;
  /** `stock` also for a patch that the release has in base */
  patch: string;
  userland: Userland;
  /** `Linux`, `Windows`, `FreeBSD`; null when not told */
  guest: string | null;
  verdict: CellVerdict;
  /** of what the verdict rests on; null for `unknown` */
  confidence: EvidenceRung | null;
  counts: { working: number; faulty: number; failing: number; setUp: number; open: number };
  /** where the failing ones failed, in the order of stages */
  failedStages: Stage[];
  /** set for a conflict: what contradicts what, and in which told fields they differ */
  conflict?: { working: string[]; failing: string[]; differsIn: CellDifference[] };
  age: ReleaseAge | null;
  /** date of the latest report */
  latest: string | null;
  /** reports, best proven first */
  ids: string[];
}

export interface CellFilter {
  gpu?: string;
  architecture?: string;
  release?: string;
  guest?: string;
  verdicts?: readonly CellVerdict[];
  scope?: CellScope;
}

/** Why a card should be tried again, the most pressing first. */
export const RETEST_REASONS = [
  'conflict',
  'repaired',
  'in-base',
  'old-success',
  'no-release',
  'hearsay',
  'not-current',
  'no-outcome',
] as const;
export type RetestReason = (typeof RETEST_REASONS)[number];

/** A card and guest system of which a new report is wanted. */
export interface RetestWish {
  gpu: string;
  pciId: string | null;
  guest: string | null;
  why: { reason: RetestReason; text: string; ids: string[] }[];
  /** what to try: release and patch state */
  wanted: string;
}

/** A card with all that the matrix knows of it. */
export interface CardDetail {
  card: GpuRow;
  cells: MatrixCell[];
  wishes: RetestWish[];
  list: MatrixList;
}
