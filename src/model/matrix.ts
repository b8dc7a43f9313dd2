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
import type {
  BranchRow,
  FindingCodeRow,
  GpuRow,
  ObservedBarsRow,
  PatchRow,
  ReleaseRow,
  RmInitRow,
  Tables,
  XidRow,
} from './tables.ts';

/** The compatibility matrix: what was seen, and the tables that explain it. */
export interface Matrix {
  observations: readonly Observation[];
  tables: Tables;
}

/** A matrix as one JSON value: what the build ships, so that nothing has to be parsed at run time. */
export interface MatrixSnapshot {
  schemaVersion: 1;
  observations: readonly Observation[];
  tables: {
    gpus: GpuRow[];
    xids: XidRow[];
    rmInit: readonly RmInitRow[];
    patches: readonly PatchRow[];
    releases: readonly ReleaseRow[];
    branches: readonly BranchRow[];
    observedBars: ObservedBarsRow[];
    findingCodes: FindingCodeRow[];
  };
}

/** Something wrong in matrix-data. */
export interface MatrixProblem {
  /** path below matrix-data */
  file: string;
  /** where in it: `gpu.pciId`, `row 12, chip`; empty for the file as a whole */
  field: string;
  message: string;
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
